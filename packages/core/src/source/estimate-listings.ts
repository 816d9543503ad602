import { HttpError } from "../errors.ts";
import { fetchPage, furthestRow, largestPage } from "./fetch-page.ts";
import { writeFilters } from "./filters.ts";
import { findHistory, listIncidents } from "./incident-list.ts";
import { findKind } from "./kinds.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";
import { cutWindow, planWindows } from "./plan-windows.ts";
import { listAll, mostInOneList } from "./read-incident-range.ts";
import { requestList } from "./read-kind.ts";
import {
  type PlannedResource,
  type Segment,
  type SharedListing,
  shareRanges,
} from "./share-listings.ts";

/** Rows that listings would give, and the requests that would take. */
export interface SourceEstimate {
  readonly rows: number;
  readonly requests: number;
}

/** The largest page of analytics' rows. */
const analyticsPage = 1000;

/** Counts what listings would read, without reading it: one request for a list, or a window. */
export async function estimateListing(
  client: PagerDutyClient,
  listing: SharedListing,
  /** What earlier estimates have counted in: a run reads it once. */
  counted: Set<"oncalls" | "users">,
  signal?: AbortSignal,
): Promise<SourceEstimate> {
  const [first] = listing.resources;
  if (first === undefined) return { rows: 0, requests: 0 };
  const { kind } = first.plan;
  if (kind === "incidents") return estimateIncidents(client, listing, counted, signal);
  const query = [...listing.query, ...writeFilters(listing.filters)];
  if (findKind(kind).paging.by !== "offset") {
    const { body } = await client.get(findKind(kind).path, query, signal);
    const rows = body[findKind(kind).wrapper];
    const count = Array.isArray(rows) ? rows.length : 0;
    return { rows: count, requests: 1 };
  }
  const list = requestList(kind, query);
  // Where a list tells no count, what a whole page shows is the best that can be known.
  const position = { offset: 0, limit: list.pageSize ?? largestPage, total: true };
  const page = await fetchPage(client, list, position, signal);
  const listed = page.total ?? page.rows.length;
  const others =
    kind === "schedules" ? await estimateShifts(client, signal) : { rows: 0, requests: 0 };
  const rows = listed + others.rows;
  // Each is read by its id, at most: those that earlier runs have read need not all be.
  const details = kind === "v3/schedules" ? listed : others.requests;
  const additions = await estimateAdditions(client, listing.resources, rows, counted, signal);
  if (kind === "users" && query.length === 0) {
    const isKnown = counted.has("users");
    counted.add("users");
    if (isKnown) return { rows, requests: 0 };
  }
  const pages = countPages(Math.min(listed, furthestRow), list.pageSize);
  return { rows, requests: pages + details + additions };
}

/** The shift-based schedules, which come with the others: their list, and each by its id. */
async function estimateShifts(
  client: PagerDutyClient,
  signal: AbortSignal | undefined,
): Promise<SourceEstimate> {
  const list = requestList("v3/schedules", []);
  const { pageSize = largestPage } = list;
  try {
    const page = await fetchPage(client, list, { offset: 0, limit: pageSize, total: true }, signal);
    const rows = page.total ?? page.rows.length;
    return { rows, requests: countPages(rows, pageSize) + rows };
  } catch (error) {
    // Without them the run goes on, and so does the estimate.
    if (error instanceof HttpError && error.status !== 401) return { rows: 0, requests: 1 };
    throw error;
  }
}

/** Pages overlap by one row. */
export function countPages(rows: number, size = largestPage): number {
  return rows <= size ? 1 : Math.ceil((rows - 1) / (size - 1));
}

async function estimateIncidents(
  client: PagerDutyClient,
  listing: SharedListing,
  counted: Set<"oncalls" | "users">,
  signal: AbortSignal | undefined,
): Promise<SourceEstimate> {
  let rows = 0;
  // The beginning of history, which is also PagerDuty's time.
  let requests = 1;
  for (const segment of shareRanges(listing.resources)) {
    const estimate = await estimateSegment(client, listing.query, segment, signal);
    rows += estimate.rows;
    requests += estimate.requests;
    requests += await estimateAdditions(client, segment.resources, estimate.rows, counted, signal);
  }
  return { rows, requests };
}

async function estimateSegment(
  client: PagerDutyClient,
  base: Query,
  segment: Segment,
  signal: AbortSignal | undefined,
): Promise<SourceEstimate> {
  const query = [...base, ...writeFilters(segment.filters)];
  const position = { offset: 0, limit: 1, total: true };
  const { until } = segment.range;
  let { since } = segment.range;
  let expected = 0;
  let requests = 0;
  if (since === undefined) {
    const all = await fetchPage(client, listAll(query), position, signal);
    expected = all.total ?? 0;
    if (expected <= mostInOneList) return { rows: expected, requests: countPages(expected) };
    const history = await findHistory(client, signal);
    since = Math.floor((history.start ?? until) / 1000) * 1000;
    requests += 1;
  }
  let rows = 0;
  for (const window of planWindows(since, until, expected)) {
    const page = await fetchPage(client, listIncidents(window, { query }), position, signal);
    const count = page.total ?? 0;
    rows += count;
    const pieces = cutWindow(window, count);
    requests +=
      pieces === undefined
        ? countPages(count)
        : 1 + pieces.reduce((sum, piece) => sum + countPages(piece.expected), 0);
  }
  return { rows, requests };
}

/** Requests for what is added to so many objects of resources. */
async function estimateAdditions(
  client: PagerDutyClient,
  resources: readonly PlannedResource[],
  rows: number,
  counted: Set<"oncalls" | "users">,
  signal: AbortSignal | undefined,
): Promise<number> {
  const wanted = resources.flatMap(({ plan }) => plan.enrichments);
  const keys = new Set<string>(wanted.map(({ key }) => key));
  const kind = resources[0]?.plan.kind;
  const count = async (name: "oncalls" | "users"): Promise<number> => {
    if (counted.has(name)) return 0;
    counted.add(name);
    const list = requestList(name, []);
    const page = await fetchPage(client, list, { offset: 0, limit: 1, total: true }, signal);
    return countPages(page.total ?? 0);
  };
  let requests = 0;
  if (rows === 0) return 0;
  if (keys.has("__oncall_user") || keys.has("__oncall_users")) requests += await count("oncalls");
  if (keys.has("__email")) requests += await count("users");
  if (keys.has("__analytics"))
    requests += kind === "services" ? 1 : Math.ceil(rows / analyticsPage);
  // At most: those that have not changed since they were last asked about are not asked about again.
  if (keys.has("__custom_fields")) requests += rows;
  return requests;
}
