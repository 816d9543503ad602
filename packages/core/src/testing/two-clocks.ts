import { FakeClock } from "./fake-clock.ts";

/** A fake clock whose wall clock can be set, and which can leap as it does for a process that was stopped. */
export class TwoClocks extends FakeClock {
  #wall = 0;
  #steady = 0;

  override now(): number {
    return super.now() + this.#wall;
  }

  steady(): number {
    return super.now() + this.#steady;
  }

  /** So many milliseconds pass by each of them at once, in which nothing runs and no timer fires. */
  leap({ wall = 0, steady = 0 }: { readonly wall?: number; readonly steady?: number }): void {
    this.#wall += wall;
    this.#steady += steady;
  }
}
