import type { SandboxClock } from "../sandbox-clock.ts";

/** A job, and the moment from which it may be done. */
interface Entry<Job> {
  readonly job: Job;
  readonly notBefore: number;
}

/** Jobs of which one waits for the other. */
interface Lane<Job> {
  readonly name: string;
  entries: Entry<Job>[];
  /** Ends its waiting for a moment of the clock; undefined where it does not wait. */
  cancel: (() => void) | undefined;
}

/** What {@link Lanes} needs to know. */
export interface LanesOptions<Job> {
  readonly clock: SandboxClock;
  /** Does one job. @returns when it is to be done again, undefined where it is done */
  readonly run: (job: Job) => Promise<number | undefined>;
  /** The most jobs at once. */
  readonly concurrency: () => number;
  /** Which of so many lanes goes next. */
  readonly choose: (count: number) => number;
}

/**
 * Does jobs: those of a lane one after the other, several lanes at once. While the first job of a lane
 * waits to be done again, those behind it wait too. Moments are milliseconds of the clock's traffic time.
 */
export class Lanes<Job> {
  readonly #options: LanesOptions<Job>;
  readonly #lanes = new Map<string, Lane<Job>>();
  /** Lanes whose first job may be done, from `#readyFrom` on. */
  #ready: Lane<Job>[] = [];
  #readyFrom = 0;
  #isPumpPlanned = false;
  #running = 0;
  #waiting = 0;
  #settleCalls: (() => void)[] = [];
  #finishCalls: (() => void)[] = [];
  #isClosed = false;

  constructor(options: LanesOptions<Job>) {
    this.#options = options;
  }

  /** Lanes whose first job waits for a moment that is yet to come. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether nothing runs, and nothing could. */
  get isSettled(): boolean {
    return this.#running === 0 && this.#readyFrom === this.#ready.length;
  }

  /** Puts a job behind the others of its lane. @param notBefore the moment from which it may be done */
  add(name: string, job: Job, notBefore = 0): void {
    if (this.#isClosed) return;
    const known = this.#lanes.get(name);
    if (known !== undefined) {
      known.entries.push({ job, notBefore });
      return;
    }
    const lane: Lane<Job> = { name, entries: [{ job, notBefore }], cancel: undefined };
    this.#lanes.set(name, lane);
    this.#plan(lane, notBefore);
  }

  /** Takes away the jobs that wait and of which `isUnwanted` is true. */
  remove(isUnwanted: (job: Job) => boolean): Job[] {
    const removed: Job[] = [];
    for (const lane of this.#lanes.values()) {
      // The first job of a lane that does not wait may be under way.
      const from = lane.cancel === undefined ? 1 : 0;
      lane.entries = lane.entries.filter(({ job }, at) => {
        if (at < from || !isUnwanted(job)) return true;
        removed.push(job);
        return false;
      });
      if (lane.entries.length === 0) this.#end(lane);
    }
    this.#tell();
    return removed;
  }

  /** Resolves when nothing runs that could run without time passing. */
  async settled(): Promise<void> {
    if (this.isSettled) return;
    await new Promise<void>((resolve) => this.#settleCalls.push(resolve));
  }

  /** Resolves when nothing is left, not even what waits. */
  async finished(): Promise<void> {
    if (this.isSettled && this.#waiting === 0) return;
    await new Promise<void>((resolve) => this.#finishCalls.push(resolve));
  }

  /** Nothing is begun any more. */
  close(): void {
    this.#isClosed = true;
    for (const lane of this.#lanes.values()) lane.cancel?.();
    this.#lanes.clear();
    this.#ready = [];
    this.#readyFrom = 0;
    this.#waiting = 0;
    this.#tell();
  }

  #plan(lane: Lane<Job>, notBefore: number): void {
    if (notBefore > this.#options.clock.traffic()) {
      this.#waiting++;
      lane.cancel = this.#options.clock.alarm(notBefore, () => {
        this.#waiting--;
        lane.cancel = undefined;
        this.#makeReady(lane);
      });
      return;
    }
    this.#makeReady(lane);
  }

  #makeReady(lane: Lane<Job>): void {
    this.#ready.push(lane);
    if (this.#isPumpPlanned) return;
    this.#isPumpPlanned = true;
    // Later, so that all that happens at once is there before the first is chosen.
    queueMicrotask(() => {
      this.#isPumpPlanned = false;
      this.#pump();
    });
  }

  #pump(): void {
    const { concurrency, choose } = this.#options;
    while (this.#running < concurrency() && this.#readyFrom < this.#ready.length) {
      const chosen = this.#readyFrom + choose(this.#ready.length - this.#readyFrom);
      const lane = this.#ready[chosen];
      const first = this.#ready[this.#readyFrom];
      if (lane === undefined || first === undefined) return;
      this.#ready[chosen] = first;
      this.#readyFrom++;
      void this.#run(lane);
    }
    // What was begun is let go of now and then, and not one by one, which would move all the rest.
    if (this.#readyFrom > 1024 && this.#readyFrom * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#readyFrom);
      this.#readyFrom = 0;
    }
  }

  async #run(lane: Lane<Job>): Promise<void> {
    const [entry] = lane.entries;
    if (entry === undefined) return;
    this.#running++;
    const again = await this.#options.run(entry.job);
    this.#running--;
    if (this.#isClosed) {
      this.#tell();
      return;
    }
    if (again === undefined) lane.entries.shift();
    const [next] = lane.entries;
    if (next === undefined) this.#end(lane);
    else this.#plan(lane, again ?? next.notBefore);
    this.#pump();
    this.#tell();
  }

  #end(lane: Lane<Job>): void {
    if (lane.cancel !== undefined) {
      lane.cancel();
      this.#waiting--;
    }
    this.#lanes.delete(lane.name);
  }

  #tell(): void {
    if (!this.isSettled && !this.#isClosed) return;
    const settled = this.#settleCalls;
    this.#settleCalls = [];
    for (const resolve of settled) resolve();
    if (this.#waiting > 0) return;
    const finished = this.#finishCalls;
    this.#finishCalls = [];
    for (const resolve of finished) resolve();
  }
}
