import type { Clock } from "../../clock.ts";
import { PagerportError } from "../../errors.ts";
import type { EventListener } from "../../events.ts";
import type { Mapper } from "../../map/mapper.ts";
import { createSteadyClock } from "../../steady-clock.ts";
import { readBacklog } from "../../store/inbox-events.ts";
import { keepRenewed } from "../../store/keep-renewed.ts";
import {
  acquireLease,
  type Lease,
  readLeaseHolder,
  releaseLease,
  renewLease,
} from "../../store/lease.ts";
import { type CatalogCheck, keepCheck } from "../../store/notes/check-note.ts";
import type { QueuedRun } from "../../store/queued-run.ts";
import { readTime } from "../../store/read-time.ts";
import { readRunHolder } from "../../store/runs.ts";
import { keepState } from "../../store/state.ts";
import { verifyCatalog, type VerifyCatalogOptions } from "../verify-catalog.ts";
import { isCheckDue, triedState } from "./check-due.ts";
import { summariseCheck } from "./summarise-check.ts";

/** Milliseconds between looks whether a check is due. */
const lookEvery = 15_000;
/** Milliseconds between looks whether a run has begun, for which a check breaks off. */
const watchEvery = 2000;
/** Milliseconds after which a check of a process that died is out of the way. */
const leaseDuration = 30_000;
/** Milliseconds that deltas wait for a check, at most. */
const longestHold = 30 * 60_000;
/** Milliseconds that events on their way have to arrive before what differs is looked at again … */
const arrival = 15_000;
/** … and that those which wait by then have to be applied. */
const longestArrival = 120_000;

const checkLease = "check";

export interface CatalogCheckerOptions extends Omit<
  VerifyCatalogOptions,
  "mapper" | "kinds" | "sample" | "samplePerBlueprint" | "seed" | "beforeConfirming" | "signal"
> {
  readonly clock: Clock;
  /** Who works, for others: host and process. */
  readonly owner: string;
  /** Hours between checks; 0 or undefined = none. */
  readonly verifyInterval?: number | undefined;
  /** Entities of a blueprint that are compared field by field; 0 = all. @default 200 */
  readonly verifySample?: number | undefined;
  readonly onCheck: (check: CatalogCheck, milliseconds: number) => void;
  readonly trouble: (what: string, error: unknown) => void;
}

const usualSample = 200;

/**
 * Compares Port's catalog with PagerDuty now and then, one replica at a time and never while a run goes on.
 * It reads, and writes nothing but what it found into the store.
 */
export class CatalogChecker {
  readonly #options: CatalogCheckerOptions;
  readonly #clock: Clock;
  #nextLook = -Infinity;
  #running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(options: CatalogCheckerOptions) {
    this.#options = options;
    this.#clock = createSteadyClock(options.clock);
  }

  /** Begins a check where one is due; does not wait for it. */
  async look(mapper: Mapper, signal: AbortSignal): Promise<void> {
    const { store, owner, verifyInterval = 0 } = this.#options;
    if (verifyInterval === 0 || this.#running !== undefined) return;
    if (this.#clock.now() < this.#nextLook) return;
    this.#nextLook = this.#clock.now() + lookEvery;
    if (!(await isCheckDue(store.sql, { verifyInterval }))) return;
    const wanted = { name: checkLease, owner, duration: leaseDuration };
    const { lease } = await acquireLease(store.sql, wanted);
    if (lease === undefined) return;
    // Another replica's may just have ended.
    if (!(await isCheckDue(store.sql, { verifyInterval }))) {
      await this.#release(lease);
      return;
    }
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const ended = this.#check(lease, mapper, both, stop).finally(() => {
      this.#running = undefined;
    });
    this.#running = { stop, ended };
  }

  /**
   * Whether a run that is asked for waits for a check: a delta does, for a while. Before a full one a check
   * of this process breaks off; those of others see that it has begun.
   */
  async holdsBack(type: QueuedRun): Promise<boolean> {
    if (type === "full") {
      await this.cancel();
      return false;
    }
    const { sql } = this.#options.store;
    const holder = await readLeaseHolder(sql, checkLease);
    return holder !== undefined && (await readTime(sql)) - holder.since < longestHold;
  }

  /** Breaks off the check that goes on in this process; it is made up for later. */
  async cancel(): Promise<void> {
    this.#running?.stop.abort(new PagerportError("A resync is to begin"));
    await this.ended();
  }

  /** Resolves when none goes on. */
  async ended(): Promise<void> {
    await this.#running?.ended;
  }

  async #check(
    lease: Lease,
    mapper: Mapper,
    signal: AbortSignal,
    stop: AbortController,
  ): Promise<void> {
    const { store, clock, owner, verifySample = usualSample, onCheck, trouble } = this.#options;
    const { sql } = store;
    const renewal = keepRenewed({
      renew: () => renewLease(sql, lease, leaseDuration),
      duration: leaseDuration,
      clock,
    });
    const both = AbortSignal.any([signal, renewal.signal]);
    const over = new AbortController();
    const watching = this.#watchRuns(stop, AbortSignal.any([both, over.signal]));
    const startedAt = this.#clock.now();
    try {
      // Should the process die of it, the next one is not to begin it at once.
      await keepState(sql, triedState, owner);
      const sample = verifySample === 0 ? undefined : verifySample;
      const report = await verifyCatalog({
        ...this.#options,
        mapper,
        samplePerBlueprint: sample,
        // Others each time.
        seed: await readTime(sql),
        beforeConfirming: () => this.#letArrive(both),
        signal: both,
        onEvent: passRequests(this.#options.onEvent),
      });
      both.throwIfAborted();
      const check = summariseCheck(report, { by: owner, sample });
      await keepCheck(sql, check);
      await keepState(sql, triedState, "");
      onCheck(check, this.#clock.now() - startedAt);
    } catch (error) {
      if (signal.aborted) await this.#forgetTry();
      else trouble("the check of the catalog", error);
    } finally {
      over.abort();
      await watching;
      await renewal.stop();
      await this.#release(lease);
    }
  }

  /** Events that came while PagerDuty was read are to be in Port before the second look. */
  async #letArrive(signal: AbortSignal): Promise<void> {
    const { clock, store } = this.#options;
    await clock.sleep(arrival, signal);
    const until = this.#clock.now() + longestArrival;
    while (this.#clock.now() < until) {
      const { oldest = 0 } = await readBacklog(store.sql);
      if (oldest < arrival) return;
      await clock.sleep(watchEvery, signal);
    }
  }

  async #watchRuns(stop: AbortController, signal: AbortSignal): Promise<void> {
    const { clock, store } = this.#options;
    while (!signal.aborted) {
      try {
        await clock.sleep(watchEvery, signal);
        if ((await readRunHolder(store.sql)) === undefined) continue;
        stop.abort(new PagerportError("A resync has begun"));
      } catch {
        // The check is over, or the store is tried again.
      }
    }
  }

  async #forgetTry(): Promise<void> {
    try {
      await keepState(this.#options.store.sql, triedState, "");
    } catch {
      // Then it is tried again in an hour.
    }
  }

  async #release(lease: Lease): Promise<void> {
    try {
      await releaseLease(this.#options.store.sql, lease);
    } catch {
      // It lapses.
    }
  }
}

/** Requests count, whoever sends them; problems of objects were told by the resync. */
function passRequests(onEvent: EventListener | undefined): EventListener {
  return (event) => {
    if (["request", "retry", "waiting", "page"].includes(event.type)) onEvent?.(event);
  };
}
