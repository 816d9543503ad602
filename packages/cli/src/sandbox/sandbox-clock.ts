import { Alarms } from "./alarms.ts";

/** What time it is in the sandbox. */
export class SandboxClock {
  #advanced = 0;
  /** Of what was advanced, what those who wait for an answer did not notice. */
  #skipped = 0;
  readonly #alarms = new Alarms(() => this.traffic());
  readonly #deadlines = new Alarms(() => this.traffic() - this.#skipped);
  readonly #fixed: number | undefined;
  readonly #time: () => number;

  /**
   * @param fixed milliseconds since 1970 at which the data's time stands still; else it goes on
   * @param time what goes on
   */
  constructor(fixed?: number, time: () => number = Date.now) {
    this.#fixed = fixed;
    this.#time = time;
  }

  /** Milliseconds since 1970, as the data and the credentials see it. */
  now(): number {
    return (this.#fixed ?? this.#time()) + this.#advanced;
  }

  /**
   * Milliseconds since 1970, as rate limits see it: the time that goes on plus what was advanced. It goes
   * on where the data's time stands still, because a client that waits for a window waits for real.
   */
  traffic(): number {
    return this.#time() + this.#advanced;
  }

  /** Lets that many milliseconds pass at once. */
  advance(milliseconds: number): void {
    if (!(milliseconds >= 0)) {
      throw new RangeError(
        `Cannot advance the sandbox's clock as the time must not be negative: current value is ${milliseconds}`,
      );
    }
    this.#advanced += milliseconds;
    this.#deadlines.check();
    this.#alarms.check();
  }

  /**
   * Lets that many milliseconds pass without anybody having waited so long for an answer: a day that is
   * played in a second must not break off what is under way.
   */
  skip(milliseconds: number): void {
    this.#skipped += milliseconds;
    this.advance(milliseconds);
  }

  /**
   * Calls `ring` once it is that moment of {@link traffic}, whether time passed or was advanced.
   *
   * @returns a function that cancels it
   */
  alarm(moment: number, ring: () => void): () => void {
    return this.#alarms.set(moment, ring);
  }

  /** The moment of the first alarm that is set. */
  get nextAlarm(): number | undefined {
    return this.#alarms.next;
  }

  /**
   * Calls `ring` after so many milliseconds of waiting, whether time passed or was advanced.
   *
   * @returns a function that cancels it
   */
  deadline(milliseconds: number, ring: () => void): () => void {
    return this.#deadlines.set(this.traffic() - this.#skipped + milliseconds, ring);
  }

  /** Ends all alarms, so that nothing keeps the process alive. */
  close(): void {
    this.#alarms.close();
    this.#deadlines.close();
  }
}
