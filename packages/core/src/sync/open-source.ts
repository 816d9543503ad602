import type { Clock } from "../clock.ts";
import { createEnricher } from "../enrich/create-enricher.ts";
import type { EnrichmentCache } from "../enrich/enrichment-cache.ts";
import type { EventListener } from "../events.ts";
import { addToObjects, type EnrichObjects } from "./add-to-objects.ts";
import { createSource } from "../source/create-source.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import { createRunLists } from "../source/run-lists.ts";
import type { ShiftMemory } from "../source/shift-memory.ts";
import type { Source } from "../source/source.ts";

export interface OpenSourceOptions {
  readonly client: PagerDutyClient;
  readonly clock: Clock;
  /** What was added to objects in earlier runs. */
  readonly cache: EnrichmentCache;
  /** What earlier runs know of shift-based schedules. @default nothing */
  readonly shiftMemory?: ShiftMemory | undefined;
  /** Whether what was added earlier to unchanged objects is asked for again, in turns. @default false */
  readonly refreshes?: boolean | undefined;
  /** Requests of the run so far. @default 0 */
  readonly countRequests?: (() => number) | undefined;
  /** See {@link createSource}. */
  readonly mostRowsAhead?: number | undefined;
  /** See {@link addToObjects}. */
  readonly enrich?: EnrichObjects | undefined;
  readonly onEvent?: EventListener;
}

/** Makes PagerDuty as one run sees it: its lists, with what is added to their objects. */
export function openSource(options: OpenSourceOptions): Source {
  const {
    client,
    clock,
    cache,
    refreshes,
    mostRowsAhead,
    shiftMemory,
    countRequests,
    enrich,
    onEvent,
  } = options;
  const lists = createRunLists(client);
  const enricher = createEnricher({ client, clock, lists, cache, refreshes });
  const source = createSource({
    client,
    clock,
    enricher,
    lists,
    mostRowsAhead,
    shiftMemory,
    countRequests,
    ...(onEvent && { onEvent }),
  });
  return enrich === undefined ? source : addToObjects(source, enrich);
}
