import type { Clock } from "../clock.ts";
import { ForeignHostError } from "../errors.ts";
import { createSteadyClock } from "../steady-clock.ts";
import { readResyncRequest } from "../sink/port/integration.ts";
import { noteMapping } from "../store/notes/mapping-note.ts";
import { type DueRun, queueDueRun } from "../store/due-run.ts";
import { type QueuedRun, queueRun, readQueuedRun } from "../store/queued-run.ts";
import { readRunHistory } from "../store/run-history.ts";
import { readRunHolder, requeueLostRun, type Run, startRun } from "../store/runs.ts";
import type { Sql } from "../store/sql.ts";
import { advanceWatermark, keepState, readState } from "../store/state.ts";
import type { CatalogChecker } from "./check/catalog-checker.ts";
import type { CurrentMapping } from "./current-mapping.ts";
import type { HostsGuard } from "./ownership/hosts-guard.ts";
import type { PauseGate } from "./pause/pause-gate.ts";
import { PausedError } from "./pause/paused-error.ts";
import { resyncWithin } from "./resync.ts";
import { chooseRunType, findNextRun, queueScheduledRun } from "./schedule-runs.ts";
import { judgeSync, type SyncReport } from "./sync-report.ts";
import type { ServiceEvent, SyncServiceOptions } from "./sync-service.ts";

/** Milliseconds between looks at what is due. */
const lookEvery = 1000;
/** Milliseconds until a run that broke off is tried again, the first time, and at most. */
const firstRetry = 30_000;
const longestRetry = 1_800_000;

export interface RunLoopOptions extends SyncServiceOptions {
  readonly sql: Sql;
  readonly mapping: CurrentMapping;
  readonly guard: HostsGuard;
  readonly checker: CatalogChecker;
  readonly pauses: PauseGate;
  /** Tells of pauses that begin and end. */
  readonly watchPauses: () => Promise<void>;
  readonly tell: (event: ServiceEvent) => void;
  readonly trouble: (what: string, error: unknown) => void;
}

/** Begins runs when they are due, one after another. */
export class RunLoop {
  readonly #options: RunLoopOptions;
  readonly #clock: Clock;
  #running: { readonly number: number; readonly type: string } | undefined;
  #polledAt = -Infinity;
  #failures = 0;
  #retry: { readonly at: number; readonly type: QueuedRun } | undefined;
  #wake: (() => void) | undefined;

  constructor(options: RunLoopOptions) {
    this.#options = options;
    this.#clock = createSteadyClock(options.clock);
  }

  /** The run of this process that goes on. */
  get running(): { readonly number: number; readonly type: string } | undefined {
    return this.#running;
  }

  /** Asks for a run as soon as none goes on. */
  async request(type: QueuedRun, reason: string): Promise<void> {
    await queueRun(this.#options.sql, type);
    this.#options.tell({ type: "queued", runType: type, reason });
    this.#wake?.();
  }

  /** Asks for a run that is due, unless one that does the same goes on or has just ended. */
  async requestDue(due: DueRun, reason: string): Promise<void> {
    if (!(await queueDueRun(this.#options.sql, due))) return;
    this.#options.tell({ type: "queued", runType: due.type, reason });
    this.#wake?.();
  }

  /** Looks at what is due until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
    let hasBegun = false;
    while (!signal.aborted) {
      await this.#attempt("the store", () => this.#options.watchPauses(), signal);
      await this.#attempt("the mapping", () => this.#refreshMapping(signal), signal);
      await this.#attempt("whose hosts they are", () => this.#lookAtHosts(signal), signal);
      if (this.#options.mapping.mapper !== undefined && this.#options.guard.isOpen) {
        if (!hasBegun) {
          await this.#attempt("the store", () => this.#begin(), signal);
          hasBegun = true;
        }
        await this.#attempt("the schedule", () => this.#lookAtSchedule(), signal);
        await this.#attempt("Port's requests for a resync", () => this.#poll(signal), signal);
        await this.#attempt("a run", () => this.#runQueued(signal), signal);
        await this.#attempt("the check of the catalog", () => this.#check(signal), signal);
      }
      if (!signal.aborted) await this.#rest();
    }
    await this.#options.checker.ended();
  }

  async #attempt(what: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      if (!signal.aborted) await work();
    } catch (error) {
      // That all is paused is told by whoever found it out.
      if (signal.aborted || error instanceof PausedError) return;
      if (error instanceof ForeignHostError) {
        this.#options.guard.shut(error);
        return;
      }
      this.#options.trouble(what, error);
    }
  }

  async #refreshMapping(signal: AbortSignal): Promise<void> {
    if (this.#options.mapping.isDue) await this.#readMapping(signal);
  }

  /** With the mapping, by whose kinds an account is told from another. */
  async #lookAtHosts(signal: AbortSignal): Promise<void> {
    const { guard, mapping } = this.#options;
    if (mapping.isKnown) await guard.look({ mapping: mapping.mapper?.mapping, signal });
  }

  /** Whether a run may begin: it may write everything, so that an old answer does not do. */
  async #areHostsOwn(signal: AbortSignal): Promise<boolean> {
    const { guard, mapping } = this.#options;
    let areOwn = false;
    const look = async (): Promise<void> => {
      areOwn = await guard.look({ mapping: mapping.mapper?.mapping, signal, isForRun: true });
    };
    await this.#attempt("whose hosts they are", look, signal);
    return areOwn;
  }

  async #readMapping(signal: AbortSignal): Promise<void> {
    const { mapping, sql } = this.#options;
    await mapping.refresh(signal);
    if (mapping.mapper === undefined) return;
    const origin = mapping.mapper.mapping.file;
    await noteMapping(sql, { digest: mapping.digest, origin });
    const known = await readState(sql, mappingState);
    if (known?.value === mapping.digest) return;
    // Before the first full run there is nothing that another mapping made.
    if ((await readRunHistory(sql)).lastFull === undefined) return;
    // Told once, by whichever replica sees it first; a full run notes it as done.
    if (await advanceTo(sql, mapping.digest)) await this.request("full", "the mapping has changed");
  }

  async #begin(): Promise<void> {
    const { listener, sql, fullResyncInterval, mapping } = this.#options;
    if (listener.type !== "POLLING" || !listener.resyncOnStart) return;
    // Whatever was asked for before may have died with its process.
    const known = await readState(sql, mappingState);
    const isSame = known?.value === mapping.digest;
    const reason = "the server has started";
    if (!isSame) return this.request("full", reason);
    await this.requestDue({ type: await chooseRunType({ sql, fullResyncInterval }) }, reason);
  }

  async #lookAtSchedule(): Promise<void> {
    if (this.#retry !== undefined && this.#clock.now() >= this.#retry.at) {
      const { type } = this.#retry;
      this.#retry = undefined;
      await this.requestDue({ type }, "the last run broke off");
    }
    const { sql, tell } = this.#options;
    // One of our own is tried again in a while.
    const lost = this.#retry === undefined ? await requeueLostRun(sql) : undefined;
    if (lost !== undefined) {
      tell({ type: "queued", runType: lost, reason: "the last run's process died" });
    }
    const type = await queueScheduledRun(this.#options);
    if (type !== undefined) tell({ type: "queued", runType: type, reason: "it is time" });
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { listener, port, sql, integrationIdentifier } = this.#options;
    if (listener.type !== "POLLING") return;
    if (this.#clock.now() - this.#polledAt < listener.interval * 1000) return;
    this.#polledAt = this.#clock.now();
    const asked = await readResyncRequest(port, { integrationIdentifier, signal });
    if (asked === undefined) return;
    const isNew = await sql.transaction(async (inside) => {
      const isFirst = await advanceWatermark(inside, "resync-request", asked);
      if (isFirst) await queueRun(inside, "full");
      return isFirst;
    });
    if (isNew) this.#options.tell({ type: "queued", runType: "full", reason: "Port asks for it" });
  }

  async #check(signal: AbortSignal): Promise<void> {
    const { checker, mapping } = this.#options;
    if (mapping.mapper !== undefined) await checker.look(mapping.mapper, signal);
  }

  async #runQueued(signal: AbortSignal): Promise<void> {
    const { sql, owner, checker } = this.#options;
    const queued = await readQueuedRun(sql);
    if (queued === undefined || (await checker.holdsBack(queued))) return;
    // What is queued stays so.
    if ((await this.#options.pauses.look()).pause?.scope === "all") return;
    // Another's goes on; what is queued is looked at again when that has ended.
    if ((await readRunHolder(sql)) !== undefined) return;
    // Whoever edits a mapping and asks for a resync means the new one; a changed one makes the run full.
    await this.#attempt("the mapping", () => this.#readMapping(signal), signal);
    if (!(await this.#areHostsOwn(signal))) return;
    const type = await readQueuedRun(sql);
    if (type === undefined || this.#options.mapping.mapper === undefined) return;
    if (signal.aborted) return;
    const { run } = await startRun(sql, { type, owner });
    if (run === undefined) return;
    await this.#runOne(run, type, signal);
  }

  async #runOne(run: Run, type: QueuedRun, signal: AbortSignal): Promise<void> {
    const { mapping, sql, tell, scheduledResyncInterval } = this.#options;
    const { mapper, digest } = mapping;
    if (mapper === undefined) return;
    const startedAt = this.#clock.now();
    this.#running = { number: run.number, type };
    tell({ type: "run-started", run: run.number, runType: type });
    let report: SyncReport | undefined;
    let failure: unknown;
    try {
      const next = await findNextRun(this.#options);
      const schedule =
        next === undefined ? undefined : { next, intervalMinutes: scheduledResyncInterval };
      report = await resyncWithin({ ...this.#options, type, mapper, schedule, signal }, run);
      if (type === "full") await keepState(sql, mappingState, digest);
      await this.#options.guard.remember();
    } catch (error) {
      failure = error;
      if (error instanceof ForeignHostError) this.#options.guard.shut(error);
    }
    this.#running = undefined;
    const milliseconds = this.#clock.now() - startedAt;
    tell({
      type: "run-ended",
      run: run.number,
      runType: type,
      report,
      error: failure,
      milliseconds,
    });
    // It is asked for by now, and begins as soon as it may.
    if (signal.aborted || failure instanceof PausedError) return;
    const isDone = report !== undefined && judgeSync(report) !== "unavailable";
    this.#failures = isDone ? 0 : this.#failures + 1;
    if (isDone) return;
    const delay = Math.min(longestRetry, firstRetry * 2 ** (this.#failures - 1));
    this.#retry = { at: this.#clock.now() + delay, type };
  }

  async #rest(): Promise<void> {
    const awake = new AbortController();
    this.#wake = () => awake.abort();
    try {
      await this.#clock.sleep(lookEvery, awake.signal);
    } catch {
      // It was time anyway.
    }
    this.#wake = undefined;
  }
}

/** Digest of the mapping that the last full run went by. */
const mappingState = "mapping";

/** Notes that a mapping was seen to have changed; true to the first who does. */
async function advanceTo(sql: Sql, digest: string): Promise<boolean> {
  return sql.transaction(async (inside) => {
    const seen = await readState(inside, seenState);
    if (seen?.value === digest) return false;
    await keepState(inside, seenState, digest);
    return true;
  });
}

/** Digest of the mapping that a full run was last asked for by. */
const seenState = "mapping-seen";
