import { type EventListener, type ImportReport, systemClock } from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { createMemoryRelease } from "../release-memory.ts";
import { createProgress } from "../ui/progress.ts";

/**
 * A whole history may be read in a container with little memory, and waits for both hosts' limits most of
 * the time: half of it may go into keeping memory small.
 */
const largestShare = 0.5;

/** What listens to an import while it runs. */
export interface ImportWatch {
  readonly onEvent: EventListener;
  /** Requests sent so far. */
  readonly countRequests: () => ImportReport["requests"];
  /** Removes the progress line and prints nothing any more. */
  readonly stop: () => void;
}

/**
 * Shows the progress of an import, counts its requests and keeps its memory small.
 *
 * @param options.isMapped whole objects are read ahead, not what is sent of them: memory fills faster
 */
export function watchImport(
  context: CliContext,
  { isMapped = false }: { readonly isMapped?: boolean } = {},
): ImportWatch {
  const requests = { pagerduty: 0, port: 0 };
  const progress = createProgress({ output: context.stderr, now: () => systemClock.now() });
  const releaseMemory = createMemoryRelease(() => systemClock.now(), largestShare);
  return {
    onEvent: (event) => {
      if (event.type === "request") requests[event.host === "Port" ? "port" : "pagerduty"] += 1;
      if (event.type === "window" || (isMapped && event.type === "page")) releaseMemory();
      progress.onEvent(event);
    },
    countRequests: () => ({ ...requests }),
    stop: () => progress.stop(),
  };
}
