import {
  agree,
  fits,
  isLate,
  permitsMore,
  type PlacedReading,
  placeReading,
} from "./rate-doubt.ts";
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
  /** Whether the answer was 429. @default false */
  readonly isRefusal?: boolean | undefined;
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
  /** When the first answer that told of it came. */
  readonly begunAt: number;
  /** Answers in this window. */
  answers: number;
}

/**
 * What is known of a host's rate limit window from the headers of its answers: how much is left, when
 * it ends, and how fast others use the same key. Headers name whole seconds and arrive late; each
 * answer narrows the end down. One that differs from those around it counts only when the next agrees.
 */
export class RateWindow {
  #window: Window | undefined;
  /** Requests per millisecond that others sent in the last window measured. */
  #othersPace = 0;
  /** The longest time to a window's end that was ever told: about the length of a window. */
  #length = 0;
  /** Readings that counted so far. */
  #counted = 0;
  /** The last reading, where it differed from those before it. */
  #doubted: PlacedReading | undefined;

  /**
   * Takes in what one answer says.
   *
   * @returns whether it counts by now
   */
  observe(reading: RateLimitReading, exchange: Exchange): boolean {
    const placed = placeReading(reading, exchange);
    const window = this.#window;
    if (window !== undefined) {
      const known = { ...window, remaining: window.last.remaining, begunAt: window.begunAt };
      if (!fits(placed, known, this.#length)) {
        // A late answer to a request of the window before this one.
        if (isLate(placed, known)) return false;
        if (this.#counted === 1 && permitsMore(placed, known)) {
          // Neither of the first two has anything that speaks for it but that a host's limits leave room.
          this.#replace(placed);
          return true;
        }
        const doubted = this.#doubted;
        this.#doubted = placed;
        if (doubted === undefined || !agree(doubted, placed)) return false;
        // Whatever was known was wrong, or is no more so.
        this.#replace(doubted);
      }
    }
    this.#doubted = undefined;
    this.#count(placed);
    return true;
  }

  #replace(placed: PlacedReading): void {
    this.#window = undefined;
    this.#length = 0;
    this.#count(placed);
  }

  #count({ limit, remaining, resetIn, earliestEnd, latestEnd, answeredAt }: PlacedReading): void {
    const count = { remaining, answeredAt };
    const window = this.#window;
    this.#counted += 1;
    this.#length = Math.max(this.#length, resetIn);

    if (window === undefined || earliestEnd > window.latestEnd) {
      const begunAt = answeredAt;
      const ends = { earliestEnd, latestEnd };
      this.#window = { limit, ...ends, first: count, last: count, begunAt, answers: 1 };
      return;
    }
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
