/** Something to be done at a moment, and perhaps no longer. */
interface Alarm {
  readonly moment: number;
  ring: (() => void) | undefined;
}

/** From so many cancelled ones on they are thrown away once they are the majority. */
const fewCancelled = 1000;

/** The longest that a timer can run, 24 days. */
const longestTimer = 2 ** 31 - 1;

/**
 * What is to be done at moments of a clock that also jumps. One timer of the machine serves all of
 * them, so that thousands may be set and cancelled in a second.
 */
export class Alarms {
  readonly #now: () => number;
  /** A binary heap, the earliest first, among them some that were cancelled. */
  #heap: Alarm[] = [];
  #cancelled = 0;
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
      if (alarm.ring === undefined) return;
      alarm.ring = undefined;
      this.#cancelled++;
      if (this.#cancelled > fewCancelled && this.#cancelled * 2 > this.#heap.length) this.#clean();
    };
  }

  /** The earliest moment at which something will ring. */
  get next(): number | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].ring === undefined) {
      this.#pop();
      this.#cancelled--;
    }
    return this.#heap[0]?.moment;
  }

  /** Rings what is due, in order: called when the clock has jumped. */
  check(): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || (first.ring !== undefined && first.moment > this.#now())) break;
      this.#pop();
      const { ring } = first;
      // It can no longer be cancelled.
      first.ring = undefined;
      if (ring === undefined) this.#cancelled--;
      else ring();
    }
    this.#timerMoment = Number.POSITIVE_INFINITY;
    this.#arm();
  }

  /** Nothing rings any more. */
  close(): void {
    this.#isClosed = true;
    this.#heap = [];
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

  #clean(): void {
    this.#cancelled = 0;
    // What is in order is a heap.
    this.#heap = this.#heap
      .filter(({ ring }) => ring !== undefined)
      .toSorted((left, right) => left.moment - right.moment);
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
