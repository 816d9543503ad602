/** The pace is that of the last so many milliseconds: long enough to be calm, short enough to be true. */
const measuredSpan = 15_000;

/** Samples closer together than this say no more than one of them. Milliseconds. */
const sampleEvery = 200;

/** Measures how fast a count grows. */
export class Pace {
  #samples: { readonly at: number; readonly count: number }[] = [];

  /** Measures from here: what was counted before does not matter. */
  restart(at: number, count: number): void {
    this.#samples = [{ at, count }];
  }

  /** Notes the count at a moment (milliseconds). */
  note(at: number, count: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && at - last.at < sampleEvery) return;
    this.#samples.push({ at, count });
    while ((this.#samples[1]?.at ?? Infinity) <= at - measuredSpan) this.#samples.shift();
  }

  /** Growth per second; undefined before there is anything to measure. */
  perSecond(at: number, count: number): number | undefined {
    const [first] = this.#samples;
    if (first === undefined || at <= first.at || count <= first.count) return undefined;
    return ((count - first.count) * 1000) / (at - first.at);
  }
}
