import type { Clock } from "./clock.ts";

/**
 * A clock for waits and the lengths of pauses, not for dates: it never goes back. Where the machine's is
 * put back, whatever waits until a moment would otherwise wait as much longer; this one goes on from where
 * it was.
 */
export function createSteadyClock(clock: Clock): Clock {
  let ahead = 0;
  let latest = -Infinity;
  return {
    now() {
      const now = clock.now();
      if (now + ahead < latest) ahead = latest - now;
      latest = now + ahead;
      return latest;
    },
    sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
  };
}
