import { type Clock, systemClock } from "@pagerport/core";

/** Milliseconds of the machine between looks at whether it is time. */
const look = 5;

/** The machine's clock, which a test can put forward; whoever sleeps wakes at the moment that was meant. */
export class JumpClock implements Clock {
  /** Milliseconds by which it is ahead of the machine's. */
  ahead = 0;

  now(): number {
    return Date.now() + this.ahead;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const end = this.now() + milliseconds;
    do {
      await systemClock.sleep(Math.min(look, Math.max(0, end - this.now())), signal);
    } while (this.now() < end);
  }
}
