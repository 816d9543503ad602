import type { History } from "./incident-list.ts";
import type { PagerDutyObject } from "./objects.ts";
import { writeFilters } from "./filters.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";
import { ReadAhead } from "../read-ahead.ts";
import { uniteSignals } from "../unite-signals.ts";
import { type IncidentRows, readIncidentRange } from "./read-incident-range.ts";
import { readKind } from "./read-kind.ts";
import type { ListReading } from "./read-list.ts";
import { readOncalls } from "./read-oncalls.ts";
import { readSchedules, readShiftsAlone, type SchedulesRead } from "./read-schedules.ts";
import {
  type PlannedResource,
  type Segment,
  type SharedListing,
  shareRanges,
} from "./share-listings.ts";
import type { ShiftSchedules } from "./shift-schedules.ts";

/** What is read once for a run. */
export interface RunLists {
  findHistory(signal?: AbortSignal): Promise<History>;
  listServices(signal?: AbortSignal): Promise<readonly string[]>;
  listPolicies(signal?: AbortSignal): Promise<readonly string[]>;
  readUsers(signal?: AbortSignal): Promise<ListReading<PagerDutyObject>>;
  /** The references that their list has. */
  readShiftSchedules(signal?: AbortSignal): Promise<ListReading<PagerDutyObject>>;
}

/** Rows of a listing that have arrived, and the resources that may want them. */
export interface ListingRows {
  readonly rows: readonly PagerDutyObject[];
  readonly resources: readonly PlannedResource[];
  /** Why some are missing; empty when none is. */
  readonly problem: string;
  /** What a person should know all the same. */
  readonly notices?: readonly string[];
  /** Of incidents: all that were created before have arrived. */
  readonly until?: number;
}

/** Reads a listing that several resources may share. What a resource wants of it is not yet sorted out. */
export async function* readListing(
  client: PagerDutyClient,
  listing: SharedListing,
  lists: RunLists,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onPage: (rows: number) => void;
    readonly shifts: ShiftSchedules;
    /** Of incidents: as in {@link readIncidentRange}. */
    readonly mostRowsAhead?: number | undefined;
  },
): AsyncGenerator<ListingRows, void> {
  const { query, resources, filters } = listing;
  const kind = resources[0]?.plan.kind;
  if (kind === undefined) return;
  const { signal, onPage } = options;
  if (kind === "incidents") {
    yield* readSegments(client, listing, lists, options);
    return;
  }
  const asked = [...query, ...writeFilters(filters)];
  if (kind === "schedules" || kind === "v3/schedules") {
    for await (const part of readBothKinds(client, listing, lists, options)) {
      yield { ...part, resources };
    }
    return;
  }
  const listPolicies = (): Promise<readonly string[]> => lists.listPolicies(signal);
  let reading: ListReading<PagerDutyObject>;
  if (kind === "oncalls") {
    reading = await readOncalls(client, asked, { signal, onPage, listPolicies });
  } else if (kind === "users" && asked.length === 0) {
    reading = await lists.readUsers(signal);
    onPage(reading.rows.length);
  } else {
    reading = await readKind(client, kind, asked, { signal, onPage });
  }
  const { rows, complete, reason } = reading;
  yield {
    rows,
    resources,
    problem: complete ? "" : `The list of ${kind} is incomplete: ${reason}`,
  };
}

/** Reads schedules: those of both kinds, or the shift-based ones alone. */
async function* readBothKinds(
  client: PagerDutyClient,
  { query, filters, resources }: SharedListing,
  lists: RunLists,
  { shifts, signal, onPage }: Parameters<typeof readListing>[3],
): AsyncGenerator<SchedulesRead, void> {
  const plan = resources[0]?.plan;
  if (plan === undefined) return;
  const options = {
    client,
    plan,
    query: [...query, ...writeFilters(filters)],
    shifts,
    readShiftSchedules: (stop?: AbortSignal) => lists.readShiftSchedules(stop),
    signal,
    onPage,
  };
  if (plan.kind === "schedules") yield* readSchedules(options);
  else yield await readShiftsAlone(options);
}

/** Reads the stretches of time that incidents are wanted of, in order, and of each the next one ahead. */
async function* readSegments(
  client: PagerDutyClient,
  { query, resources }: SharedListing,
  lists: RunLists,
  { signal, onPage, mostRowsAhead }: Parameters<typeof readListing>[3],
): AsyncGenerator<ListingRows, void> {
  const stop = new AbortController();
  const both = uniteSignals(signal, stop.signal);
  const read = ({ range, filters }: Segment): AsyncGenerator<IncidentRows, void> =>
    readIncidentRange(client, {
      range,
      filters,
      query,
      signal: both,
      onPage,
      mostRowsAhead,
      listServices: () => lists.listServices(signal),
      findHistory: () => lists.findHistory(signal),
    });
  const begin = (segment: Segment): BegunSegment => ({
    wanting: segment.resources,
    rows: new ReadAhead(read(segment), { sizeOf: () => 1, most: 1 }),
  });
  const planned = shareRanges(resources);
  const [only, ...others] = planned;
  if (only !== undefined && others.length === 0) {
    // There is no next one, and windows are read ahead anyway: one more would only fill memory.
    for await (const part of read(only)) yield { ...part, resources: only.resources };
    return;
  }
  const begun = planned.splice(0, 1).map(begin);
  try {
    for (let head = begun[0]; head !== undefined; head = begun[0]) {
      begun.push(...planned.splice(0, 1).map(begin));
      for await (const part of head.rows.items()) yield { ...part, resources: head.wanting };
      begun.shift();
    }
  } finally {
    stop.abort(new Error("The reading was ended"));
    await Promise.all(begun.map(({ rows }) => rows.close()));
  }
}

interface BegunSegment {
  readonly wanting: readonly PlannedResource[];
  readonly rows: ReadAhead<IncidentRows>;
}
