import type { Clock } from "../clock.ts";
import { describeError } from "../errors.ts";
import { createEmitter, type EventListener } from "../events.ts";
import type { Mapper } from "../map/mapper.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { type Integration, readIntegration } from "../sink/port/integration.ts";
import {
  type ResyncSchedule,
  reportResyncEnd,
  reportResyncStart,
} from "../sink/port/resync-state.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import { readSettledRuns } from "../store/deletion/settled-runs.ts";
import type { LeaseHolder } from "../store/lease.ts";
import type { HeldGroup } from "../store/plans/held-group.ts";
import { noteFullMapping, noteMapping } from "../store/notes/mapping-note.ts";
import { queueRun } from "../store/queued-run.ts";
import { type Run, startRunWhenFree } from "../store/runs.ts";
import type { Store } from "../store/open-store.ts";
import { asWriter } from "../store/writers.ts";
import { uniteSignals } from "../unite-signals.ts";
import type { EnrichObjects } from "./add-to-objects.ts";
import type { SyncAction } from "./catalog-writer.ts";
import { rememberDate } from "./remember-date.ts";
import type { DeletionJournal } from "./deletion/carry/delete-journalled.ts";
import type { ApprovedPlan } from "./deletion/plans/read-decisions.ts";
import { findForeignStart, forgetForeignStart } from "./find-foreign-start.ts";
import { findOtherRun } from "./find-other-run.ts";
import { digestOf } from "./current-mapping.ts";
import { describeMemory } from "./describe-memory.ts";
import type { OwnershipRules } from "./ownership/ownership-rules.ts";
import { keepRun } from "./keep-run.ts";
import { guardPort } from "./pause/guard-port.ts";
import { createPauseGate, type PauseGate } from "./pause/pause-gate.ts";
import { PausedError } from "./pause/paused-error.ts";
import { runResync, type ResyncRun, type RunResyncOptions } from "./run-resync.ts";
import type { SyncReport } from "./sync-report.ts";

export interface ResyncOptions extends OwnershipRules {
  readonly pagerDuty: PagerDutyClient;
  readonly port: PortClient;
  readonly store: Store;
  readonly clock: Clock;
  readonly mapper: Mapper;
  readonly integrationIdentifier: string;
  /** Who runs, for others who wait: host and process. */
  readonly owner: string;
  /** Makes the place where the run keeps what it deletes. */
  readonly createJournal: (run: Run) => DeletionJournal;
  /**
   * `full` reads all that the mapping means, and deletes. `delta` reads small kinds whole, but of
   * incidents those that are open, those of the last week, and those that something happened to; it
   * deletes only what such an incident produced before. @default "full"
   */
  readonly type?: "full" | "delta" | undefined;
  /** Only resources of these kinds; blueprints that others feed, or could feed, are not cleaned. */
  readonly kinds?: readonly string[] | undefined;
  /** Blueprints of which a person lets go what this run would delete, whatever holds it back. */
  readonly allowDelete?: readonly string[] | undefined;
  /** Plans that a person approved elsewhere than in the store. */
  readonly approvedPlans?: readonly ApprovedPlan[] | undefined;
  /** Told what is withheld for a person, as plans have it. */
  readonly onWithheld?: ((held: readonly HeldGroup[]) => void) | undefined;
  /**
   * Blueprints whose entities may be deleted, for once, because they cannot be without what goes, though
   * another integration or a person made them.
   */
  readonly allowDeleteDependents?: readonly string[] | undefined;
  /**
   * The highest share of a blueprint that may go in seven days; the mapping's `entityDeletionThreshold` may
   * be lower. @default 0.2
   */
  readonly highestThreshold?: number | undefined;
  /** Also deletes entities of blueprints that no resource feeds any more. @default false */
  readonly prune?: boolean | undefined;
  /** What is done with incidents that have left the time that is read. @default "keep" */
  readonly agedIncidents?: "keep" | "delete" | undefined;
  /** Adds to every object that is read, before it is mapped. */
  readonly enrich?: EnrichObjects | undefined;
  /** Gives Port the first objects of each kind, for its mapping editor. @default false */
  readonly sendsExamples?: boolean | undefined;
  /** When the next one runs by itself, for Port's UI. */
  readonly schedule?: ResyncSchedule | undefined;
  /** Writes nothing anywhere, and tells by `onAction` what it would do. @default false */
  readonly dryRun?: boolean | undefined;
  readonly onAction?: ((action: SyncAction) => void) | undefined;
  /** Told who runs where another run goes on, which is waited for. */
  readonly onHeld?: ((holder: LeaseHolder) => void) | undefined;
  /** Whether writing to Port, or deleting there, is paused. @default one that asks the store */
  readonly pauses?: PauseGate | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener | undefined;
}

/**
 * Brings Port's catalog to PagerDuty's present state: writes what differs, deletes what is certain to be
 * gone. Runs of one store never overlap; a run that another goes on in front of waits.
 *
 * @throws {HttpError} {@link NetworkError} when Port cannot be reached or refuses the credentials, or
 * PagerDuty its token; kinds that fail alone are in the report
 * @throws {PausedError} where writing to Port is paused, or is while it goes on; the run is asked for then
 */
export async function resync(options: ResyncOptions): Promise<SyncReport> {
  const { store, clock, owner, onHeld, signal, dryRun = false } = options;
  if (dryRun) {
    const port = rememberDate(options.port);
    const integration = await readIntegration(port.client, options);
    const { reason } = await findForeignStart(integration, { sql: store.sql, run: undefined });
    const withheldBy = (await findOtherRun(integration, options)) || reason;
    const lastStart = integration?.resyncState.lastStart;
    return (await runTold({ ...options, port, run: undefined, withheldBy, lastStart })).report;
  }

  const pauses = options.pauses ?? createPauseGate({ sql: store.sql, clock });
  await pauses.ensure("write");
  // One that leaves kinds out does not stand for a whole one.
  const type = options.kinds === undefined ? (options.type ?? "full") : "delta";
  const run = await startRunWhenFree(store.sql, { type, owner, clock, signal, onHeld });
  return resyncWithin({ ...options, pauses }, run);
}

/** {@link resync} in a run that has begun; ends it. */
export async function resyncWithin(
  options: Omit<ResyncOptions, "dryRun" | "onHeld">,
  run: Run,
): Promise<SyncReport> {
  const { store, clock, owner } = options;
  const { sql } = store;
  const pauses = options.pauses ?? createPauseGate({ sql, clock });
  const watch = pauses.watch("write");
  try {
    // Port is told how it ended when it is no run any more.
    return await asWriter({ sql, clock, owner }, () =>
      resyncWatched({ ...options, pauses, paused: watch.signal }, run),
    );
  } finally {
    watch.end();
  }
}

interface WatchedOptions extends Omit<ResyncOptions, "dryRun" | "onHeld"> {
  readonly pauses: PauseGate;
  /** Aborted when writing to Port is paused. */
  readonly paused: AbortSignal;
}

async function resyncWatched(options: WatchedOptions, run: Run): Promise<SyncReport> {
  const { store, clock, signal, pauses, paused } = options;
  const held = keepRun(store.sql, run, clock, options.onEvent);
  let integration: Integration | undefined;
  let telling: Promise<void> | undefined;
  try {
    await pauses.ensure("write");
    const port = rememberDate(guardPort(options.port, pauses, "write"));
    integration = await readIntegration(port.client, options);
    const { mapping } = options.mapper;
    await noteMapping(store.sql, { digest: digestOf(mapping), origin: mapping.file });
    const foreign = await findForeignStart(integration, { sql: store.sql, run });
    const withheldBy = (await findOtherRun(integration, options)) || foreign.reason;
    if (integration !== undefined) telling = tellStart(options, run);
    const both = uniteSignals(signal, held.lost, paused);
    const lastStart = integration?.resyncState.lastStart;
    const { guard } = held;
    const ran = await runTold({
      ...options,
      port,
      run,
      guard,
      withheldBy,
      lastStart,
      signal: both,
    });
    const { report, sourceStart, isRead } = ran;
    await telling;
    await held.end({
      outcome: isRead ? "complete" : "incomplete",
      withheld: report.unfinished,
      kept: [...report.withheld, ...report.waiting],
      sourceStart,
    });
    if (run.type === "full") {
      await forgetForeignStart(store.sql, foreign.seen);
      await noteFullMapping(store.sql, digestOf(mapping));
    }
    const status = report.unfinished.length === 0 ? "completed" : "failed";
    if (integration !== undefined) await tellEnd(options, status);
    return report;
  } catch (thrown) {
    const error = paused.aborted ? paused.reason : thrown;
    await telling;
    const isPaused = error instanceof PausedError;
    // It begins when the pause has ended; where only deletions are paused, at once.
    if (isPaused && run.type !== "import") await queueRun(store.sql, run.type);
    const isOurs = await held.breakOff();
    // What ended the run must not end the telling of it; but Port's state is of the run that goes on.
    const status = signal?.aborted === true || isPaused ? "aborted" : "failed";
    if (integration !== undefined && isOurs) {
      await tellEnd({ ...options, signal: undefined }, status);
    }
    throw error;
  }
}

/** {@link runResync}, whose report also tells what could not be known of earlier runs. */
async function runTold(options: RunResyncOptions): Promise<ResyncRun> {
  // The run settles blueprints itself.
  const settled = await readSettledRuns(options.store.sql);
  const ran = await runResync(options);
  const notices = [...describeMemory(ran.report, settled), ...ran.report.notices];
  return { ...ran, report: { ...ran.report, notices } };
}

type TellOptions = Pick<
  ResyncOptions,
  "port" | "clock" | "integrationIdentifier" | "schedule" | "signal" | "onEvent"
>;

function tellStart(options: TellOptions, { startedAt }: Run): Promise<void> {
  return tellPort(options, () => reportResyncStart(options.port, { ...options, startedAt }));
}

function tellEnd(options: TellOptions, status: "completed" | "failed" | "aborted"): Promise<void> {
  const endedAt = options.clock.now();
  return tellPort(options, () => reportResyncEnd(options.port, { ...options, status, endedAt }));
}

/** Port's UI shows how resyncs go; that it could not be told fails no run. */
async function tellPort({ onEvent }: TellOptions, report: () => Promise<void>): Promise<void> {
  try {
    await report();
  } catch (error) {
    const message = `Port was not told how the resync goes: ${describeError(error)}`;
    createEmitter(onEvent)({ type: "notice", message });
  }
}
