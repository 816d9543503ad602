import {
  fetchPage,
  furthestRow,
  largestPage,
  type ListPage,
  type ListRequest,
} from "./fetch-page.ts";
import type { PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";

/** A list that changes under the reader is read this often before it is called incomplete. */
const mostReadings = 3;

/** Rows that moved send one reading back a page this often; then the reading starts again. */
const mostStepsBack = 2;

/** What came of reading a list to its end. */
export interface ListReading<Row> {
  readonly rows: readonly Row[];
  /** True when the list's own count, read again at the end, agrees with the rows received. */
  readonly complete: boolean;
  /** Why not, for a person; empty when complete. */
  readonly reason: string;
}

export interface ReadListOptions<Row = unknown> {
  readonly signal?: AbortSignal | undefined;
  /** A first page (offset 0, with its total) that was already fetched. */
  readonly first?: ListPage<Row>;
  /** Called with the number of rows of every page that arrives. */
  readonly onPage?: ((rows: number) => void) | undefined;
}

/**
 * Reads a classic list whole. Pages overlap by one row: where the first row of a page is not the last
 * of the one before, rows have moved in between and are looked for. The count on the last page is the
 * second reading of the count on the first. The first reading asks for its pages in parallel; one that
 * does not hold together is repeated one page after another.
 */
export async function readList<Row extends PagerDutyObject>(
  client: PagerDutyClient,
  list: ListRequest<Row>,
  options: ReadListOptions<Row> = {},
): Promise<ListReading<Row>> {
  let reading: Reading<Row> | undefined;
  for (let attempt = 1; attempt <= mostReadings; attempt += 1) {
    const first =
      (attempt === 1 ? options.first : undefined) ??
      (await fetchPage(
        client,
        list,
        { offset: 0, limit: list.pageSize ?? largestPage, total: true },
        options.signal,
      ));
    options.onPage?.(first.rows.length);
    reading =
      attempt === 1
        ? await readInParallel(client, list, first, options)
        : await readOneByOne(client, list, first, options);
    const { pages, total } = reading;
    const rows = dropRepeated(pages, list.identify);
    if (reading.beyond) {
      const reason = `it has ${total ?? "more than 10000"} rows, and PagerDuty gives out the first ${furthestRow} only`;
      return { rows, complete: false, reason };
    }
    // A list without a total is whole when its pages overlapped and its last one said so.
    const received = list.mayRepeat === true ? reading.received : rows.length;
    if (reading.whole && (total === undefined || total === received)) {
      return { rows, complete: true, reason: "" };
    }
  }
  const pages = reading?.pages ?? [];
  const rows = dropRepeated(pages, list.identify);
  const reason = `it changed while it was read, ${mostReadings} times in a row: ${rows.length} rows of ${reading?.total ?? "an unknown number"}`;
  return { rows, complete: false, reason };
}

interface Reading<Row> {
  readonly pages: readonly (readonly Row[])[];
  /** Every page overlapped with the one before, up to a page that said that it is the last. */
  readonly whole: boolean;
  /** The list goes on beyond the last row that can be asked for. */
  readonly beyond: boolean;
  /** The count on the last page. */
  readonly total: number | undefined;
  /** How far the last page goes: the rows received, those that are alike counted one by one. */
  readonly received: number;
}

async function readInParallel<Row extends PagerDutyObject>(
  client: PagerDutyClient,
  list: ListRequest<Row>,
  first: ListPage<Row>,
  options: ReadListOptions<Row>,
): Promise<Reading<Row>> {
  const size = first.rows.length;
  if (!first.more) {
    const { rows, total } = first;
    return { pages: [rows], whole: true, beyond: false, total, received: rows.length };
  }
  // Without a count, or with pages too small to overlap, there is nothing to plan by.
  if (first.total === undefined || size < 2) return readOneByOne(client, list, first, options);

  const offsets: number[] = [];
  const reachable = Math.min(first.total, furthestRow);
  for (let offset = size - 1; offset < reachable - 1; offset += size - 1) offsets.push(offset);

  const fetchAt = async (offset: number, total: boolean): Promise<ListPage<Row>> => {
    const limit = Math.min(size, furthestRow - offset);
    const page = await fetchPage(client, list, { offset, limit, total }, options.signal);
    options.onPage?.(page.rows.length);
    return page;
  };
  // The last page is asked for last: its count is the second reading.
  const lastOffset = offsets.pop();
  const middle = await Promise.all(offsets.map((offset) => fetchAt(offset, false)));
  const pages = [first, ...middle];
  let last = first;
  if (lastOffset !== undefined) {
    last = await fetchAt(lastOffset, true);
    pages.push(last);
  }

  const rows = pages.map((page) => page.rows);
  const overlaps = pages.every(
    (page, place) => place === 0 || followsOn(pages[place - 1], page, list.identify),
  );
  const isBeyond = last.more && last.offset + last.rows.length >= furthestRow;
  return {
    pages: rows,
    whole: overlaps && !last.more,
    beyond: isBeyond,
    total: last.total,
    received: last.offset + last.rows.length,
  };
}

function followsOn<Row extends PagerDutyObject>(
  before: ListPage<Row> | undefined,
  page: ListPage<Row>,
  identify: (row: Row) => string,
): boolean {
  const last = before?.rows.at(-1);
  const first = page.rows[0];
  if (last === undefined || first === undefined) return false;
  return identify(last) === identify(first);
}

async function readOneByOne<Row extends PagerDutyObject>(
  client: PagerDutyClient,
  list: ListRequest<Row>,
  first: ListPage<Row>,
  options: ReadListOptions<Row>,
): Promise<Reading<Row>> {
  const pages: (readonly Row[])[] = [first.rows];
  const seen = new Set(first.rows.map(list.identify));
  let page = first;
  let stepsBack = 0;
  while (page.more) {
    const size = page.rows.length;
    const step = Math.max(1, size - 1);
    let offset = page.offset + step;
    if (offset >= furthestRow || size === 0) {
      return {
        pages,
        whole: false,
        beyond: offset >= furthestRow,
        total: page.total,
        received: page.offset + size,
      };
    }
    const fetchAt = (from: number): Promise<ListPage<Row>> => {
      const limit = Math.min(Math.max(size, 2), furthestRow - from);
      return fetchPage(client, list, { offset: from, limit, total: true }, options.signal);
    };
    let next = await fetchAt(offset);
    while (offset > 0 && !beginsWithin(next, seen, list.identify)) {
      // Rows before this page have gone: those between it and the last one have moved to where we were.
      if (stepsBack === mostStepsBack) {
        const received = page.offset + size;
        return { pages, whole: false, beyond: false, total: next.total, received };
      }
      stepsBack += 1;
      offset = Math.max(0, offset - step);
      next = await fetchAt(offset);
    }
    options.onPage?.(next.rows.length);
    pages.push(next.rows);
    for (const row of next.rows) seen.add(list.identify(row));
    page = next;
  }
  const received = page.offset + page.rows.length;
  return { pages, whole: true, beyond: false, total: page.total, received };
}

function beginsWithin<Row extends PagerDutyObject>(
  page: ListPage<Row>,
  seen: ReadonlySet<string>,
  identify: (row: Row) => string,
): boolean {
  const [first] = page.rows;
  return first !== undefined && seen.has(identify(first));
}

function dropRepeated<Row extends PagerDutyObject>(
  pages: readonly (readonly Row[])[],
  identify: (row: Row) => string,
): Row[] {
  const rows = new Map<string, Row>();
  for (const page of pages) {
    for (const row of page) rows.set(identify(row), row);
  }
  return [...rows.values()];
}
