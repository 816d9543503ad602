import type { RunEvent } from "@pagerport/core";
import type { Output } from "../context.ts";
import { formatCount, formatObjects } from "./format.ts";
import type { Progress } from "./progress.ts";
import { createStatusLine } from "./status-line.ts";

/** Where there is no terminal a line is printed this often, in milliseconds. */
const printEvery = 10_000;

/**
 * Shows how a resync goes, from its events: a line for each resource of the mapping when it has been
 * read, and one that changes for what is under way.
 */
export function createSyncProgress(options: {
  readonly output: Output;
  readonly now: () => number;
}): Progress {
  const state = { kind: "", rows: 0, written: 0 };
  const line = createStatusLine({
    ...options,
    printEvery,
    format: (wait) => {
      if (state.kind === "") return undefined;
      const entities = formatObjects(state.written, "entities");
      const done = `${state.kind}: ${formatCount(state.rows)} read; ${entities} written`;
      return wait === undefined ? done : `${done}, ${wait}`;
    },
  });

  return {
    onEvent(event) {
      line.tell(event);
      if (event.type === "resource") line.print(describeResource(event));
      if (event.type === "written") state.written += event.objects;
      if (event.type !== "page") return;
      if (event.kind !== state.kind) state.rows = 0;
      state.kind = event.kind;
      state.rows += event.rows;
    },
    stop: () => line.stop(),
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
