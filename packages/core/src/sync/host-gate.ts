import type { Clock } from "../clock.ts";
import { createSteadyClock } from "../steady-clock.ts";

/** Milliseconds until a host that is in trouble is tried again, the first time, and at most. */
const firstPause = 1000;
const longestPause = 60_000;

/** A host that is in trouble. */
export interface PausedHost {
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly error: string;
}

/** What hears when a host is left alone, and when it answers again. */
export interface HostGateListener {
  readonly onPause: (host: string, milliseconds: number, error: string) => void;
  readonly onResume: (host: string) => void;
}

/**
 * Holds work back while a host does not answer or refuses us, and lets one through at a time to see
 * whether it does again.
 */
export class HostGate {
  readonly #clock: Clock;
  readonly #listener: HostGateListener;
  readonly #paused = new Map<
    string,
    PausedHost & { readonly delay: number; readonly until: number }
  >();

  constructor(clock: Clock, listener: HostGateListener) {
    this.#clock = createSteadyClock(clock);
    this.#listener = listener;
  }

  /** Hosts in trouble. */
  get paused(): readonly PausedHost[] {
    return [...this.#paused.values()].map(({ host, since, error }) => ({ host, since, error }));
  }

  /** Milliseconds until work may be tried; 0 = now. */
  get wait(): number {
    const until = Math.max(0, ...[...this.#paused.values()].map((one) => one.until));
    return Math.max(0, until - this.#clock.now());
  }

  /** Whether only one may go through, to see whether the hosts answer again. */
  get isTrial(): boolean {
    return this.#paused.size > 0;
  }

  /** Leaves a host alone for a while, twice as long as the last time. */
  pause(host: string, error: string): void {
    const now = this.#clock.now();
    const known = this.#paused.get(host);
    // Others that were under way met the same.
    if (known !== undefined && known.until > now) return;
    const delay = known === undefined ? firstPause : Math.min(longestPause, known.delay * 2);
    this.#paused.set(host, { host, since: known?.since ?? now, error, delay, until: now + delay });
    this.#listener.onPause(host, delay, error);
  }

  /** One host answers again, which was left alone for a question that was not work. */
  release(host: string): void {
    if (this.#paused.delete(host)) this.#listener.onResume(host);
  }

  /** Work was done with every host. */
  resume(): void {
    const hosts = [...this.#paused.keys()];
    this.#paused.clear();
    for (const host of hosts) this.#listener.onResume(host);
  }
}
