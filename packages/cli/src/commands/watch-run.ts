import { type EventListener, type RunEvent } from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { createMemoryRelease } from "../release-memory.ts";
import type { Progress, ProgressOptions } from "../ui/progress.ts";

/** What a run has cost so far. */
export interface RunCost {
  /** Sent to each host, those that were repeated included. */
  readonly requests: { readonly pagerduty: number; readonly port: number };
  readonly durationMs: number;
}

/** What listens to a run of the command line. */
export interface RunWatch {
  readonly onEvent: EventListener;
  readonly measureCost: () => RunCost;
  /** Removes the progress line and prints nothing any more. */
  readonly stop: () => void;
}

export interface WatchRunOptions {
  readonly createProgress: (options: ProgressOptions) => Progress;
  /** After these events memory is looked at. */
  readonly fillsMemory: (event: RunEvent) => boolean;
  /** See {@link createMemoryRelease}. */
  readonly largestShare?: number;
}

/** Shows the progress of a run, counts its requests and keeps its memory small. */
export function watchRun(
  context: CliContext,
  { createProgress, fillsMemory, largestShare }: WatchRunOptions,
): RunWatch {
  const now = (): number => context.clock.now();
  const startedAt = performance.now();
  const requests = { pagerduty: 0, port: 0 };
  const progress = createProgress({ output: context.stderr, now });
  const releaseMemory = createMemoryRelease(now, largestShare);
  return {
    onEvent: (event) => {
      if (event.type === "request") requests[event.host === "Port" ? "port" : "pagerduty"] += 1;
      if (fillsMemory(event)) releaseMemory();
      progress.onEvent(event);
    },
    measureCost: () => ({
      requests: { ...requests },
      durationMs: Math.round(performance.now() - startedAt),
    }),
    stop: () => progress.stop(),
  };
}
