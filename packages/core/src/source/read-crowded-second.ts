import { fetchPage, furthestRow, largestPage, type ListPage } from "./fetch-page.ts";
import {
  formatWindow,
  type IncidentWindow,
  listIncidents,
  type ListIncidentsOptions,
} from "./incident-list.ts";
import { isRecord, type Incident } from "./objects.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";
import { type ListReading, readList, type ReadListOptions } from "./read-list.ts";

/** From both ends, each as far as PagerDuty lets one go. */
const mostFromBothEnds = 2 * furthestRow;

/** The filters that part a second. */
const partingFilters = new Set(["service_ids[]", "urgencies[]"]);

/** A part that does not add up is read this often. */
const mostReadings = 3;

export interface CrowdedSecondOptions extends ReadListOptions<Incident> {
  /** Ids of all services that the account lists; incidents also name some that are gone. */
  readonly listServices: () => Promise<readonly string[]>;
  /** `include[]` and filters; those that would part the second another way are not sent. */
  readonly query?: Query;
  readonly trim?: ListIncidentsOptions["trim"];
}

/**
 * Reads a window that cannot be cut any more (one second) and holds more than PagerDuty gives out:
 * up to 20,000 from both ends, beyond that service by service, and a service urgency by urgency. The
 * parts must add up to the count of the whole.
 */
export async function readCrowdedSecond(
  client: PagerDutyClient,
  window: IncidentWindow,
  count: number,
  options: CrowdedSecondOptions,
): Promise<ListReading<Incident>> {
  const found = new Map<string, Incident>();
  // A set of services is an OR: one more of them would widen it, not narrow it.
  const base = (options.query ?? []).filter(([name]) => !partingFilters.has(name));
  if (await readPart(client, window, base, found, options)) {
    return { rows: [...found.values()], complete: true, reason: "" };
  }
  // Too many for both ends: each incident has exactly one service, which never changes for old ones.
  if (base.length < (options.query?.length ?? 0) || count > mostFromBothEnds) {
    const services = new Set(await options.listServices());
    for (const incident of found.values()) services.add(serviceOf(incident));
    services.delete("");
    for (const service of services) {
      const filters: Query = [...base, ["service_ids[]", service]];
      if (await readPart(client, window, filters, found, options)) continue;
      for (const urgency of ["high", "low"]) {
        const narrower: Query = [...filters, ["urgencies[]", urgency]];
        await readPart(client, window, narrower, found, options);
      }
    }
  }
  const total = await countIncidents(client, window, base, options.signal);
  const rows = [...found.values()];
  if (rows.length === total) return { rows, complete: true, reason: "" };
  return {
    rows,
    complete: false,
    reason: `${rows.length} of ${total} incidents in ${formatWindow(window)} could be read: PagerDuty gives out ${furthestRow} a query, and neither both ends, services nor urgencies part them`,
  };
}

/** Adds what a query gives from both ends; true when that is all of it. */
async function readPart(
  client: PagerDutyClient,
  window: IncidentWindow,
  filters: Query,
  found: Map<string, Incident>,
  options: CrowdedSecondOptions,
): Promise<boolean> {
  for (let attempt = 1; attempt <= mostReadings; attempt += 1) {
    const oldest = await readList(
      client,
      listIncidents(window, { query: filters, trim: options.trim }),
      {
        signal: options.signal,
        onPage: options.onPage,
      },
    );
    const part = new Map(oldest.rows.map((incident) => [incident.id, incident]));
    for (const [id, incident] of part) found.set(id, incident);
    if (oldest.complete) return true;

    const total = await countIncidents(client, window, filters, options.signal);
    const missing = Math.min(total - part.size, furthestRow);
    for (const incident of await readNewest(client, window, filters, missing, options)) {
      part.set(incident.id, incident);
      found.set(incident.id, incident);
    }
    if (part.size === total) return true;
    if (total > mostFromBothEnds) return false;
  }
  return false;
}

async function readNewest(
  client: PagerDutyClient,
  window: IncidentWindow,
  filters: Query,
  wanted: number,
  options: CrowdedSecondOptions,
): Promise<Incident[]> {
  const list = listIncidents(window, { query: filters, order: "desc", trim: options.trim });
  const fetchAt = async (offset: number, limit: number): Promise<ListPage<Incident>> => {
    const page = await fetchPage(client, list, { offset, limit, total: false }, options.signal);
    options.onPage?.(page.rows.length);
    return page;
  };
  const first = await fetchAt(0, largestPage);
  const size = first.rows.length;
  const pages = size === 0 ? 0 : Math.ceil(wanted / size);
  const offsets = Array.from({ length: Math.max(0, pages - 1) }, (_, place) => (place + 1) * size);
  const rest = await Promise.all(
    offsets.map((offset) => fetchAt(offset, Math.min(size, furthestRow - offset))),
  );
  return [first, ...rest].flatMap((page) => page.rows);
}

async function countIncidents(
  client: PagerDutyClient,
  window: IncidentWindow,
  filters: Query,
  signal: AbortSignal | undefined,
): Promise<number> {
  const list = listIncidents(window, { query: filters });
  const page = await fetchPage(client, list, { offset: 0, limit: 1, total: true }, signal);
  return page.total ?? page.rows.length;
}

function serviceOf(incident: Incident): string {
  const service = incident["service"];
  return isRecord(service) && typeof service["id"] === "string" ? service["id"] : "";
}
