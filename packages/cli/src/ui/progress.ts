import type { EventListener, RunEvent } from "@pagerport/core";
import type { Output } from "../context.ts";
import { formatCount, formatDuration } from "./format.ts";
import { Pace } from "./pace.ts";

/** A terminal's line is drawn anew this often; elsewhere a line is printed now and then. Milliseconds. */
const redrawEvery = 100;
const printEvery = 5000;

const barWidth = 20;

/** Where every object is refused, these say enough. */
const mostProblems = 20;

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
 * Shows how far a run is, from its events: on a terminal a line that changes, elsewhere a line every
 * few seconds. Problems and notices are printed above it.
 */
export function createProgress({ output, now }: ProgressOptions): Progress {
  const counts = new Map<string, { done: number; planned: number }>();
  const pace = new Pace();
  let current = "";
  let waiting: { readonly host: string; readonly until: number } | undefined;
  let problems = 0;
  let isDrawn = false;
  let isStopped = false;

  const erase = (): void => {
    if (isDrawn) output.write("\r\u001B[2K");
    isDrawn = false;
  };
  const show = (): void => {
    if (isStopped || counts.size === 0) return;
    const at = now();
    const line = formatProgress([...counts.values()], {
      current,
      perSecond: pace.perSecond(at, sumDone()),
      waiting: waiting !== undefined && waiting.until > at ? { ...waiting, at } : undefined,
    });
    if (!output.isTTY) {
      output.write(`${line}\n`);
      return;
    }
    erase();
    output.write(line.slice(0, output.columns - 1));
    isDrawn = true;
  };
  const sumDone = (): number => [...counts.values()].reduce((sum, { done }) => sum + done, 0);
  const countOf = (kind: string): { done: number; planned: number } => {
    const known = counts.get(kind) ?? { done: 0, planned: 0 };
    counts.set(kind, known);
    return known;
  };
  const print = (text: string): void => {
    erase();
    output.write(`${text}\n`);
  };

  const onEvent = (event: RunEvent): void => {
    if (isStopped) return;
    switch (event.type) {
      case "planned": {
        countOf(event.kind).planned = event.objects;
        break;
      }
      case "written": {
        countOf(event.kind).done += event.objects;
        current = event.kind;
        // What an earlier process did, told as one number, is not this one's pace.
        if (event.objects === 1) pace.note(now(), sumDone());
        else pace.restart(now(), sumDone());
        break;
      }
      case "waiting": {
        waiting = { host: event.host, until: now() + event.milliseconds };
        break;
      }
      case "problem": {
        problems += 1;
        if (problems <= mostProblems) print(`problem: ${event.message}`);
        if (problems === mostProblems) print("Further problems are counted, and not shown here.");
        break;
      }
      case "notice": {
        print(event.message);
        break;
      }
      default:
    }
  };

  const timer = setInterval(show, output.isTTY ? redrawEvery : printEvery);
  return {
    onEvent,
    stop() {
      erase();
      isStopped = true;
      clearInterval(timer);
    },
  };
}

/** What one progress line says; pure, so that it can be tested. */
export function formatProgress(
  counts: readonly { readonly done: number; readonly planned: number }[],
  state: {
    /** The kind that is under way. */
    readonly current: string;
    readonly perSecond: number | undefined;
    readonly waiting:
      | { readonly host: string; readonly until: number; readonly at: number }
      | undefined;
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
  if (state.waiting !== undefined) {
    const seconds = Math.ceil((state.waiting.until - state.waiting.at) / 1000);
    parts.push(`waiting for ${state.waiting.host}'s rate limit ${seconds} s`);
  }
  return parts.join("  ");
}
