import type { ObjectKey } from "../store/freshness.ts";

/** Lets several things be done at a time, but those that have an object in common in their order. */
export class ObjectTurns {
  /** What is not done yet, with its objects. */
  readonly #running = new Map<Promise<unknown>, ReadonlySet<ObjectKey>>();

  /** How many are not done yet. */
  get size(): number {
    return this.#running.size;
  }

  /** Does something once all that was asked for before, and has one of the objects, is over. */
  async take<Value>(keys: readonly ObjectKey[], work: () => Promise<Value>): Promise<Value> {
    const before = [...this.#running]
      .filter(([, others]) => keys.some((key) => others.has(key)))
      .map(([running]) => running);
    const running = Promise.allSettled(before).then(work);
    this.#running.set(running, new Set(keys));
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Waits until one of them is over, however it ended. */
  async next(): Promise<void> {
    await Promise.race([...this.#running.keys()].map((running) => Promise.allSettled([running])));
  }

  /** Waits until all of them are over. */
  async all(): Promise<void> {
    await Promise.allSettled(this.#running.keys());
  }
}
