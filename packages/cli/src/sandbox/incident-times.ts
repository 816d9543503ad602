import { ConfigError } from "@pagerport/core";
import { unit } from "./random.ts";

/** Milliseconds since 1970, an ISO 8601 text with a zone, or a Date. */
export type Instant = number | string | Date;

/** So many incidents, spread evenly over [from, to). */
export interface Segment {
  readonly from: Instant;
  readonly to: Instant;
  readonly count: number;
}

interface Stretch {
  readonly firstIndex: number;
  readonly count: number;
  readonly fromSecond: number;
  readonly seconds: number;
}

/** When each generated incident was created: computed, never stored, and never earlier than that of the index before. */
export class IncidentTimes {
  readonly count: number;
  readonly #key: number;
  readonly #stretches: readonly Stretch[];

  /** @param segments in order of time, none of them overlapping another */
  constructor(key: number, segments: readonly Segment[]) {
    this.#key = key;
    const stretches: Stretch[] = [];
    let count = 0;
    let lastSecond = Number.NEGATIVE_INFINITY;
    for (const segment of segments) {
      const fromSecond = Math.floor(instantOf(segment.from) / 1000);
      const toSecond = Math.floor(instantOf(segment.to) / 1000);
      checkSegment(segment, fromSecond, toSecond, lastSecond);
      if (segment.count > 0) {
        // A segment within one second is that second.
        const seconds = Math.max(1, toSecond - fromSecond);
        stretches.push({ firstIndex: count, count: segment.count, fromSecond, seconds });
      }
      count += segment.count;
      lastSecond = Math.max(toSecond, fromSecond + 1);
    }
    this.count = count;
    this.#stretches = stretches;
  }

  /** Seconds since 1970 at which that incident was created. */
  at(index: number): number {
    const stretch = this.#stretchOf(index);
    const within = index - stretch.firstIndex + unit(this.#key, index, 1);
    return stretch.fromSecond + Math.floor((within * stretch.seconds) / stretch.count);
  }

  /** The first index whose incident was created at that second (since 1970) or later. */
  lowerBound(second: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) < second) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #stretchOf(index: number): Stretch {
    let low = 0;
    let high = this.#stretches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#stretches[middle]?.firstIndex ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const found = this.#stretches[low];
    if (found === undefined) throw new RangeError(`Cannot find incident ${index} of ${this.count}`);
    return found;
  }
}

/** Milliseconds since 1970 of an instant. */
export function instantOf(instant: Instant): number {
  const milliseconds = typeof instant === "number" ? instant : new Date(instant).getTime();
  if (!Number.isFinite(milliseconds)) {
    throw new ConfigError(`Cannot read a time of the sandbox: current value is ${String(instant)}`);
  }
  return milliseconds;
}

function checkSegment(segment: Segment, from: number, to: number, last: number): void {
  if (!Number.isSafeInteger(segment.count) || segment.count < 0) {
    throw new ConfigError(
      `Cannot shape the sandbox's incidents as 'count' must be a whole number: current value is ${segment.count}`,
    );
  }
  if (to < from || from < last) {
    throw new ConfigError(
      `Cannot shape the sandbox's incidents as segments must be in order of time and not overlap: ${String(segment.from)} – ${String(segment.to)}`,
    );
  }
}
