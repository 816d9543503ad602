import type { RateLimitReading } from "./rate-headers.ts";

/**
 * Part of a window's requests that is never planned for: what others send between two of our answers
 * would otherwise meet a limit that we have just used up.
 */
const reservedShare = 0.05;

/**
 * However busy others are, so many requests a window are sent while it has room: one finds out whether
 * they are busy still. A share of the rest of the window would be more and more of them towards its end.
 */
const probesAWindow = 4;

/** A shorter span than this says nothing about how fast others use the same key. Milliseconds. */
const shortestMeasuredSpan = 500;

/** When a request was sent, and when it was answered. */
export interface Exchange {
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** What one answer says was left when its request was counted. */
interface Count {
  readonly remaining: number;
  readonly answeredAt: number;
}

interface Window {
  readonly limit: number;
  /** The end of the window lies between these two moments, as far as the answers so far can tell. */
  earliestEnd: number;
  latestEnd: number;
  /** Of our requests that the host has counted, the first and the last: answers come in another order. */
  first: Count;
  last: Count;
  /** Answers in this window. */
  answers: number;
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
  observe(reading: RateLimitReading, { sentAt, answeredAt }: Exchange): void {
    const roundedUpBy = 1000;
    const earliestEnd = sentAt + reading.resetIn - roundedUpBy;
    const latestEnd = answeredAt + reading.resetIn;
    const { limit, remaining } = reading;
    const count = { remaining, answeredAt };
    const window = this.#window;
    this.#length = Math.max(this.#length, reading.resetIn);

    if (window === undefined || earliestEnd > window.latestEnd) {
      this.#window = { limit, earliestEnd, latestEnd, first: count, last: count, answers: 1 };
      return;
    }
    // A late answer to a request of the window before this one.
    if (latestEnd < window.earliestEnd) return;

    window.earliestEnd = Math.max(window.earliestEnd, earliestEnd);
    window.latestEnd = Math.max(window.earliestEnd, Math.min(window.latestEnd, latestEnd));
    window.answers += 1;
    if (remaining > window.first.remaining) window.first = count;
    if (remaining <= window.last.remaining) window.last = count;
    this.#measureOthers(window);
  }

  #measureOthers({ first, last, answers }: Window): void {
    const span = last.answeredAt - first.answeredAt;
    if (span < shortestMeasuredSpan) return;
    const used = first.remaining - last.remaining;
    this.#othersPace = Math.max(0, used - (answers - 1)) / span;
  }

  /**
   * How many requests per millisecond may be sent now, while so many of ours wait for their answers; 0
   * where the window is used up, Infinity where nothing is known.
   */
  pace(now: number, inFlight: number): number {
    const window = this.#window;
    if (window === undefined) return Infinity;
    const timeLeft = window.latestEnd - now;
    const reserved = Math.ceil(window.limit * reservedShare);
    // The next window has begun. Until its first answer is there, it is taken to be like this one.
    if (timeLeft <= 0) return Math.max(1, window.limit - reserved) / this.#length;
    const left = window.last.remaining - inFlight - reserved;
    if (left <= 0) return 0;
    // Of what they go on to send, nobody has told yet what they sent since the last count.
    const others = this.#othersPace * (now - window.last.answeredAt + timeLeft);
    return Math.max((left - others) / timeLeft, probesAWindow / this.#length);
  }

  /** The moment at which the window is over for certain; undefined where none is known. */
  get end(): number | undefined {
    return this.#window?.latestEnd;
  }
}
