import type { RateLimitReading } from "./rate-headers.ts";

/**
 * A window that is longer than the one before it is doubted, unless it is one of these: PagerDuty's lasts a
 * minute, Port's five; a second more, as hosts round up. Milliseconds.
 */
const longestUsual = 301_000;

/** Answers of requests that were on their way together may differ by so many in what they say is left. */
const usualDifference = 32;

/** Two moments named in whole seconds, one of them on its way for a while, differ by so much. Milliseconds. */
const roundedUpBy = 1000;

/** A reading, and when the window that it tells of ends. */
export interface PlacedReading {
  readonly limit: number;
  readonly remaining: number;
  /** As it was told, milliseconds. */
  readonly resetIn: number;
  /** When the request was sent, and when it was answered. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** The end lies between these two moments. */
  readonly earliestEnd: number;
  readonly latestEnd: number;
  /** Whether the answer was 429: then it is no wonder that nothing is left. */
  readonly isRefusal: boolean;
}

/** What a reading is held against: the window by the readings that counted. */
export interface KnownWindow {
  readonly limit: number;
  readonly earliestEnd: number;
  readonly latestEnd: number;
  /** What was left by the last count. */
  readonly remaining: number;
  /** When the first answer that told of it came. */
  readonly begunAt: number;
}

/** Places a reading in time. */
export function placeReading(
  { limit, remaining, resetIn }: RateLimitReading,
  exchange: {
    readonly sentAt: number;
    readonly answeredAt: number;
    readonly isRefusal?: boolean | undefined;
  },
): PlacedReading {
  const { sentAt, answeredAt, isRefusal = false } = exchange;
  const earliestEnd = sentAt + resetIn - roundedUpBy;
  const latestEnd = answeredAt + resetIn;
  return { limit, remaining, resetIn, sentAt, answeredAt, earliestEnd, latestEnd, isRefusal };
}

/** Whether a reading fits the window that is known, or the one that follows it. */
export function fits(
  reading: PlacedReading,
  known: KnownWindow,
  /** The longest time to a window's end that counted so far. Milliseconds. */
  length: number,
): boolean {
  const { limit, remaining, resetIn, answeredAt, isRefusal } = reading;
  if (limit !== known.limit || remaining > limit) return false;
  if (overlap(reading, known)) return isRefusal || isNear(remaining, known);
  const isNext =
    reading.earliestEnd > known.latestEnd && answeredAt >= known.earliestEnd - roundedUpBy;
  return isNext && resetIn <= Math.max(length, longestUsual);
}

/** Whether a reading is of a window before the one that is known, as those of late answers are. */
export function isLate(reading: PlacedReading, known: KnownWindow): boolean {
  return reading.latestEnd < known.earliestEnd && reading.sentAt <= known.begunAt;
}

/** Whether a reading that differs from what is known leaves more room than that. */
export function permitsMore(reading: PlacedReading, known: KnownWindow): boolean {
  if (reading.remaining > reading.limit) return false;
  const timeLeft = Math.max(1, known.latestEnd - reading.answeredAt);
  return reading.remaining / Math.max(1, reading.resetIn) > known.remaining / timeLeft;
}

/** Whether two readings, one after the other, say the same. */
export function agree(one: PlacedReading, other: PlacedReading): boolean {
  if (one.limit !== other.limit || !isNear(one.remaining, other)) return false;
  // Some hosts name the time that a whole window takes, whenever they are asked.
  return overlap(one, other) || Math.abs(one.resetIn - other.resetIn) <= roundedUpBy;
}

function overlap(one: Ends, other: Ends): boolean {
  return one.earliestEnd <= other.latestEnd && other.earliestEnd <= one.latestEnd;
}

type Ends = Pick<PlacedReading, "earliestEnd" | "latestEnd">;

function isNear(
  remaining: number,
  other: { readonly remaining: number; readonly limit: number },
): boolean {
  const most = Math.max(other.limit / 2, usualDifference);
  return Math.abs(remaining - other.remaining) <= most;
}
