/** Something to be done at a moment, and perhaps no longer. */
interface Alarm {
  readonly moment: number;
  ring: (() => void) | undefined;
}

/** The longest that a timer can run, 24 days. */
const longestTimer = 2 ** 31 - 1;

/**
 * What is to be done at moments of a clock that also jumps. One timer of the machine serves all of
 * them, so that thousands may be set and cancelled in a second.
 */
export class Alarms {
  readonly #now: () => number;
  /** A binary heap, the earliest first; those that were cancelled stay until their moment. */
  readonly #heap: Alarm[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerMoment = Number.POSITIVE_INFINITY;
  #isClosed = false;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns a function that cancels it */
  set(moment: number, ring: () => void): () => void {
    const alarm: Alarm = { moment, ring };
    this.#push(alarm);
    this.#arm();
    return () => {
      alarm.ring = undefined;
    };
  }

  /** Rings what is due, in order: called when the clock has jumped. */
  check(): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || (first.ring !== undefined && first.moment > this.#now())) break;
      this.#pop();
      first.ring?.();
    }
    this.#timerMoment = Number.POSITIVE_INFINITY;
    this.#arm();
  }

  /** Nothing rings any more. */
  close(): void {
    this.#isClosed = true;
    this.#heap.length = 0;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.moment >= this.#timerMoment || this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timerMoment = first.moment;
    // A timer may end a moment early; then it is set again.
    const wait = Math.min(longestTimer, Math.max(0, first.moment - this.#now()));
    this.#timer = setTimeout(() => this.check(), wait);
  }

  #push(alarm: Alarm): void {
    let at = this.#heap.length;
    this.#heap.push(alarm);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#swapIfEarlier(at, parent)) return;
      at = parent;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = this.#isEarlier(right, left) ? right : left;
      if (!this.#swapIfEarlier(child, at)) return;
      at = child;
    }
  }

  /** Puts the alarm at `below` in the place of the one at `above`, where it is the earlier one. */
  #swapIfEarlier(below: number, above: number): boolean {
    const lower = this.#heap[below];
    const upper = this.#heap[above];
    if (lower === undefined || upper === undefined || lower.moment >= upper.moment) return false;
    this.#heap[above] = lower;
    this.#heap[below] = upper;
    return true;
  }

  #isEarlier(left: number, right: number): boolean {
    const first = this.#heap[left];
    const second = this.#heap[right];
    return first !== undefined && second !== undefined && first.moment < second.moment;
  }
}
