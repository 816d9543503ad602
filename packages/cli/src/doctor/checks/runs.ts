import { type PastRun, readPastRuns, readRunHolder } from "@pagerport/core";
import { formatDuration } from "../../ui/format.ts";
import type { Examination } from "../examination.ts";
import { type Check, ok, skipped, warning } from "../finding.ts";
import { lookIntoStore } from "../with-store.ts";

const mostTold = 3;

/** What the last runs came to, and whether one is going on. */
export function checkRuns(examination: Examination): Check {
  return {
    name: "runs",
    run: async () => {
      const looked = await lookIntoStore(examination, async ({ sql }) => ({
        past: await readPastRuns(sql, mostTold),
        holder: await readRunHolder(sql),
      }));
      if (looked.value === undefined) return skipped(looked.reason);
      const { past, holder } = looked.value;
      const [last] = past;
      const now =
        holder === undefined
          ? []
          : [`${holder.owner} runs since ${formatDuration(Date.now() - holder.since)}`];
      const told = [...now, ...past.map(describeRun)].join("; ") || "none yet";
      // What waits settles itself.
      const isSettled = last?.kept.every(({ brake }) => brake === "waiting") ?? true;
      if (last === undefined || (last.outcome === "complete" && isSettled)) return ok(told);
      const why = last.withheld.join(" ");
      return warning(told, why === "" ? "Its own output says why; run it again." : why);
    },
  };
}

function describeRun({ number, type, outcome, endedAt }: PastRun): string {
  return `${type} ${number} ${outcome}, ${formatDuration(Date.now() - endedAt)} ago`;
}
