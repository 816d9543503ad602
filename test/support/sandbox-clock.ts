import type { Sandbox } from "@pagerport/cli/sandbox";
import type { Clock } from "@pagerport/core";

/**
 * A clock that shows a sandbox's time: it goes on as the machine's does, and jumps with
 * `sandbox.clock.advance()`, by which whoever slept longer than that wakes at once.
 */
export function followSandbox({ clock }: Pick<Sandbox, "clock">): Clock {
  return {
    now: () => clock.now(),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason);
          return;
        }
        const onAbort = (): void => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = clock.alarm(clock.traffic() + milliseconds, () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        });
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
  };
}
