import { createMemoryCache } from "../enrich/enrichment-cache.ts";
import type { Clock } from "../clock.ts";
import type { EventListener } from "../events.ts";
import type { Mapping } from "../map/mapping.ts";
import { mostInFlight } from "../sink/port/connect-port.ts";
import { mostEntities } from "../sink/port/write-entities.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import { chooseResources } from "./choose-resources.ts";
import type { ImportEstimate } from "./estimate-import.ts";
import type { ImportKind } from "./import-history.ts";
import { openSource } from "./open-source.ts";
import { mostAtOnce } from "./write-entries.ts";

/** A bulk write is taken to last this long: its pace is only known from Port's answers. Milliseconds. */
const assumedBulkLatency = 400;

export interface EstimateImportToPortOptions {
  readonly pagerDuty: PagerDutyClient;
  readonly mapping: Mapping;
  readonly kinds: readonly ImportKind[];
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Requests a minute to PagerDuty that this process may send; 0 = not known before the import. */
  readonly requestsPerMinute: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener;
}

/**
 * Counts what an import to Port's catalog would read and write, with a few requests; writes nothing.
 * Objects are those that the mapping's requests list: each is taken to become one entity of every
 * template of its resource.
 *
 * @throws {ConfigError} when the mapping has none of the kinds
 */
export async function estimateImportToPort(
  options: EstimateImportToPortOptions,
): Promise<ImportEstimate> {
  const { pagerDuty, mapping, kinds, since, clock, signal, onEvent, requestsPerMinute } = options;
  const chosen = chooseResources(mapping, kinds);
  const cache = createMemoryCache();
  const source = openSource({ client: pagerDuty, clock, cache, ...(onEvent && { onEvent }) });
  const objects: Record<string, number> = {};
  let requests = 0;
  let writes = 0;
  for (const kind of kinds) {
    const ofKind = chosen.filter((resource) => resource.kind === kind);
    if (ofKind.length === 0) continue;
    const range = { since, until: Math.min(options.until ?? Infinity, clock.now()) };
    const { rows, requests: asked } = await source.estimate(
      ofKind.map(({ index, selection }) => ({ index, selection, range })),
      signal,
    );
    objects[kind] = rows;
    requests += asked;
    const perObject = Math.max(...ofKind.map(({ entities }) => entities.length));
    writes += Math.ceil((rows * perObject) / mostEntities);
    // Whose entities are that are new to us is asked for some objects together.
    writes += Math.ceil(rows / mostAtOnce) * perObject;
  }
  const minutes = requestsPerMinute === 0 ? 0 : requests / requestsPerMinute;
  const writesPerMinute = (60_000 / assumedBulkLatency) * mostInFlight;
  return {
    objects,
    hosts: {
      pagerduty: { requests, minutes },
      port: { requests: writes, minutes: writes / writesPerMinute },
    },
  };
}
