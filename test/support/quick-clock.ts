import type { Sandbox } from "@pagerport/cli/sandbox";
import type { Clock, SyncReport } from "@pagerport/core";
import { connectSandboxPagerDuty, connectSandboxPort } from "./connect-sandbox.ts";
import type { SyncOptions } from "./resync-sandbox.ts";
import type { SyncSetting } from "./run-sync.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

/** Milliseconds of the machine between two steps of a quick clock. */
const step = 1;

/** A clock on which a sandbox's time and ours pass many times as fast as the machine's. */
function startQuickClock({ clock }: Pick<Sandbox, "clock">, speed: number): Clock & Disposable {
  const begun = testClock.now();
  let advanced = 0;
  const advance = (): void => {
    const wanted = Math.max(advanced, (testClock.now() - begun) * (speed - 1));
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
        await testClock.sleep((end - clock.now()) / speed, signal);
        advance();
      } while (clock.now() < end);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** So many times as fast as ours the time of a test passes that waits. */
const speed = 40;

/** Syncs on a clock that does not keep a test waiting. */
export async function syncQuickly(
  setting: SyncSetting,
  options: SyncOptions = {},
): Promise<SyncReport> {
  const { sandbox } = setting;
  using clock = startQuickClock(sandbox, speed);
  return await setting.sync({
    // Leases are kept by the machine's time.
    clock: { ...testClock, now: () => clock.now() },
    port: connectSandboxPort(sandbox, { clock }),
    pagerDuty: connectSandboxPagerDuty(sandbox, { clock }),
    ...options,
  });
}
