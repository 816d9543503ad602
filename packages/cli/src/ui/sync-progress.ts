import type { RunEvent } from "@pagerport/core";
import type { Output } from "../context.ts";
import { formatCount, formatObjects } from "./format.ts";
import type { Progress } from "./progress.ts";

/** A terminal's line is drawn anew this often; elsewhere a line is printed now and then. Milliseconds. */
const redrawEvery = 100;
const printEvery = 10_000;

/** Where every object has a problem, these say enough. */
const mostProblems = 20;

/**
 * Shows how a resync goes, from its events: a line for each resource of the mapping when it has been
 * read, and one that changes for what is under way.
 */
export function createSyncProgress(options: {
  readonly output: Output;
  readonly now: () => number;
}): Progress {
  const { output, now } = options;
  const state = { kind: "", rows: 0, written: 0 };
  let waiting: { readonly host: string; readonly until: number } | undefined;
  let problems = 0;
  let isDrawn = false;
  let isStopped = false;

  const erase = (): void => {
    if (isDrawn) output.write("\r\u001B[2K");
    isDrawn = false;
  };
  const print = (line: string): void => {
    if (isStopped) return;
    erase();
    output.write(`${line}\n`);
  };
  const show = (): void => {
    if (isStopped || state.kind === "") return;
    const at = now();
    const wait =
      waiting !== undefined && waiting.until > at
        ? `, waiting for ${waiting.host}'s rate limit ${Math.ceil((waiting.until - at) / 1000)} s`
        : "";
    const line = `${state.kind}: ${formatCount(state.rows)} read; ${formatObjects(state.written, "entities")} written${wait}`;
    if (!output.isTTY) {
      output.write(`${line}\n`);
      return;
    }
    erase();
    output.write(line.slice(0, output.columns - 1));
    isDrawn = true;
  };

  const onEvent = (event: RunEvent): void => {
    switch (event.type) {
      case "page": {
        if (event.kind !== state.kind) state.rows = 0;
        state.kind = event.kind;
        state.rows += event.rows;
        break;
      }
      case "written": {
        state.written += event.objects;
        break;
      }
      case "waiting": {
        waiting = { host: event.host, until: now() + event.milliseconds };
        break;
      }
      case "resource": {
        print(describeResource(event));
        break;
      }
      case "problem": {
        problems += 1;
        if (problems <= mostProblems) print(event.message);
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

/** `incidents[1]  4,300 objects, 4,290 entities, 2 problems` */
function describeResource(event: Extract<RunEvent, { readonly type: "resource" }>): string {
  const { name, objects, entities, problems, state } = event;
  const parts = [
    formatObjects(objects, "objects"),
    `${formatCount(entities)} ${entities === 1 ? "entity" : "entities"}`,
  ];
  if (problems > 0) parts.push(formatObjects(problems, "problems"));
  if (state !== "complete") parts.push(state);
  return `${name.padEnd(24)} ${parts.join(", ")}`;
}
