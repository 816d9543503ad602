import type { RateLimitReading } from "./rate-headers.ts";

/**
 * Part of a window's requests that is never planned for: what others send between two of our answers
 * would otherwise meet a limit that we have just used up.
 */
const reservedShare = 0.05;

/** A shorter span than this says nothing about how fast others use the same key. Milliseconds. */
const shortestMeasuredSpan = 500;

/** When a request was sent, which one it was, and when it was answered. */
export interface Exchange {
  /** Place of the request in the order of sending. */
  readonly index: number;
  readonly sentAt: number;
  readonly answeredAt: number;
}

interface Window {
  limit: number;
  /** What was left when request `index` was counted. */
  remaining: number;
  index: number;
  /** The end of the window lies between these two moments, as far as the answers so far can tell. */
  earliestEnd: number;
  latestEnd: number;
  first: { readonly remaining: number; readonly index: number; readonly sentAt: number };
}

/**
 * What is known of a host's rate limit window from the headers of its answers: how much is left, when
 * it ends, and how fast others use the same key. Headers name whole seconds and arrive late; each
 * answer narrows the end down.
 */
export class RateWindow {
  #window: Window | undefined;
  /** Requests per millisecond that others sent in the last window measured. */
  #othersPace = 0;
  /** The longest time to a window's end that was ever told: about the length of a window. */
  #length = 0;

  /** Takes in what one answer says. */
  observe(reading: RateLimitReading, exchange: Exchange): void {
    const roundedUpBy = 1000;
    const earliestEnd = exchange.sentAt + reading.resetIn - roundedUpBy;
    const latestEnd = exchange.answeredAt + reading.resetIn;
    const window = this.#window;
    this.#length = Math.max(this.#length, reading.resetIn);

    if (window === undefined || earliestEnd > window.latestEnd) {
      this.#window = {
        limit: reading.limit,
        remaining: reading.remaining,
        index: exchange.index,
        earliestEnd,
        latestEnd,
        first: { remaining: reading.remaining, index: exchange.index, sentAt: exchange.sentAt },
      };
      return;
    }
    // A late answer to a request of the window before this one.
    if (latestEnd < window.earliestEnd) return;

    window.earliestEnd = Math.max(window.earliestEnd, earliestEnd);
    window.latestEnd = Math.max(window.earliestEnd, Math.min(window.latestEnd, latestEnd));
    if (exchange.index < window.index) return;
    window.limit = reading.limit;
    window.remaining = reading.remaining;
    window.index = exchange.index;
    this.#measureOthers(window, exchange);
  }

  #measureOthers(window: Window, exchange: Exchange): void {
    const span = exchange.sentAt - window.first.sentAt;
    if (span < shortestMeasuredSpan) return;
    const used = window.first.remaining - window.remaining;
    const ours = exchange.index - window.first.index;
    this.#othersPace = Math.max(0, used - ours) / span;
  }

  /**
   * How many requests per millisecond may be sent now, `sent` having been sent so far; 0 where the
   * window is used up, Infinity where nothing is known.
   */
  pace(now: number, sent: number): number {
    const window = this.#window;
    if (window === undefined) return Infinity;
    const timeLeft = window.latestEnd - now;
    const reserved = Math.ceil(window.limit * reservedShare);
    // The next window has begun. Until its first answer is there, it is taken to be like this one.
    if (timeLeft <= 0) return Math.max(1, window.limit - reserved) / this.#length;
    const sentSince = sent - 1 - window.index;
    const left = window.remaining - sentSince - reserved;
    if (left <= 0) return 0;
    return Math.max(left / timeLeft - this.#othersPace, minimalShare / timeLeft);
  }

  /** The moment at which the window is over for certain; undefined where none is known. */
  get end(): number | undefined {
    return this.#window?.latestEnd;
  }
}

/** However busy others are, this many requests are spread over the rest of a window that has room. */
const minimalShare = 1;
