import type { EnrichObjects } from "./add-to-objects.ts";
import type { Clock } from "../clock.ts";
import type { EventListenerSettings } from "../config/event-listener.ts";
import type { EventListener } from "../events.ts";
import { createJqEngine } from "../map/jq/engine.ts";
import type { Mapping } from "../map/mapping.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import { groupWrites } from "../store/group-writes.ts";
import { type Backlog, readBacklog } from "../store/inbox-events.ts";
import type { InboxJob } from "../store/inbox-jobs.ts";
import type { CatalogCheck } from "../store/notes/check-note.ts";
import type { RateBudget, ServiceNote } from "../store/notes/service-note.ts";
import type { Store } from "../store/open-store.ts";
import type { DueRun } from "../store/due-run.ts";
import type { QueuedRun } from "../store/queued-run.ts";
import type { Pause } from "../store/pause.ts";
import type { Retention } from "../retention.ts";
import { type PastRun, readPastRuns } from "../store/run-history.ts";
import type { Run } from "../store/runs.ts";
import { CatalogChecker } from "./check/catalog-checker.ts";
import { createServiceNotes } from "./check/service-notes.ts";
import { CurrentMapping } from "./current-mapping.ts";
import type { DeletionJournal } from "./deletion/carry/delete-journalled.ts";
import { HostGate, type PausedHost } from "./host-gate.ts";
import { pauseByLook } from "./pause-by-look.ts";
import type { CheckedHosts } from "./ownership/check-hosts.ts";
import { type CheckOwnHosts, createHostsGuard } from "./ownership/hosts-guard.ts";
import type { JobOutcome } from "./end-job.ts";
import type { OwnershipRules } from "./ownership/ownership-rules.ts";
import { guardPort } from "./pause/guard-port.ts";
import { createPauseGate, type PauseGate } from "./pause/pause-gate.ts";
import { createPauseWatch, type PauseEvent } from "./pause/watch-pauses.ts";
import { processJob } from "./process-job.ts";
import type { PublishEvent } from "./publish-processed.ts";
import { createTidying, type LettersEvent } from "./retention/tidy-store.ts";
import { RunLoop } from "./run-loop.ts";
import { findNextRun } from "./schedule-runs.ts";
import type { SyncReport } from "./sync-report.ts";
import { InboxWorker } from "./work-inbox.ts";

/** Something that the service did. */
export type ServiceEvent =
  | {
      readonly type: "processed";
      /** The object: `incidents/Q1…`. */
      readonly key: string;
      readonly events: InboxJob["events"];
      readonly outcome: JobOutcome;
      readonly milliseconds: number;
    }
  | {
      readonly type: "run-started";
      readonly run: number;
      readonly runType: QueuedRun;
    }
  | {
      readonly type: "run-ended";
      readonly run: number;
      readonly runType: QueuedRun;
      /** Undefined where it broke off. */
      readonly report: SyncReport | undefined;
      readonly error: unknown;
      readonly milliseconds: number;
    }
  /** Port's catalog was compared with PagerDuty; nothing was written. */
  | { readonly type: "checked"; readonly check: CatalogCheck; readonly milliseconds: number }
  | { readonly type: "queued"; readonly runType: QueuedRun; readonly reason: string }
  | {
      readonly type: "paused";
      readonly host: string;
      readonly milliseconds: number;
      readonly error: string;
    }
  | { readonly type: "resumed"; readonly host: string }
  /** A person's doing; told by each replica. */
  | PauseEvent
  /** The hosts are the integration's own; told at the start, and after they were another's. */
  | { readonly type: "hosts"; readonly hosts: CheckedHosts }
  | LettersEvent
  /** The store, Port or the mapping is in the way of something that is tried again. */
  | { readonly type: "trouble"; readonly what: string; readonly error: unknown };

export interface SyncServiceOptions extends OwnershipRules {
  readonly pagerDuty: PagerDutyClient;
  readonly port: PortClient;
  readonly store: Store;
  readonly clock: Clock;
  readonly integrationIdentifier: string;
  /** Who works, for others who wait: host and process. */
  readonly owner: string;
  /**
   * The mapping as it is now: asked at the start and every minute; undefined = one without resources, by
   * which nothing is done.
   */
  readonly readMapping: (signal: AbortSignal) => Promise<Mapping | undefined>;
  /** Where deleted entities are kept: of a run, or of events where none is given. */
  readonly createJournal: (run: Run | undefined) => DeletionJournal;
  /** Sees to that journal every ten minutes, see `JournalRoom.tidy()`. @default nobody does */
  readonly tidyJournal?: (() => Promise<void>) | undefined;
  /** How long dead letters are kept. @default 90 days */
  readonly retention?: Retention | undefined;
  /**
   * Makes sure that the hosts are the integration's own, see `checkHosts()`: at the start, before runs and
   * every ten minutes. Where they are another's, nothing is read for the catalog and nothing written; events
   * are kept. @default they are taken as they are
   */
  readonly checkHosts?: CheckOwnHosts | undefined;
  readonly listener: EventListenerSettings;
  /** Minutes; 0 = no schedule. */
  readonly scheduledResyncInterval: number;
  /** Hours after which a scheduled resync reads everything again. */
  readonly fullResyncInterval: number;
  /** Hours between checks of Port's catalog against PagerDuty; 0 = none. @default 0 */
  readonly verifyInterval?: number | undefined;
  /** Entities of a blueprint that a check compares field by field; 0 = all. @default 200 */
  readonly verifySample?: number | undefined;
  /** How it stands with the webhook, for whoever asks the store. @default nobody tells */
  readonly describeWebhook?: (() => ServiceNote["webhook"]) | undefined;
  /** What was left of the hosts' rate limits, for whoever asks the store. @default nobody tells */
  readonly listBudgets?: (() => readonly RateBudget[]) | undefined;
  readonly agedIncidents: "keep" | "delete";
  /**
   * The highest share of a blueprint that may go in seven days, by runs and live events; the mapping's
   * `entityDeletionThreshold` may be lower. @default 0.2
   */
  readonly highestThreshold?: number | undefined;
  /** Gives Port the first objects of each kind, for its mapping editor. */
  readonly sendsExamples: boolean;
  /** Adds to every object that is read, by events and resyncs alike, before it is mapped. */
  readonly enrich?: EnrichObjects | undefined;
  /** Objects of events that are worked on at a time. @default 16 */
  readonly concurrency?: number | undefined;
  /**
   * Is handed every event that has been seen to, before that is noted: at least once, and once unless
   * this process ends, or loses its claim, in between. While it throws, the event waits. What it takes
   * time for, the object waits for.
   */
  readonly publish?: PublishEvent | undefined;
  /** Whether writing to Port is paused, for whoever shares the gate. @default one that asks the store */
  readonly pauses?: PauseGate | undefined;
  readonly onEvent?: EventListener | undefined;
  readonly onServiceEvent?: ((event: ServiceEvent) => void) | undefined;
}

/** How the service is. Moments are milliseconds since 1970 by the database's clock. */
export interface ServiceStatus {
  readonly running: { readonly number: number; readonly type: string } | undefined;
  readonly lastRuns: readonly PastRun[];
  readonly nextRunAt: number | undefined;
  readonly backlog: Backlog;
  readonly paused: readonly PausedHost[];
  /** That a person has paused the writing to Port, or the deleting there. */
  readonly pause: Pause | undefined;
  /** Why nothing is applied, where the hosts are another's; for a person who may see their names. */
  readonly foreignHosts: string | undefined;
}

/** Follows webhooks and keeps to a schedule, for as long as it runs. */
export interface SyncService {
  /**
   * Works until the signal is aborted. Resolves when what had begun has ended: a run breaks off, the events
   * that are being worked on are brought to their end. Those that have not come to it when `giveUp` is
   * aborted wait again, and are anybody's at once.
   */
  run(signal: AbortSignal, giveUp?: AbortSignal): Promise<void>;
  /** An event was stored: do not wait for the next look. */
  wake(): void;
  /**
   * Makes sure that the hosts are the integration's own, for whoever is about to write before the first run.
   *
   * @throws {ForeignHostError} where they are another's
   * @throws {HttpError} {@link NetworkError} where a host does not answer
   */
  checkHosts(mapping: Mapping, signal: AbortSignal): Promise<void>;
  /** Whether the hosts are another's by the last look. */
  areHostsForeign(): boolean;
  /** Resolves when the hosts are found to be the integration's own, and when the signal is aborted. */
  untilOwnHosts(signal: AbortSignal): Promise<void>;
  /** Asks for a run as soon as none goes on; several are one. */
  requestResync(type: QueuedRun, reason: string): Promise<void>;
  /** Asks for a run that is due by somebody's clock, unless one that does the same goes on or has just ended. */
  requestDue(due: DueRun, reason: string): Promise<void>;
  /** Sees to what may have been missed since a moment, milliseconds since 1970. */
  coverGap(since: number): Promise<void>;
  status(): Promise<ServiceStatus>;
}

/**
 * Objects worked on at a time: one waits for two answers of hosts, and PostgreSQL's ten connections are
 * needed for a moment only.
 */
const defaultConcurrency = 16;
/** A longer gap is covered by reading everything again. Milliseconds: a day. */
const longestGap = 24 * 3_600_000;
/** Past runs that the status tells of. */
const shownRuns = 10;
/** What changes how the service is, so that it is written down at once. */
const noted: ReadonlySet<ServiceEvent["type"]> = new Set([
  "paused",
  "resumed",
  "hosts",
  "run-ended",
]);
/** Milliseconds between clean-ups of the store. */
const pruneEvery = 600_000;

/** Makes the service of one integration. Any number of them, on one store, share the work. */
export function createSyncService(options: SyncServiceOptions): SyncService {
  const { store, clock, owner, concurrency = defaultConcurrency } = options;
  const { sql } = store;
  const pauses = options.pauses ?? createPauseGate({ sql, clock });
  const tell = (event: ServiceEvent): void => {
    try {
      options.onServiceEvent?.(event);
    } catch {
      // A broken log must not stop the work.
    }
    if (noted.has(event.type)) notes.wake();
  };
  const trouble = (what: string, error: unknown): void => tell({ type: "trouble", what, error });
  const engine = createJqEngine();
  const mapping = new CurrentMapping({
    clock,
    engine,
    read: options.readMapping,
    onChange: () => worker.wake(),
  });
  const gate = new HostGate(clock, {
    onPause: (host, milliseconds, error) => tell({ type: "paused", host, milliseconds, error }),
    onResume: (host) => tell({ type: "resumed", host }),
  });
  const opened = Promise.withResolvers<void>();
  const guard = createHostsGuard({
    clock,
    check: options.checkHosts,
    onOpen(hosts) {
      if (hosts !== undefined) tell({ type: "hosts", hosts });
      opened.resolve();
      worker.wake();
    },
    onRefuse: (error) => trouble("whose hosts they are", error),
    ...pauseByLook(gate),
  });
  const watchPauses = createPauseWatch({ sql, gate: pauses, tell, onEnd: () => worker.wake() });
  const guarded = { ...options, pauses, port: guardPort(options.port, pauses, "write") };
  const journal = options.createJournal(undefined);

  // Jobs end many at a time.
  const grouped = groupWrites(sql);
  const worker = new InboxWorker({
    sql: grouped,
    clock,
    owner,
    concurrency,
    gate,
    isReady: () => mapping.isKnown && guard.isOpen,
    isPaused: async () => (await pauses.look()).pause?.scope === "all",
    process: (job, signal, since) =>
      processJob(job, {
        ...guarded,
        sql: grouped,
        mapper: mapping.mapper,
        journal,
        signal,
        since,
        onForeign: (error) => guard.shut(error),
      }),
    onOutcome: ({ key, events }, outcome, milliseconds) =>
      tell({ type: "processed", key, events, outcome, milliseconds }),
    onError: (error) => trouble("the inbox", error),
  });
  const onCheck = (check: CatalogCheck, milliseconds: number): void =>
    tell({ type: "checked", check, milliseconds });
  const checker = new CatalogChecker({ ...options, onCheck, trouble });
  const loop = new RunLoop({
    ...options,
    sql,
    mapping,
    guard,
    checker,
    pauses,
    watchPauses,
    tell,
    trouble,
  });
  const describe = (): ServiceNote => ({
    owner,
    resyncMinutes: options.listener.type === "POLLING" ? options.scheduledResyncInterval : 0,
    fullHours: options.fullResyncInterval,
    verifyHours: options.verifyInterval ?? 0,
    webhook: options.describeWebhook?.(),
    paused: gate.paused,
    foreignHosts: guard.refusal?.message,
    budgets: options.listBudgets?.() ?? [],
  });
  const notes = createServiceNotes({ sql, clock, describe, trouble });

  const tidy = createTidying({ ...options, sql, now: () => clock.now(), tell, trouble });

  async function prune(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await tidy();
      try {
        await clock.sleep(pruneEvery, signal);
      } catch {
        // The end has come.
      }
    }
  }

  return {
    async run(signal, giveUp) {
      try {
        const following = [worker.run(signal, giveUp), loop.run(signal), prune(signal)];
        await Promise.all([...following, notes.run(signal)]);
      } finally {
        await engine.close();
      }
    },
    wake: () => worker.wake(),
    async checkHosts(current, signal) {
      await guard.ensure({ mapping: current, signal });
    },
    areHostsForeign: () => guard.refusal !== undefined,
    async untilOwnHosts(signal) {
      if (guard.isOpen || signal.aborted) return;
      const ended = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => ended.resolve(), { once: true });
      await Promise.race([opened.promise, ended.promise]);
    },
    requestResync: (type, reason) => loop.request(type, reason),
    requestDue: (due, reason) => loop.requestDue(due, reason),
    async coverGap(since) {
      const type = clock.now() - since > longestGap ? "full" : "delta";
      await loop.request(type, "events may have been missed");
    },
    async status() {
      return {
        running: loop.running,
        lastRuns: await readPastRuns(sql, shownRuns),
        nextRunAt: await findNextRun({ ...options, sql }),
        backlog: await readBacklog(sql),
        paused: gate.paused,
        pause: (await pauses.look()).pause,
        foreignHosts: guard.refusal?.message,
      };
    },
  };
}
