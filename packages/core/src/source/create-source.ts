import type { Clock } from "../clock.ts";
import { HttpError } from "../errors.ts";
import { createEmitter, type EventListener } from "../events.ts";
import type { Enricher } from "./enricher.ts";
import { estimateChanges } from "./estimate-changes.ts";
import { estimateListing } from "./estimate-listings.ts";
import type { KindName } from "./kinds.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";
import { readChanges } from "./read-changes.ts";
import type { RunLists } from "./read-listing.ts";
import { createObjectReader } from "./read-objects.ts";
import { readPages } from "./read-pages.ts";
import type { SourceResource } from "./selection.ts";
import { planListing } from "./selectors/plan-listing.ts";
import { type PlannedResource, shareListings } from "./share-listings.ts";
import { createShiftMemory, type ShiftMemory } from "./shift-memory.ts";
import { createShiftSchedules } from "./shift-schedules.ts";
import type { Source } from "./source.ts";

export interface SourceOptions {
  readonly client: PagerDutyClient;
  readonly clock: Clock;
  readonly enricher: Enricher;
  /** What the run reads once; the enricher has the same. */
  readonly lists: RunLists;
  /** The most incidents fetched before anybody asks for them: less memory, longer waits. @default 10,000 */
  readonly mostRowsAhead?: number | undefined;
  /** What is known of shift-based schedules. @default nothing, and what this source reads */
  readonly shiftMemory?: ShiftMemory | undefined;
  /** Requests of the run so far. @default 0 */
  readonly countRequests?: (() => number) | undefined;
  /** Hears of pages, and of what a selector asks for that cannot be had as it is written. */
  readonly onEvent?: EventListener;
}

/** Makes the source of one run. Its time is fixed when it is made. */
export function createSource(options: SourceOptions): Source {
  const { client, clock, enricher, lists, mostRowsAhead } = options;
  const emit = createEmitter(options.onEvent);
  const begun = clock.now();
  const warned = new Set<string>();
  const counted = new Set<"oncalls" | "users">();

  /** PagerDuty's time, where it matters: of on-calls too far ahead by its clock it tells nothing. */
  const findNow = async (kind: KindName, signal?: AbortSignal): Promise<number> => {
    if (kind === "oncalls") return findStart(signal);
    if (kind !== "incidents") return begun;
    const { date } = await lists.findHistory(signal);
    return date ?? begun;
  };
  const plan = (resources: readonly SourceResource[], now: number): PlannedResource[] =>
    resources.map(({ index, selection, range }) => {
      const planned = planListing(selection, now);
      for (const warning of planned.warnings) {
        const message = `resources[${index}] (${selection.kind}): ${warning}`;
        if (!warned.has(message)) emit({ type: "notice", message });
        warned.add(message);
      }
      const isMoved = range !== undefined && planned.range !== undefined;
      return { index, plan: isMoved ? { ...planned, range } : planned };
    });

  const findStart = async (signal?: AbortSignal): Promise<number> =>
    (await readDate(() => lists.findHistory(signal))) ?? begun;
  const { shiftMemory: memory = createShiftMemory(), countRequests } = options;
  const shifts = createShiftSchedules({ client, clock, memory, countRequests });
  const objects = createObjectReader({ client, enricher, shifts });
  return {
    async *pages(resources, signal) {
      const [first] = resources;
      if (first === undefined) return;
      const { kind } = first.selection;
      yield* readPages(kind, resources, {
        client,
        enricher,
        lists,
        shifts,
        signal,
        mostRowsAhead,
        onPage: (rows) => emit({ type: "page", kind, rows }),
        plan: async () => plan(resources, await findNow(kind, signal)),
      });
    },
    async readObject(resources, id, signal) {
      const { pages, missing } = await objects.read(plan(resources, begun), [id], signal);
      return missing.length > 0 ? undefined : pages;
    },
    readObjects: (resources, ids, signal) => objects.read(plan(resources, begun), ids, signal),
    startedAt: findStart,
    async changes(since, signal) {
      const until = await findStart(signal);
      const listServices = (): Promise<readonly string[]> => lists.listServices(signal);
      const onPage = (rows: number): void => emit({ type: "page", kind: "log_entries", rows });
      // To the end of the second in which the run began, and what happened while it went on.
      const end = Math.max(until, until + clock.now() - begun) + second;
      return readChanges(client, { since, until: end, listServices, signal, onPage });
    },
    async estimate(resources, signal) {
      const [first] = resources;
      if (first === undefined) return { rows: 0, requests: 0 };
      const planned = plan(resources, await findNow(first.selection.kind, signal));
      let rows = 0;
      let requests = 0;
      for (const listing of shareListings(planned)) {
        const estimate = await estimateListing(client, listing, counted, signal);
        rows += estimate.rows;
        requests += estimate.requests;
      }
      return { rows, requests };
    },
    async estimateChanges(since, signal) {
      const start = await findStart(signal);
      const range = { since: Math.min(since ?? start, start), until: start + second };
      return estimateChanges(client, range, signal);
    },
  };
}

const second = 1000;

async function readDate(
  findHistory: () => Promise<{ readonly date: number | undefined }>,
): Promise<number | undefined> {
  try {
    return (await findHistory()).date;
  } catch (error) {
    // The list of incidents may be refused where their log is not.
    if (error instanceof HttpError && [402, 403].includes(error.status)) return undefined;
    throw error;
  }
}
