import type { Sandbox } from "@pagerport/cli/sandbox";
import { type Clock, systemClock } from "@pagerport/core";

/** Milliseconds of the machine between two steps of a quick clock. */
const step = 1;

/** A clock on which a sandbox's time and ours pass many times as fast as the machine's. */
export function startQuickClock(
  { clock }: Pick<Sandbox, "clock">,
  speed: number,
): Clock & Disposable {
  const begun = Date.now();
  let advanced = 0;
  const advance = (): void => {
    const wanted = Math.max(advanced, (Date.now() - begun) * (speed - 1));
    clock.advance(wanted - advanced);
    advanced = wanted;
  };
  const timer = setInterval(advance, step);
  return {
    now: () => clock.now(),
    async sleep(milliseconds, signal) {
      const end = clock.now() + milliseconds;
      // Once at least, as a real one does.
      do {
        await systemClock.sleep((end - clock.now()) / speed, signal);
        advance();
      } while (clock.now() < end);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
