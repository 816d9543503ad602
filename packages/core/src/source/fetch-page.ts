import { PagerportError } from "../errors.ts";
import { isRecord, type PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";

/** The most rows that PagerDuty puts on a page of most lists. */
export const largestPage = 100;

/** `offset + limit` may not be more than this; rows beyond it cannot be asked for. */
export const furthestRow = 10_000;

/** A list of the API: where it is and what its answers call it. */
export interface ListRequest<Row extends PagerDutyObject> {
  readonly path: string;
  /** Key of the rows in the answer, which is not always the path's name. */
  readonly wrapper: string;
  readonly query: Query;
  /** Refuses what is not a row of this list. */
  readonly isRow: (value: unknown) => value is Row;
  /** Of requests that wait for the rate limit, the lowest goes first. Default 0. */
  readonly priority?: number;
  /**
   * Leaves out of a row what is not needed: thousands of them are held in memory. What `identify` and
   * the reader of the list look at must stay.
   */
  readonly trim?: (row: Row) => Row;
  /** The most rows of a page. @default 100 */
  readonly pageSize?: number | undefined;
  /** What tells one row from another: the id, or for on-calls their six fields. */
  readonly identify: (row: Row) => string;
  /** True where the list may hold the same row twice, as it does on-calls. Default false. */
  readonly mayRepeat?: boolean;
}

/** One page of a classic list (offset and limit). */
export interface ListPage<Row> {
  readonly offset: number;
  readonly rows: readonly Row[];
  readonly more: boolean;
  /** Rows of the whole list; undefined where it was not asked for or the list gives none. */
  readonly total: number | undefined;
  /** PagerDuty's time of the answer. */
  readonly date: number | undefined;
}

export interface PagePosition {
  readonly offset: number;
  readonly limit: number;
  /** Whether to ask for the total: it costs PagerDuty time, so only where it is needed. */
  readonly total: boolean;
}

/** Fetches one page of a classic list. */
export async function fetchPage<Row extends PagerDutyObject>(
  client: PagerDutyClient,
  list: ListRequest<Row>,
  position: PagePosition,
  signal?: AbortSignal,
): Promise<ListPage<Row>> {
  const query: Query = [
    ...list.query,
    ["limit", String(position.limit)],
    ["offset", String(position.offset)],
    ...(position.total ? ([["total", "true"]] as const) : []),
  ];
  const { body, date } = await client.get(list.path, query, signal, list.priority);
  const { total } = body;
  return {
    offset: position.offset,
    rows: readRows(body, list),
    more: body["more"] === true,
    total: typeof total === "number" ? total : undefined,
    date,
  };
}

/** The rows of an answer, each checked. */
export function readRows<Row extends PagerDutyObject>(
  body: Record<string, unknown>,
  list: Pick<ListRequest<Row>, "path" | "wrapper" | "isRow" | "trim">,
): Row[] {
  const rows = body[list.wrapper];
  if (!Array.isArray(rows)) {
    const keys = Object.keys(body).join(", ");
    throw new PagerportError(
      `PagerDuty's answer to ${list.path} has no list '${list.wrapper}': it has ${keys}`,
    );
  }
  return rows.map((row: unknown) => {
    if (list.isRow(row)) return list.trim?.(row) ?? row;
    const id = isRecord(row) ? String(row["id"]) : JSON.stringify(row);
    throw new PagerportError(
      `PagerDuty's answer to ${list.path} holds what is not one of its objects: ${id}`,
    );
  });
}
