import { describeClaimLost, type RunEvent } from "@pagerport/core";
import type { Output } from "../context.ts";

/** A terminal's line is drawn anew this often, in milliseconds. */
const redrawEvery = 100;

/** Where every object has a problem, these say enough. */
const mostProblems = 20;

export interface StatusLineOptions {
  readonly output: Output;
  readonly now: () => number;
  /** Where there is no terminal a line is printed this often, in milliseconds. */
  readonly printEvery: number;
  /** What the line says now; undefined = nothing yet. */
  readonly format: (wait: string | undefined) => string | undefined;
}

/** A line about what is under way, below lines that stay. */
export interface StatusLine {
  /** Prints a line that stays. */
  print(text: string): void;
  /** Takes what all runs tell alike: waits for a host, problems and notices. */
  tell(event: RunEvent): void;
  /** Removes the line and prints nothing any more. */
  stop(): void;
}

/** Makes one: drawn over itself on a terminal, elsewhere printed now and then. */
export function createStatusLine({
  output,
  now,
  printEvery,
  format,
}: StatusLineOptions): StatusLine {
  let waiting: { readonly host: string; readonly until: number } | undefined;
  let problems = 0;
  let isDrawn = false;
  let isStopped = false;

  const erase = (): void => {
    if (isDrawn) output.write("\r\u001B[2K");
    isDrawn = false;
  };
  const print = (text: string): void => {
    if (isStopped) return;
    erase();
    output.write(`${text}\n`);
  };
  const show = (): void => {
    const line = isStopped ? undefined : format(describeWait(waiting, now()));
    if (line === undefined) return;
    if (!output.isTTY) {
      output.write(`${line}\n`);
      return;
    }
    erase();
    output.write(line.slice(0, output.columns - 1));
    isDrawn = true;
  };

  const timer = setInterval(show, output.isTTY ? redrawEvery : printEvery);
  return {
    print,
    tell(event) {
      if (event.type === "waiting") {
        const { host, milliseconds, headers } = event;
        waiting = { host, until: now() + milliseconds };
        if (headers !== undefined) print(explainWait(host, milliseconds, headers));
      }
      if (event.type === "notice") print(event.message);
      if (event.type === "claim-lost") print(describeClaimLost(event));
      if (event.type !== "problem") return;
      problems += 1;
      if (problems <= mostProblems) print(event.message);
      if (problems === mostProblems) print("Further problems are counted, and not shown here.");
    },
    stop() {
      erase();
      isStopped = true;
      clearInterval(timer);
    },
  };
}

/** Of a wait over a minute: somebody has to see whether the host can mean that. */
function explainWait(host: string, milliseconds: number, headers: string): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return `Requests to ${host} wait ${seconds} s, as its answer says "${headers}"; then one finds out whether it is so.`;
}

/** `waiting for PagerDuty's rate limit 4 s`, while that lasts. */
function describeWait(
  waiting: { readonly host: string; readonly until: number } | undefined,
  at: number,
): string | undefined {
  if (waiting === undefined || waiting.until <= at) return undefined;
  const seconds = Math.ceil((waiting.until - at) / 1000);
  return `waiting for ${waiting.host}'s rate limit ${seconds} s`;
}
