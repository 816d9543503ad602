import type { CliContext } from "../context.ts";
import { createSyncProgress } from "../ui/sync-progress.ts";
import { type RunWatch, watchRun } from "./watch-run.ts";

/** Shows the progress of a resync or of what compares like one, counts its requests and its time. */
export function watchSync(context: CliContext): RunWatch {
  return watchRun(context, {
    createProgress: createSyncProgress,
    // A page of what Port holds is as large as many of PagerDuty's.
    fillsMemory: ({ type }) => type === "page" || type === "request",
  });
}
