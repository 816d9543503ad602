import type { Clock } from "../../clock.ts";
import { checkHosts, type CheckHostsOptions } from "./check-hosts.ts";

/** Milliseconds between two looks. */
const lookEvery = 60_000;

/**
 * Resolves when the PagerDuty account is known to be the integration's own, whatever Port does meanwhile: for the
 * webhook subscription, by which events are kept until Port is back. One that no pin tells is left to a check
 * with Port. Also resolves when the signal is aborted.
 */
export async function untilOwnAccount(
  options: Omit<CheckHostsOptions, "port"> & {
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { clock, pins, expected, signal } = options;
  while (!signal.aborted) {
    try {
      const isPinned = expected.account !== undefined || (await pins.read()).account !== undefined;
      if (isPinned) {
        const { account } = await checkHosts({ ...options, port: undefined });
        if (account !== undefined) return;
      }
    } catch {
      // Whoever looks at both hosts tells of it.
    }
    await clock.sleep(lookEvery, signal).catch(() => undefined);
  }
}
