import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import { describeError } from "../errors.ts";
import { type Moment, readMoment } from "../passed-time.ts";
import { type Claim, releaseBatch, releaseClaim } from "../store/claims.ts";
import { claimJobs, type InboxJob } from "../store/inbox-jobs.ts";
import { LeaseLostError } from "../store/lease.ts";
import type { Sql } from "../store/sql.ts";
import type { HostGate } from "./host-gate.ts";
import type { JobOutcome } from "./end-job.ts";
import { PausedError } from "./pause/paused-error.ts";

/** Milliseconds between looks at the inbox where nobody says that something came: other replicas receive too. */
const lookEvery = 500;
/** Milliseconds until a store that failed is asked again. */
const storeRetry = 1000;

export interface WorkInboxOptions {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly owner: string;
  /** Objects that are worked on at a time. */
  readonly concurrency: number;
  readonly gate: HostGate;
  /** False as long as nothing can be done about events: they wait, untouched. */
  readonly isReady: () => boolean;
  /** Asked before each claim: true as long as somebody has paused the work. @default it never is */
  readonly isPaused?: (() => Promise<boolean>) | undefined;
  /** Sees to the events of an object, or rejects when the signal is aborted. */
  readonly process: (
    job: InboxJob,
    giveUp: AbortSignal | undefined,
    /** The moment before it was claimed. */
    since: Moment,
  ) => Promise<JobOutcome>;
  readonly onOutcome: (job: InboxJob, outcome: JobOutcome, milliseconds: number) => void;
  /** The store, or a job, failed in a way that is nobody's fault; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/** Works on what waits in the inbox. */
export class InboxWorker {
  readonly #options: WorkInboxOptions;
  readonly #active = new Set<Promise<void>>();
  /** Claims of jobs that broke off, perhaps because the store did not take them back. */
  #unreturned: Claim[] = [];
  /** The batch that was claimed when the store went away: whether it was is not known. */
  #unsure: string | undefined;
  #wake: (() => void) | undefined;
  #isAwake = false;

  constructor(options: WorkInboxOptions) {
    this.#options = options;
  }

  /** Something came: does not wait for the next look. */
  wake(): void {
    this.#isAwake = true;
    this.#wake?.();
  }

  /**
   * Works until the signal is aborted, and resolves when what had begun has ended. What has not when
   * `giveUp` is aborted is left as it was, for whoever claims it next.
   */
  async run(signal: AbortSignal, giveUp?: AbortSignal): Promise<void> {
    const { clock, concurrency, gate, isReady } = this.#options;
    signal.addEventListener("abort", () => this.wake(), { once: true });
    while (!signal.aborted) {
      this.#isAwake = false;
      if (!isReady() || (await this.#isPaused(signal))) {
        await this.#rest();
        continue;
      }
      if (gate.wait > 0) {
        await sleep(clock, gate.wait, signal);
        continue;
      }
      const most = gate.isTrial ? 1 : concurrency;
      if (this.#active.size >= most) {
        await Promise.race(this.#active);
        // What ends together is followed by jobs that are claimed together.
        await setImmediate();
        continue;
      }
      const since = readMoment(clock);
      const jobs = await this.#claim(most - this.#active.size, signal);
      for (const job of jobs) this.#start(job, giveUp, since);
      if (jobs.length === 0) await this.#rest();
    }
    await Promise.all(this.#active);
  }

  /** Where the store does not tell, nothing is claimed. */
  async #isPaused(signal: AbortSignal): Promise<boolean> {
    const { clock, isPaused, onError } = this.#options;
    try {
      return (await isPaused?.()) === true;
    } catch (error) {
      onError(error);
      await sleep(clock, storeRetry, signal);
      return true;
    }
  }

  async #claim(most: number, signal: AbortSignal): Promise<InboxJob[]> {
    const { sql, clock, owner, onError } = this.#options;
    try {
      await this.#giveBack();
      const batch = randomUUID();
      this.#unsure = batch;
      const jobs = await claimJobs(sql, { owner, most, batch });
      this.#unsure = undefined;
      return jobs;
    } catch (error) {
      onError(error);
      await sleep(clock, storeRetry, signal);
      return [];
    }
  }

  /** What was claimed before the store went away is anybody's as soon as it is back. */
  async #giveBack(): Promise<void> {
    const { sql } = this.#options;
    if (this.#unsure !== undefined) await releaseBatch(sql, this.#unsure);
    this.#unsure = undefined;
    for (const claim of this.#unreturned) await releaseClaim(sql, claim);
    // Those that came meanwhile were among them.
    this.#unreturned = [];
  }

  #start(job: InboxJob, giveUp: AbortSignal | undefined, since: Moment): void {
    const { clock, process, onOutcome, onError, gate } = this.#options;
    const startedAt = clock.now();
    const work = async (): Promise<void> => {
      try {
        const outcome = await process(job, giveUp, since);
        const cause = outcome.outcome === "postponed" ? outcome.cause : undefined;
        if (cause !== undefined) gate.pause(cause.host, describeError(cause));
        // Both hosts have answered; of others nobody knows whom they asked.
        else if (outcome.outcome === "applied" || outcome.outcome === "failed") gate.resume();
        onOutcome(job, outcome, clock.now() - startedAt);
      } catch (error) {
        // Another took it over, and its events with it; or it was given back, as somebody paused.
        if (error instanceof LeaseLostError || error instanceof PausedError) return;
        this.#unreturned.push(job.claim);
        // That it was given up is no trouble.
        if (giveUp?.aborted !== true) onError(error);
      }
    };
    const working = work().finally(() => {
      this.#active.delete(working);
      this.wake();
    });
    this.#active.add(working);
  }

  /** Until something comes, something ends, or it is time to look. */
  async #rest(): Promise<void> {
    if (this.#isAwake) return;
    const awake = new AbortController();
    this.#wake = () => awake.abort();
    await sleep(this.#options.clock, lookEvery, awake.signal);
    this.#wake = undefined;
  }
}

/** Whoever sleeps looks at why it was woken. */
async function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch {
    // It was time anyway.
  }
}
