import type { Clock } from "../clock.ts";
import { createSteadyClock } from "../steady-clock.ts";
import { LeaseLostError } from "./lease.ts";

/** Renewals within one lease: two may fail before it lapses. */
const renewalsPerLease = 3;

export interface KeepRenewedOptions {
  /** Renews; false = it has lapsed. An error is tried again, until the time is over. */
  readonly renew: () => Promise<boolean>;
  /** Milliseconds that each renewal lasts. */
  readonly duration: number;
  readonly clock: Clock;
}

/** A lease or claim that is being renewed. */
export interface Renewal {
  /** Aborted with a {@link LeaseLostError} when it was lost: whatever was done under it must stop. */
  readonly signal: AbortSignal;
  /** Ends the renewing. */
  stop(): Promise<void>;
}

/** Renews a lease in the background, from now until it is stopped or lost. */
export function keepRenewed({ renew, duration, ...given }: KeepRenewedOptions): Renewal {
  const clock = createSteadyClock(given.clock);
  const lost = new AbortController();
  const stopped = new AbortController();
  const running = renewUntilOver();

  async function renewUntilOver(): Promise<void> {
    let end = clock.now() + duration;
    for (;;) {
      await sleep(duration / renewalsPerLease, stopped.signal);
      if (stopped.signal.aborted) return;
      const next = clock.now() + duration;
      const answered = new AbortController();
      const signal = AbortSignal.any([stopped.signal, answered.signal]);
      const answer = await Promise.race([attempt(), sleep(end - clock.now(), signal)]);
      answered.abort();
      if (stopped.signal.aborted) return;
      if (answer === "renewed") end = next;
      if (answer === "lapsed" || clock.now() >= end) {
        lost.abort(new LeaseLostError("A lease has lapsed before it was renewed"));
        return;
      }
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

  return {
    signal: lost.signal,
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
