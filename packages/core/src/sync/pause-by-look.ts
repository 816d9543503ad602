import { describeError } from "../errors.ts";
import type { HostGate } from "./host-gate.ts";
import type { HostsGuardOptions } from "./ownership/hosts-guard.ts";
import { isHostsFault } from "./process-job.ts";

/**
 * Leaves a host alone that does not answer the question whose it is, or refuses the credentials: where no event
 * comes, nothing else would tell that it is away. It counts as back when it answers that question.
 */
export function pauseByLook(
  gate: HostGate,
): Required<Pick<HostsGuardOptions, "onFault" | "onAnswer">> {
  const away = new Set<string>();
  return {
    onFault(error) {
      if (!isHostsFault(error)) return;
      away.add(error.host);
      gate.pause(error.host, describeError(error));
    },
    onAnswer() {
      for (const host of away) gate.release(host);
      away.clear();
    },
  };
}
