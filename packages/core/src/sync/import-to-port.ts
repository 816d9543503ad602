import type { Clock } from "../clock.ts";
import { createEmitter, type EventListener } from "../events.ts";
import type { EnrichmentCache } from "../enrich/enrichment-cache.ts";
import type { Mapper } from "../map/mapper.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { createEntityWriter } from "../sink/port/write-entities.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { ImportFingerprint } from "../store/import-state.ts";
import { CatalogImport } from "./catalog-import.ts";
import { type CatalogImportFiles, CatalogJournal } from "./catalog-journal.ts";
import { checkBlueprints } from "./check-blueprints.ts";
import { chooseResources } from "./choose-resources.ts";
import { checkToken } from "./import-account.ts";
import type { ImportKind } from "./import-history.ts";
import { createImportReport, type ImportReport } from "./import-report.ts";
import { openSource } from "./open-source.ts";
import type { StartOver } from "./open-import-state.ts";

export interface ImportToPortOptions {
  readonly pagerDuty: PagerDutyClient;
  readonly port: PortClient;
  /** Its resources of the kinds that are imported decide what becomes of each object. */
  readonly mapper: Mapper;
  readonly files: CatalogImportFiles;
  readonly fingerprint: ImportFingerprint;
  readonly kinds: readonly ImportKind[];
  /** Incidents created from here on, inclusive, in milliseconds; the first one ever where not given. */
  readonly since?: number | undefined;
  /** Up to here, exclusive; the start of the run where not given. */
  readonly until?: number | undefined;
  /** Starts over instead of going on. */
  readonly fresh?: StartOver;
  /** What was added to objects in earlier runs. @default nothing is known, and nothing kept */
  readonly cache?: EnrichmentCache;
  readonly clock: Clock;
  readonly pid: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener;
  /** Requests sent so far, for the report. */
  readonly countRequests: () => ImportReport["requests"];
}

/** An import reads each object once: a cache would only grow. */
const keepNothing: EnrichmentCache = {
  read: () => Promise.resolve(new Map()),
  keep: () => Promise.resolve(),
};

/**
 * Brings every service and every incident that PagerDuty has to Port's catalog, as the mapping says, and
 * goes on where an earlier run of the same import stopped. The mapping's filters count, its time ranges
 * do not. Nothing is ever deleted. A finished import sends what is new or changed since.
 *
 * Entities are written without a look at what Port has: an upsert of what is there already changes
 * nothing, history is nearly all new, and an index of it would grow with it.
 *
 * @throws {ConfigError} when the mapping has none of the kinds, the files belong to another import, or
 * another process has them
 * @throws {FileError} when they cannot be used at all
 */
export async function importToPort(options: ImportToPortOptions): Promise<ImportReport> {
  const startedAt = options.clock.now();
  const { pagerDuty, port, mapper, clock, signal, fresh = false, cache = keepNothing } = options;
  const emit = createEmitter(options.onEvent);
  const { mapping } = mapper;
  const resources = chooseResources(mapping, options.kinds);
  const kinds = options.kinds.filter((kind) => resources.some((one) => one.kind === kind));

  for (const kind of options.kinds) {
    if (kinds.includes(kind)) continue;
    const message = `The mapping has no resource of kind ${kind}: none of them is imported.`;
    emit({ type: "notice", message });
  }

  try {
    await checkBlueprints(port, resources, signal);
    // What an earlier import knows is only given up for one that can begin.
    if (fresh !== false) await checkToken(pagerDuty, signal);
  } catch (error) {
    return createImportReport(options, { startedAt, stoppedBy: error });
  }
  const { files, fingerprint, pid } = options;
  const journal = await CatalogJournal.open({ files, fingerprint, fresh, pid });
  const standing = new CatalogImport({
    journal,
    pagerDuty,
    source: openSource({ client: pagerDuty, clock, cache, onEvent: emit }),
    mapper,
    writer: createEntityWriter({
      port,
      merge: mapping.enableMergeEntity,
      createMissingRelatedEntities: mapping.createMissingRelatedEntities,
    }),
    resources,
    kinds,
    since: options.since,
    until: options.until,
    clock,
    signal,
    emit,
  });
  try {
    await standing.run();
    return createImportReport(options, { startedAt, standing });
  } catch (error) {
    return createImportReport(options, { startedAt, standing, stoppedBy: error });
  } finally {
    await journal[Symbol.asyncDispose]();
  }
}
