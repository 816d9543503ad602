import { type Filters, writeFilters } from "./filters.ts";
import { fetchPage, largestPage, type ListRequest } from "./fetch-page.ts";
import type { History } from "./incident-list.ts";
import { withZone } from "./in-zone.ts";
import type { TimeRange } from "./listing-plan.ts";
import { isIncident, type Incident } from "./objects.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";
import { readIncidents } from "./read-incidents.ts";
import { readList } from "./read-list.ts";

/** So few incidents of all time are read as one list, without windows. */
export const mostInOneList = 4000;

export interface IncidentRange {
  readonly range: TimeRange;
  /** `include[]` and the like. */
  readonly query: Query;
  readonly filters: Filters;
  readonly signal?: AbortSignal | undefined;
  readonly onPage?: (rows: number) => void;
  /** As in {@link readIncidents}. */
  readonly mostRowsAhead?: number | undefined;
  readonly listServices: () => Promise<readonly string[]>;
  readonly findHistory: () => Promise<History>;
}

/** Some incidents of a range. */
export interface IncidentRows {
  readonly rows: readonly Incident[];
  /** Why some are missing; empty when none is. */
  readonly problem: string;
  /** All that were created before have been given out. */
  readonly until: number;
}

/**
 * Reads the incidents created in a range that match what of the filters can be sent, once each: more
 * than what matches may come. Where a range has no beginning and little is in it, one list is quicker
 * than windows over all the years.
 */
export async function* readIncidentRange(
  client: PagerDutyClient,
  wanted: IncidentRange,
): AsyncGenerator<IncidentRows, void> {
  const { range, listServices, signal, onPage, mostRowsAhead } = wanted;
  const query = [...wanted.query, ...writeFilters(wanted.filters)];
  const { until } = range;
  const bounds = { until, mostRowsAhead };
  const shared = { query, ...bounds, listServices, signal, ...(onPage && { onPage }) };
  if (range.since !== undefined) {
    yield* readWindows(client, { ...shared, since: range.since, expected: 0 });
    return;
  }
  const list = listAll(query);
  const position = { offset: 0, limit: largestPage, total: true };
  const first = await fetchPage(client, list, position, signal);
  const expected = first.total ?? Infinity;
  if (expected <= mostInOneList) {
    const { rows, reason } = await readList(client, list, { signal, onPage, first });
    yield {
      rows: rows.filter((incident) => Date.parse(incident.created_at) < range.until),
      problem: reason === "" ? "" : `The list of incidents of all time is incomplete: ${reason}`,
      until: range.until,
    };
    return;
  }
  const { start, count } = await wanted.findHistory();
  if (start === undefined) return;
  const since = Math.floor(start / 1000) * 1000;
  yield* readWindows(client, { ...shared, since, expected: Math.min(expected, count) });
}

async function* readWindows(
  client: PagerDutyClient,
  options: Parameters<typeof readIncidents>[1],
): AsyncGenerator<IncidentRows, void> {
  for await (const { window, incidents, problem } of readIncidents(client, options)) {
    const { until } = window;
    if (incidents.length > 0 || problem !== "") yield { rows: incidents, problem, until };
  }
}

/** The incidents of all time that match a query, by number. */
export function listAll(query: Query): ListRequest<Incident> {
  return {
    path: "/incidents",
    wrapper: "incidents",
    query: withZone([...query, ["date_range", "all"], ["sort_by", "incident_number:asc"]]),
    isRow: isIncident,
    identify: (incident) => incident.id,
  };
}
