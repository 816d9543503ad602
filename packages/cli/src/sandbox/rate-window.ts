/** So many requests in so many milliseconds. */
export interface RateLimit {
  readonly limit: number;
  readonly windowMs: number;
  /** Answer 429 without rate-limit headers and with a body that is not JSON. @default false */
  readonly bare429?: boolean;
}

/** What the budget said to one request. */
export interface Turn {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the next window. */
  readonly resetMs: number;
}

/** Counts requests in fixed windows, side by side from `start` on: the strictest way to count. */
export class RateWindow {
  readonly #start: number;
  #window = Number.NaN;
  #used = 0;

  /** @param start milliseconds since 1970 */
  constructor(start: number) {
    this.#start = start;
  }

  /** Counts one request at `now` (milliseconds since 1970). */
  take(now: number, { limit, windowMs }: RateLimit): Turn {
    const sinceStart = now - this.#start;
    const window = Math.floor(sinceStart / windowMs);
    if (window !== this.#window) {
      this.#window = window;
      this.#used = 0;
    }
    const allowed = this.#used < limit;
    if (allowed) this.#used++;
    return {
      allowed,
      limit,
      remaining: limit - this.#used,
      resetMs: (window + 1) * windowMs - sinceStart,
    };
  }
}
