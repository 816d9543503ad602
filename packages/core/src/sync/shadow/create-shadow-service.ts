import { createJqEngine } from "../../map/jq/engine.ts";
import { createReadOnlyPort } from "../../sink/port/create-read-only-port.ts";
import { createReadOnlyPagerDuty } from "../../source/create-read-only-pagerduty.ts";
import { groupWrites } from "../../store/group-writes.ts";
import { pruneEvents, readBacklog } from "../../store/inbox-events.ts";
import { CurrentMapping } from "../current-mapping.ts";
import { HostGate } from "../host-gate.ts";
import { createHostsGuard } from "../ownership/hosts-guard.ts";
import type { ServiceEvent, SyncService, SyncServiceOptions } from "../sync-service.ts";
import { InboxWorker } from "../work-inbox.ts";
import { noteEvents } from "./ledger.ts";
import { PendingLooks } from "./pending-looks.ts";
import { processShadowJob } from "./process-shadow-job.ts";
import { ShadowLoop } from "./shadow-loop.ts";
import { createShadowMemory } from "./shadow-memory.ts";
import type { ShadowReport } from "./shadow-report.ts";

/** What a shadow is made of: a service whose `integrationIdentifier` is that of the integration that writes. */
export interface ShadowServiceOptions extends Omit<
  SyncServiceOptions,
  "createJournal" | "sendsExamples" | "publish"
> {
  /** Told that everything, or what may have changed, was read and compared with Port. */
  readonly onLook?: ((look: ShadowLook) => void) | undefined;
  /**
   * Told of every report: hourly, and at the end.
   *
   * @param report.isLast whether the shadow ends
   */
  readonly onReport: (report: ShadowReport, isLast: boolean) => void;
}

/** A reading that was compared with Port. */
interface ShadowLook {
  readonly type: "full" | "delta";
  readonly milliseconds: number;
}

/** A service that only looks. */
export interface ShadowService extends SyncService {
  /** What it has seen so far. */
  report(): Promise<ShadowReport>;
}

/** Objects worked on at a time, as `createSyncService()` has it. */
const defaultConcurrency = 16;
/** Milliseconds between clean-ups of the inbox. */
const pruneEvery = 600_000;

/**
 * Makes a service that stands beside the integration that writes: it takes events, and reads as deltas and full
 * runs do, but what would be written is compared with Port and reported. Whatever it is given, it sends no
 * request that changes anything.
 *
 * Of what is remembered nothing is what runs that write go by: not that runs were, nor what an object produced.
 * A service that writes may go on with the same store; a shadow whose store such a run has begun in stops
 * looking, as its events are the other's.
 */
export function createShadowService(given: ShadowServiceOptions): ShadowService {
  const options = {
    ...given,
    port: createReadOnlyPort(given.port),
    pagerDuty: createReadOnlyPagerDuty(given.pagerDuty),
  };
  const { store, clock, owner, concurrency = defaultConcurrency } = options;
  const { sql } = store;
  const tell = (event: ServiceEvent): void => {
    try {
      options.onServiceEvent?.(event);
    } catch {
      // A broken log must not stop the work.
    }
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
  });
  const memory = createShadowMemory({ sql, clock, owner });
  const pending = new PendingLooks();
  const counts = { events: 0, entities: new Map<string, number>() };
  const takeCounts = (): typeof counts => {
    const taken = { events: counts.events, entities: new Map(counts.entities) };
    counts.events = 0;
    counts.entities.clear();
    return taken;
  };
  const loop = new ShadowLoop({
    ...options,
    mapping,
    guard,
    memory,
    pending,
    noteCounts(ledger) {
      const { events, entities } = takeCounts();
      ledger.events += events;
      for (const [blueprint, number] of entities) noteEvents(ledger, blueprint, number);
    },
    tell,
    trouble,
  });

  const grouped = groupWrites(sql);
  const worker = new InboxWorker({
    sql: grouped,
    clock,
    owner,
    concurrency,
    gate,
    isReady: () => mapping.isKnown && guard.isOpen && !loop.isOvertaken,
    process: (job, signal) =>
      processShadowJob(job, {
        ...options,
        sql: grouped,
        mapper: mapping.mapper,
        signal,
        onWanted(wanted) {
          for (const one of wanted) {
            pending.addWanted(one, clock.now());
            const { blueprint } = one.entity;
            counts.entities.set(blueprint, (counts.entities.get(blueprint) ?? 0) + 1);
          }
        },
        onGone(gone) {
          for (const ref of gone) pending.addGone(ref, clock.now());
        },
      }),
    onOutcome({ key, events }, outcome, milliseconds) {
      if (outcome.outcome !== "postponed") counts.events += events.length;
      tell({ type: "processed", key, events, outcome, milliseconds });
    },
    onError: (error) => trouble("the inbox", error),
  });

  async function prune(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await pruneEvents(sql);
      } catch (error) {
        trouble("cleaning up the inbox", error);
      }
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
        await loop.begin();
        await Promise.all([worker.run(signal, giveUp), loop.run(signal), prune(signal)]);
        await loop.end(giveUp);
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
    requestResync(type, reason) {
      loop.request(type);
      tell({ type: "queued", runType: type, reason });
      return Promise.resolve();
    },
    // It writes nothing, and several are one.
    requestDue({ type }, reason) {
      return this.requestResync(type, reason);
    },
    coverGap() {
      loop.request("delta");
      return Promise.resolve();
    },
    async status() {
      return {
        running: loop.running,
        lastRuns: [],
        nextRunAt: await loop.findNextRun(),
        backlog: await readBacklog(sql),
        paused: gate.paused,
        // It writes nothing anyway.
        pause: undefined,
        foreignHosts: guard.refusal?.message,
      };
    },
    report: () => loop.report(),
  };
}
