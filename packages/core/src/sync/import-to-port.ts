import type { Clock } from "../clock.ts";
import type { EnrichmentCache } from "../enrich/enrichment-cache.ts";
import { createEmitter, type EventListener } from "../events.ts";
import type { Mapper } from "../map/mapper.ts";
import { readIntegration } from "../sink/port/integration.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { createEntityWriter } from "../sink/port/write-entities.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { ImportFingerprint } from "../store/import-state.ts";
import type { LeaseHolder } from "../store/lease.ts";
import type { Store } from "../store/open-store.ts";
import { uniteSignals } from "../unite-signals.ts";
import { CatalogImport } from "./catalog-import.ts";
import { type CatalogImportFiles, CatalogJournal } from "./catalog-journal.ts";
import { checkBlueprints } from "./check-blueprints.ts";
import { chooseResources } from "./choose-resources.ts";
import { createStoreShiftMemory } from "./create-shift-memory.ts";
import { createStoreCache } from "./create-store-cache.ts";
import { findOtherRun } from "./find-other-run.ts";
import { holdImportRun } from "./hold-import-run.ts";
import { checkToken } from "./import-account.ts";
import type { ImportKind } from "./import-history.ts";
import type { HeldRun } from "./keep-run.ts";
import { createImportReport, type ImportReport } from "./import-report.ts";
import { createLiveGate } from "./ownership/create-live-gate.ts";
import { guardWriter } from "./ownership/guard-writer.ts";
import type { OwnershipGate } from "./ownership/ownership-gate.ts";
import type { OwnershipRules } from "./ownership/ownership-rules.ts";
import { guardPort } from "./pause/guard-port.ts";
import { createPauseGate, type PauseGate } from "./pause/pause-gate.ts";
import { openSource } from "./open-source.ts";
import type { StartOver } from "./open-import-state.ts";

export interface ImportToPortOptions extends OwnershipRules {
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
  /** What runs of the integration share: no two of them overlap, and live events are not overwritten. */
  readonly store: Store;
  readonly integrationIdentifier: string;
  /** Who runs, for others who wait: host and process. */
  readonly owner: string;
  /** Told who runs where another run goes on, which is waited for. */
  readonly onHeld?: ((holder: LeaseHolder) => void) | undefined;
  readonly clock: Clock;
  readonly pid: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener;
  /** Requests sent so far, for the report. */
  readonly countRequests: () => ImportReport["requests"];
}

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
  const { pagerDuty, port, mapper, signal, fresh = false } = options;
  const emit = createEmitter(options.onEvent);
  const resources = chooseResources(mapper.mapping, options.kinds);
  const kinds = options.kinds.filter((kind) => resources.some((one) => one.kind === kind));

  for (const kind of options.kinds) {
    if (kinds.includes(kind)) continue;
    const message = `The mapping has no resource of kind ${kind}: none of them is imported.`;
    emit({ type: "notice", message });
  }

  const pauses = createPauseGate({ sql: options.store.sql, clock: options.clock });
  try {
    await pauses.ensure("write");
    await checkBlueprints(port, resources, signal);
    // What an earlier import knows is only given up for one that can begin.
    if (fresh !== false) await checkToken(pagerDuty, signal);
  } catch (error) {
    return createImportReport(options, { startedAt, stoppedBy: error });
  }
  const { files, fingerprint, pid } = options;
  const journal = await CatalogJournal.open({ files, fingerprint, fresh, pid });
  let held: HeldRun | undefined;
  let standing: CatalogImport | undefined;
  const paused = pauses.watch("write");
  try {
    const { store, owner, clock, onHeld } = options;
    held = await holdImportRun(store.sql, journal.state, {
      owner,
      clock,
      signal,
      onHeld,
      onEvent: emit,
    });
    await tellOfOtherRun(options, emit);
    const { sql } = store;
    const gate = createLiveGate({ ...options, sql, signal: uniteSignals(signal, held.lost) });
    const used = { onEvent: emit, journal, held, resources, kinds, gate, pauses };
    standing = createImport({ ...options, ...used, signal: uniteSignals(signal, paused.signal) });
    await standing.run();
    await tellOwnership(gate, standing, emit);
    await gate.save();
    const { problems, beganAt } = standing;
    const outcome = problems.length === 0 ? "complete" : "incomplete";
    await held.end({ outcome, sourceStart: beganAt });
    return createImportReport(options, { startedAt, standing });
  } catch (error) {
    await held?.breakOff();
    const stoppedBy = paused.signal.aborted ? paused.signal.reason : error;
    return createImportReport(options, { startedAt, standing, stoppedBy });
  } finally {
    paused.end();
    await journal[Symbol.asyncDispose]();
  }
}

interface CreateImportOptions extends ImportToPortOptions {
  readonly onEvent: EventListener;
  readonly journal: CatalogJournal;
  readonly held: HeldRun;
  readonly gate: OwnershipGate;
  readonly pauses: PauseGate;
  readonly resources: ReturnType<typeof chooseResources>;
}

/** One window of incidents: two are being written, and a third waits, so reading is ahead anyway. */
const mostRowsAhead = 4000;

/** For a store that is in memory: it would only grow, and nothing would ever read it. */
const keepNothing: EnrichmentCache = {
  read: () => Promise.resolve(new Map()),
  listDue: () => Promise.resolve(new Set()),
  keep: () => Promise.resolve(),
};

function createImport(options: CreateImportOptions): CatalogImport {
  const { pagerDuty, port, mapper, store, held, owner, clock, signal, onEvent } = options;
  const { sql, isPersistent } = store;
  const { journal, resources, kinds, since, until, gate, pauses } = options;
  const cache = isPersistent ? createStoreCache(sql) : keepNothing;
  const { enableMergeEntity, createMissingRelatedEntities } = mapper.mapping;
  const writer = createEntityWriter({
    port: guardPort(port, pauses, "write"),
    merge: enableMergeEntity,
    createMissingRelatedEntities,
  });
  return new CatalogImport({
    journal,
    pagerDuty,
    source: openSource({
      client: pagerDuty,
      clock,
      cache,
      shiftMemory: isPersistent ? createStoreShiftMemory(sql) : undefined,
      mostRowsAhead,
      onEvent,
    }),
    mapper,
    writer: guardWriter(writer, gate),
    store: { sql, run: held.run, owner, clock, guard: held.guard, onEvent },
    remembers: isPersistent,
    resources,
    kinds,
    since,
    until,
    clock,
    signal: uniteSignals(signal, held.lost),
    emit: onEvent,
  });
}

/** What other integrations own was not written: a problem where it is more than before. */
async function tellOwnership(
  gate: OwnershipGate,
  standing: CatalogImport,
  emit: EventListener,
): Promise<void> {
  const { unfinished, notices } = await gate.report();
  for (const message of notices) emit({ type: "notice", message });
  for (const message of unfinished) {
    standing.problems.push(message);
    emit({ type: "problem", message });
  }
}

/** Nothing is deleted that another run could have written, so this is only told. */
async function tellOfOtherRun(options: ImportToPortOptions, emit: EventListener): Promise<void> {
  const other = await findOtherRun(await readIntegration(options.port, options), options);
  if (other === "") return;
  emit({ type: "notice", message: `Neither sees what the other writes: ${other}` });
}
