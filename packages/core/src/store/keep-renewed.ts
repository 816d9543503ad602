import type { Clock } from "../clock.ts";
import { type Moment, passedSince, readMoment } from "../passed-time.ts";
import { LeaseLostError } from "./lease.ts";

/** Renewals within one lease: two may fail before it lapses. */
const renewalsPerLease = 3;

export interface KeepRenewedOptions {
  /** Renews; false = it has lapsed. An error is tried again, until the time is over. */
  readonly renew: () => Promise<boolean>;
  /** Milliseconds that each renewal lasts. */
  readonly duration: number;
  readonly clock: Clock;
  /**
   * The moment before it was asked for: it lasts from then on at least. `unknown`: the store is asked
   * before anything is done under it. @default now
   */
  readonly since?: Moment | "unknown" | undefined;
}

/** A lease or claim that is being renewed. */
export interface Renewal {
  /** Aborted with a {@link LeaseLostError} when it was lost: whatever was done under it must stop. */
  readonly signal: AbortSignal;
  /** Milliseconds since it was last renewed, by the clock that says more. */
  readonly passed: number;
  /** Whether it may have lapsed, by that clock. */
  readonly isOverdue: boolean;
  /**
   * Makes sure that it still holds. Where a third of it has passed, as it does when the process stood still,
   * the store is asked, else nobody. Past its end only the store's word counts, and no answer is a no.
   *
   * @throws {LeaseLostError} where it does not hold, or the renewing has ended
   */
  ensure(): Promise<void>;
  /** Ends the renewing. */
  stop(): Promise<void>;
}

/** Renews a lease in the background, from now until it is stopped or lost. */
export function keepRenewed(options: KeepRenewedOptions): Renewal {
  const { renew, duration, clock, since } = options;
  const third = duration / renewalsPerLease;
  const lost = new AbortController();
  const stopped = new AbortController();
  let isUnsure = since === "unknown";
  let renewedAt = since === undefined || since === "unknown" ? readMoment(clock) : since;
  let asking: Promise<void> | undefined;
  const running = renewUntilOver();

  function hasPassed(): number {
    return passedSince(renewedAt, clock);
  }

  async function renewUntilOver(): Promise<void> {
    for (;;) {
      await sleep(third, stopped.signal);
      if (stopped.signal.aborted) return;
      await ask();
      if (stopped.signal.aborted || lost.signal.aborted) return;
    }
  }

  /** One question at a time: whoever else asks meanwhile waits for its answer. */
  function ask(): Promise<void> {
    asking ??= askStore().finally(() => {
      asking = undefined;
    });
    return asking;
  }

  /** A store that does not answer is waited for until the end; after it, as long as for any renewal. */
  async function askStore(): Promise<void> {
    const at = readMoment(clock);
    const answered = new AbortController();
    const signal = AbortSignal.any([stopped.signal, answered.signal]);
    const limit = Math.max(third, duration - hasPassed());
    const answer = await Promise.race([attempt(), sleep(limit, signal)]);
    answered.abort();
    if (stopped.signal.aborted) return;
    if (answer === "renewed") {
      // It lasts from before it was asked for, however late the answer is read.
      renewedAt = at;
      isUnsure = false;
      return;
    }
    if (answer === "lapsed" || hasPassed() >= duration) {
      lost.abort(new LeaseLostError("A lease has lapsed before it was renewed"));
    }
  }

  /** The database may not answer for a while, as long as the lease lasts. */
  async function attempt(): Promise<"renewed" | "lapsed" | "failed"> {
    try {
      return (await renew()) ? "renewed" : "lapsed";
    } catch {
      return "failed";
    }
  }

  async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    try {
      await clock.sleep(milliseconds, signal);
    } catch {
      // Whoever sleeps looks at why it was woken.
    }
  }

  function throwIfOver(): void {
    lost.signal.throwIfAborted();
    if (stopped.signal.aborted) throw new LeaseLostError("What was done under a lease has ended");
  }

  return {
    signal: lost.signal,
    get passed() {
      return hasPassed();
    },
    get isOverdue() {
      return hasPassed() >= duration;
    },
    async ensure() {
      throwIfOver();
      if (!isUnsure && hasPassed() <= third) return;
      do {
        await ask();
        throwIfOver();
        // The process may have stood still while it waited for the answer.
      } while (hasPassed() >= duration);
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
