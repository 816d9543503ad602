import { readBacklog } from "@pagerport/core";
import { formatCount, formatDuration } from "../../ui/format.ts";
import type { Examination } from "../examination.ts";
import { type Check, ok, skipped, warning } from "../finding.ts";
import { lookIntoStore } from "../with-store.ts";

/** Events are done within seconds; one that waits for so long has a reason. Milliseconds. */
const longWait = 10 * 60_000;

/** What waits in the inbox of a server, and what has failed for good. */
export function checkInbox(examination: Examination): Check {
  return {
    name: "inbox",
    run: async () => {
      const looked = await lookIntoStore(examination, ({ sql }) => readBacklog(sql));
      if (looked.value === undefined) return skipped(looked.reason);
      const { waiting, dead, oldest = 0 } = looked.value;
      const told = `${formatCount(waiting)} events wait; ${formatCount(dead)} dead letters`;
      if (dead > 0) {
        const advice = "'pagerport inbox list --state dead' tells why; then inbox retry or drop.";
        return warning(told, advice);
      }
      if (oldest < longWait) return ok(told);
      const advice = "Is a server running with this store? While Port is away, events wait.";
      return warning(`${told}; the oldest for ${formatDuration(oldest)}`, advice);
    },
  };
}
