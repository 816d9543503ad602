import type { Sandbox } from "@pagerport/cli/sandbox";
import type { Clock } from "@pagerport/core";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

/** Milliseconds of the machine between looks at whether it is time. */
const look = 5;

/**
 * The sandbox's clock as ours: the machine's, which a test can put forward with `sandbox.clock.advance()`.
 * Whoever sleeps wakes at the moment that was meant.
 */
export function followClock({ clock }: Pick<Sandbox, "clock">): Clock {
  return {
    now: () => clock.now(),
    async sleep(milliseconds, signal) {
      const end = clock.now() + milliseconds;
      do {
        await testClock.sleep(Math.min(look, Math.max(0, end - clock.now())), signal);
      } while (clock.now() < end);
    },
  };
}

/** Lets a sandbox's time pass quickly until something is done. */
export async function hurry(
  { clock }: Pick<Sandbox, "clock">,
  done: Promise<unknown>,
): Promise<void> {
  const step = 250;
  const timer = setInterval(() => clock.advance(step), look);
  try {
    await done;
  } finally {
    clearInterval(timer);
  }
}
