import type { Clock } from "../clock.ts";
import { createSteadyClock } from "../steady-clock.ts";
import { backoff } from "./backoff.ts";
import { quoteRateHeaders, type ReadRateLimit, readRetryAfter } from "./rate-headers.ts";
import { RateWindow } from "./rate-window.ts";

/** Requests in flight never fall below this, nor rise above that, whatever the latency. */
const fewestInFlight = 4;
const mostInFlight = 32;

/**
 * Headroom over "pace × latency" (Little's law): latency varies from page to page, and a slow one must
 * not hold back the pace.
 */
const inFlightHeadroom = 1.5;

/** Without any limit on the pace, one more request in flight for every this many ms of latency. */
const latencyPerRequestInFlight = 5;

/** How much one answer moves the average latency. */
const latencyWeight = 0.1;

/** Waits longer than this are told to whoever watches. Milliseconds. */
const worthTelling = 1000;

/**
 * However long a host says, or its headers make it, one request finds out after so long whether it is so: the
 * longest window that is known, Port's, lasts five minutes. Milliseconds.
 */
const longestWait = 360_000;

/** Waits longer than this are told with the headers that made them. Milliseconds. */
const worthExplaining = 60_000;

export interface RateLimiterOptions {
  readonly clock: Clock;
  /** Between 0 and 1, for jitter. */
  readonly random: () => number;
  /** The most that is asked of the host in a minute; 0 = only what its headers say. */
  readonly requestsPerMinute: number;
  /** Share of `requestsPerMinute` that this process may use, 0 to 1. */
  readonly rateBudget: number;
  readonly readRateLimit: ReadRateLimit;
  /** Fixed number of requests in flight; adapts to latency between 4 and 32 where it is not given. */
  readonly inFlight?: number;
  /**
   * Called when requests have to wait for the host's limit, with the milliseconds; where that is over a
   * minute, also with the headers that made them wait.
   */
  readonly onWait?: (milliseconds: number, headers?: string) => void;
}

interface Waiting {
  readonly grant: (permit: Permit) => void;
  readonly priority: number;
}

/** The right to send one request. Exactly one of the two must be called, once. */
export interface Permit {
  /** The request was answered, with these headers and this status. */
  answered(status: number, headers: Headers): void;
  /** The request was not answered. */
  failed(): void;
}

/**
 * One host's budget in this process. Requests start at an even pace, never in bursts; the first goes
 * alone and what its headers tell sets the pace of the rest; what others use of the same key is seen in
 * the headers and yielded to.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #clock: Clock;
  readonly #window = new RateWindow();
  /** By priority, and within one priority in order of arrival. */
  readonly #waiting: Waiting[] = [];
  #granting = false;
  #wake: (() => void) | undefined;
  #sent = 0;
  #inFlight = 0;
  /** False until a first answer has set the pace, and again after a pause: one request probes alone. */
  #seeded = false;
  #lastSlot = -Infinity;
  /** What told the window by which requests are paced. */
  #told: Headers | undefined;
  /** The last pause was shorter than what was said: one request finds out whether it is so. */
  #mayProbe = false;
  /** The slot whose long wait was told. */
  #explained: number | undefined;
  #pausedUntil = -Infinity;
  /** Requests sent before the last pause began: their late answers say nothing about what follows it. */
  #sentBeforePause = 0;
  #barePauses = 0;
  #latency = 0;
  /** The quickest answer so far: latency that our own requests do not add to. */
  #leastLatency = Infinity;

  constructor(options: RateLimiterOptions) {
    this.#options = options;
    this.#clock = createSteadyClock(options.clock);
  }

  /**
   * Resolves when a request may be sent; of those that wait, the lowest priority goes first. Rejects
   * with the signal's reason once it is aborted.
   */
  async acquire(signal?: AbortSignal, priority = 0): Promise<Permit> {
    signal?.throwIfAborted();
    const permit = await new Promise<Permit>((resolve, reject) => {
      const onAbort = (): void => {
        const place = this.#waiting.indexOf(entry);
        if (place >= 0) this.#waiting.splice(place, 1);
        // Nobody may be left to wait for: a timer would keep the process alive.
        this.#wake?.();
        reject(signal?.reason);
      };
      const entry: Waiting = {
        priority,
        grant: (granted: Permit): void => {
          signal?.removeEventListener("abort", onAbort);
          resolve(granted);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const behind = this.#waiting.findLastIndex((other) => other.priority <= priority);
      this.#waiting.splice(behind + 1, 0, entry);
      void this.#grantInTurn();
    });
    return permit;
  }

  async #grantInTurn(): Promise<void> {
    if (this.#granting) return;
    this.#granting = true;
    while (this.#waiting.length > 0) {
      const wait = this.#delay();
      if (wait > 0) {
        await this.#sleepOrWake(wait);
        continue;
      }
      this.#waiting.shift()?.grant(this.#issue());
    }
    this.#granting = false;
  }

  /** Milliseconds until the next request may start; Infinity = until one in flight is answered. */
  #delay(): number {
    if (this.#inFlight >= this.#allowedInFlight()) return Infinity;
    const now = this.#clock.now();
    if (now < this.#pausedUntil) return this.#pausedUntil - now;
    const pace = this.#pace(now);
    if (pace === 0) {
      // Some in flight may have been counted already: what their answers tell may leave room.
      if (this.#inFlight > 0) return Infinity;
      if (this.#mayProbe) return 0;
      // Used up: wait for the end, then let one request find out what the next window holds.
      this.#pause((this.#window.end ?? now) - now, this.#told);
      return Math.max(1, this.#pausedUntil - now);
    }
    const interval = Math.min(1 / pace, longestWait);
    // Timers fire late; up to one interval of lateness is caught up with, never more.
    this.#lastSlot = Math.max(this.#lastSlot, now - 2 * interval);
    const wait = this.#lastSlot + interval - now;
    if (wait > worthExplaining && this.#explained !== this.#lastSlot) {
      this.#explained = this.#lastSlot;
      this.#tellWait(wait, this.#told);
    }
    return wait;
  }

  #pace(now: number): number {
    const { requestsPerMinute, rateBudget } = this.#options;
    const configured = requestsPerMinute > 0 ? (requestsPerMinute * rateBudget) / 60_000 : Infinity;
    return Math.min(configured, this.#window.pace(now, this.#inFlight));
  }

  #allowedInFlight(): number {
    if (!this.#seeded) return 1;
    if (this.#options.inFlight !== undefined) return this.#options.inFlight;
    const pace = this.#pace(this.#clock.now());
    const wanted =
      pace === Infinity
        ? this.#leastLatency / latencyPerRequestInFlight
        : pace * this.#latency * inFlightHeadroom;
    return Math.min(mostInFlight, Math.max(fewestInFlight, Math.ceil(wanted)));
  }

  #issue(): Permit {
    const clock = this.#clock;
    const index = this.#sent;
    const sentAt = clock.now();
    const pace = this.#pace(sentAt);
    const isFree = pace === Infinity || pace === 0;
    this.#lastSlot = isFree ? sentAt : this.#lastSlot + Math.min(1 / pace, longestWait);
    this.#mayProbe = false;
    this.#sent += 1;
    this.#inFlight += 1;
    return {
      answered: (status, headers) => {
        const answeredAt = clock.now();
        this.#inFlight -= 1;
        const reading = this.#options.readRateLimit(headers, answeredAt);
        const isRefusal = status === 429;
        if (
          reading !== undefined &&
          this.#window.observe(reading, { sentAt, answeredAt, isRefusal })
        ) {
          this.#told = headers;
        }
        this.#latency += (answeredAt - sentAt - this.#latency) * (this.#seeded ? latencyWeight : 1);
        this.#leastLatency = Math.min(this.#leastLatency, answeredAt - sentAt);
        if (status === 429) {
          this.#refused(headers, index);
        } else if (index >= this.#sentBeforePause) {
          this.#seeded = true;
          this.#barePauses = 0;
        }
        this.#wake?.();
      },
      failed: () => {
        this.#inFlight -= 1;
        this.#wake?.();
      },
    };
  }

  /**
   * A 429: wait as long as it says or for the end of a window that is used up, or else longer each time.
   * Other requests wait too.
   */
  #refused(headers: Headers, index: number): void {
    const { random } = this.#options;
    const now = this.#clock.now();
    const retryAfter = readRetryAfter(headers, now);
    if (retryAfter !== undefined && retryAfter > 0) {
      this.#pause(retryAfter, headers);
      return;
    }
    // Of requests that were on their way together, the first refusal has made the pause.
    if (index < this.#sentBeforePause) return;
    this.#barePauses += 1;
    const isUsedUp = this.#window.pace(now, this.#inFlight) === 0;
    const untilEnd = isUsedUp ? (this.#window.end ?? now) - now : 0;
    this.#pause(Math.max(untilEnd, backoff(this.#barePauses, random)), this.#told);
  }

  /** @param headers what made it as long as it is */
  #pause(wanted: number, headers: Headers | undefined): void {
    const milliseconds = Math.min(wanted, longestWait);
    const until = this.#clock.now() + milliseconds;
    this.#seeded = false;
    this.#sentBeforePause = this.#sent;
    if (until <= this.#pausedUntil) return;
    this.#mayProbe = wanted > longestWait;
    this.#pausedUntil = until;
    if (milliseconds >= worthTelling) this.#tellWait(milliseconds, headers);
  }

  #tellWait(milliseconds: number, headers: Headers | undefined): void {
    const quoted = milliseconds > worthExplaining && headers !== undefined;
    this.#options.onWait?.(milliseconds, quoted ? quoteRateHeaders(headers) : undefined);
  }

  async #sleepOrWake(milliseconds: number): Promise<void> {
    const cancel = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const slept =
      milliseconds === Infinity
        ? woken
        : this.#clock.sleep(milliseconds, cancel.signal).catch(() => undefined);
    await Promise.race([woken, slept]);
    this.#wake = undefined;
    cancel.abort();
  }
}
