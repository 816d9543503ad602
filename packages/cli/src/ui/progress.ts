import type { EventListener } from "@pagerport/core";
import type { Output } from "../context.ts";
import { formatCount, formatDuration } from "./format.ts";
import { Pace } from "./pace.ts";
import { createStatusLine } from "./status-line.ts";

/** Where there is no terminal a line is printed this often, in milliseconds. */
const printEvery = 5000;

const barWidth = 20;

export interface Progress {
  readonly onEvent: EventListener;
  /** Removes the line and prints nothing any more. */
  stop(): void;
}

export interface ProgressOptions {
  readonly output: Output;
  readonly now: () => number;
}

/**
 * Shows how far an import is, from its events: on a terminal a line that changes, elsewhere a line every
 * few seconds. Problems and notices are printed above it.
 */
export function createProgress({ output, now }: ProgressOptions): Progress {
  const counts = new Map<string, { done: number; planned: number }>();
  const pace = new Pace();
  let current = "";

  const sumDone = (): number => [...counts.values()].reduce((sum, { done }) => sum + done, 0);
  const countOf = (kind: string): { done: number; planned: number } => {
    const known = counts.get(kind) ?? { done: 0, planned: 0 };
    counts.set(kind, known);
    return known;
  };
  const line = createStatusLine({
    output,
    now,
    printEvery,
    format: (wait) => {
      if (counts.size === 0) return undefined;
      const perSecond = pace.perSecond(now(), sumDone());
      return formatProgress([...counts.values()], { current, perSecond, wait });
    },
  });

  return {
    onEvent(event) {
      line.tell(event);
      if (event.type === "planned") countOf(event.kind).planned = event.objects;
      if (event.type !== "written") return;
      countOf(event.kind).done += event.objects;
      current = event.kind;
      // What an earlier process did, told as one number, is not this one's pace.
      if (event.objects === 1) pace.note(now(), sumDone());
      else pace.restart(now(), sumDone());
    },
    stop: () => line.stop(),
  };
}

/** What one progress line says; pure, so that it can be tested. */
export function formatProgress(
  counts: readonly { readonly done: number; readonly planned: number }[],
  state: {
    /** The kind that is under way. */
    readonly current: string;
    readonly perSecond: number | undefined;
    /** What it waits for. */
    readonly wait: string | undefined;
  },
): string {
  const done = counts.reduce((sum, count) => sum + count.done, 0);
  const planned = counts.reduce((sum, count) => sum + Math.max(count.planned, count.done), 0);
  const share = planned === 0 ? 0 : done / planned;
  const filled = Math.floor(share * barWidth);
  const parts = [
    `${"█".repeat(filled)}${"░".repeat(barWidth - filled)} ${Math.floor(share * 100)} %`,
    `${formatCount(done)} of ${formatCount(planned)} objects${state.current === "" ? "" : ` (${state.current})`}`,
  ];
  if (state.perSecond !== undefined) {
    parts.push(`${formatCount(state.perSecond)} objects/s`);
    const left = planned - done;
    if (left > 0) {
      const milliseconds = (left / state.perSecond) * 1000;
      parts.push(`${formatDuration(Math.max(1000, milliseconds))} left`);
    }
  }
  if (state.wait !== undefined) parts.push(state.wait);
  return parts.join("  ");
}
