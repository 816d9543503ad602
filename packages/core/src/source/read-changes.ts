import { HttpError } from "../errors.ts";
import { fetchPage, furthestRow, largestPage, type ListPage } from "./fetch-page.ts";
import { formatTime } from "./incident-list.ts";
import { readId } from "./kinds.ts";
import { type Incident, isIncident, type PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";
import { listAll, readIncidentRange } from "./read-incident-range.ts";
import { requestList } from "./read-kind.ts";
import { readList } from "./read-list.ts";

/** Incidents touched since a moment. */
export interface Changes {
  /** When something last happened to each, milliseconds since 1970, by id. */
  readonly touched: ReadonlyMap<string, number>;
  readonly complete: boolean;
  /** Why some may be missing; empty when none is. */
  readonly reason: string;
}

export interface ReadChangesOptions {
  /** Milliseconds. */
  readonly since: number;
  /** Milliseconds; what is later is for the next time. */
  readonly until: number;
  readonly listServices: () => Promise<readonly string[]>;
  readonly signal?: AbortSignal | undefined;
  readonly onPage?: (rows: number) => void;
}

/**
 * Finds the incidents that something happened to: from the account's log, and where that may not be
 * read, from the list of those open or created since, and of those resolved since.
 */
export async function readChanges(
  client: PagerDutyClient,
  options: ReadChangesOptions,
): Promise<Changes> {
  const since = Math.floor(options.since / 1000) * 1000;
  const until = Math.ceil(options.until / 1000) * 1000;
  if (until <= since) return { touched: new Map(), complete: true, reason: "" };
  try {
    return await readLog(client, { ...options, since, until });
  } catch (error) {
    const isRefused = error instanceof HttpError && [402, 403].includes(error.status);
    if (!isRefused) throw error;
    return readTouched(client, { ...options, since, until });
  }
}

/** The account's log of a stretch of time, in milliseconds. */
export function requestLog({
  since,
  until,
}: {
  readonly since: number;
  readonly until: number;
}): ReturnType<typeof requestList> {
  return requestList("log_entries", [
    ["since", formatTime(since)],
    ["until", formatTime(until)],
  ]);
}

/** Reads the log of a stretch of time, halved until each half can be read to its end. */
async function readLog(client: PagerDutyClient, options: ReadChangesOptions): Promise<Changes> {
  const { since, until, signal, onPage } = options;
  const list = requestLog({ since, until });
  const position = { offset: 0, limit: largestPage, total: true };
  const first = await fetchPage(client, list, position, signal);
  const half = Math.floor((since + until) / 2 / 1000) * 1000;
  if ((first.total ?? 0) > furthestRow && half > since) {
    const older = await readLog(client, { ...options, until: half });
    const newer = await readLog(client, { ...options, since: half });
    return {
      touched: new Map([...older.touched, ...newer.touched]),
      complete: older.complete && newer.complete,
      reason: older.reason || newer.reason,
    };
  }
  const { rows, complete, reason } = await readList(client, list, { signal, onPage, first });
  return {
    touched: findIncidents(rows, since),
    complete,
    reason: complete ? "" : `The log since ${formatTime(since)} is incomplete: ${reason}`,
  };
}

function findIncidents(entries: readonly PagerDutyObject[], since: number): Map<string, number> {
  const touched = new Map<string, number>();
  for (const entry of entries) {
    const id = readId(entry["incident"]);
    if (id === null) continue;
    const time = Date.parse(String(entry["created_at"]));
    touched.set(id, Math.max(touched.get(id) ?? since, Number.isNaN(time) ? since : time));
  }
  return touched;
}

/** What incidents themselves tell. A note on one that was resolved before is not seen. */
async function readTouched(client: PagerDutyClient, options: ReadChangesOptions): Promise<Changes> {
  const touched = new Map<string, number>();
  const problems: string[] = [];
  const add = (incidents: readonly Incident[]): void => {
    for (const incident of incidents) {
      const time = findLastTouch(incident);
      if (time >= options.since) touched.set(incident.id, time);
    }
  };

  const { signal, onPage, since, until } = options;
  const open: Query = ["triggered", "acknowledged"].map(
    (status) => ["statuses[]", status] as const,
  );
  const stillOpen = await readList(client, listAll(open), { signal, onPage });
  add(stillOpen.rows);
  if (!stillOpen.complete) problems.push(`Open incidents: ${stillOpen.reason}`);

  const { listServices } = options;
  const shared = { query: [], filters: {}, listServices, signal, ...(onPage && { onPage }) };
  const findHistory = (): Promise<never> => Promise.reject(new Error("The range has a beginning"));
  const created = readIncidentRange(client, { ...shared, range: { since, until }, findHistory });
  for await (const { rows, problem } of created) {
    add(rows);
    if (problem !== "") problems.push(problem);
  }

  const resolved = await readResolved(client, options);
  add(resolved.rows);
  if (!resolved.complete) problems.push(`More than ${furthestRow} incidents were resolved`);
  return { touched, complete: problems.length === 0, reason: problems.join("; ") };
}

function findLastTouch(incident: Incident): number {
  const { created_at, updated_at, last_status_change_at, resolved_at } = incident;
  const times = [created_at, updated_at, last_status_change_at, resolved_at]
    .map((time) => Date.parse(String(time)))
    .filter((time) => !Number.isNaN(time));
  return Math.max(...times);
}

/** Those resolved last, as far back as the moment. Ones resolved meanwhile only move rows further on. */
async function readResolved(
  client: PagerDutyClient,
  options: ReadChangesOptions,
): Promise<{ readonly rows: readonly Incident[]; readonly complete: boolean }> {
  const list = {
    path: "/incidents",
    wrapper: "incidents",
    query: [
      ["date_range", "all"],
      ["statuses[]", "resolved"],
      ["time_zone", "UTC"],
      ["sort_by", "resolved_at:desc"],
    ],
    isRow: isIncident,
    identify: (incident: Incident) => incident.id,
  } as const;
  const rows: Incident[] = [];
  let offset = 0;
  while (offset < furthestRow) {
    const limit = Math.min(largestPage, furthestRow - offset);
    const page: ListPage<Incident> = await fetchPage(
      client,
      list,
      { offset, limit, total: false },
      options.signal,
    );
    options.onPage?.(page.rows.length);
    rows.push(...page.rows);
    const last = page.rows.at(-1);
    const isOlder = Date.parse(String(last?.["resolved_at"])) < options.since;
    if (!page.more || last === undefined || isOlder) {
      return { rows, complete: true };
    }
    offset += page.rows.length;
  }
  return { rows, complete: false };
}
