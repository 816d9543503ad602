import {
  ConfigError,
  describeError,
  type Finding,
  judgeStatus,
  type StatusReport,
} from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { createPaint } from "../ui/colour.ts";
import { hideControls } from "../ui/hide-controls.ts";
import { countFindings, formatStatus } from "./format-status.ts";
import { Unreachable } from "./open-status-reader.ts";

/** Milliseconds between looks. */
const lookEvery = 2000;

/** Erases what is below the cursor; moves it to the first line. */
const home = "\u001B[H\u001B[2J";

/** A look at a status, or why there was none. */
interface Look {
  readonly report: StatusReport | undefined;
  readonly findings: readonly Finding[];
  readonly error: string | undefined;
}

/**
 * Shows a status until the command is interrupted: drawn anew every two seconds on a terminal, elsewhere a
 * line for each change.
 *
 * @throws the reason of the interruption; {@link ConfigError}; what does not answer is asked again
 */
export async function watchStatus(
  read: () => Promise<StatusReport>,
  context: CliContext,
): Promise<never> {
  const { stdout, clock, signal } = context;
  const show =
    stdout.isTTY && context.env["TERM"] !== "dumb" ? createScreen(context) : createLines(context);
  for (;;) {
    signal.throwIfAborted();
    show(await look(read, signal));
    await clock.sleep(lookEvery, signal);
  }
}

async function look(read: () => Promise<StatusReport>, signal: AbortSignal): Promise<Look> {
  try {
    const report = await read();
    return { report, findings: judgeStatus(report), error: undefined };
  } catch (error) {
    signal.throwIfAborted();
    // How it was called is wrong: that does not mend itself.
    if (error instanceof ConfigError && !(error instanceof Unreachable)) throw error;
    return { report: undefined, findings: [], error: describeError(error) };
  }
}

/** What was known stays on the screen while nothing answers. */
function createScreen(context: CliContext): (look: Look) => void {
  const { stdout } = context;
  const colour = createPaint(stdout, context);
  let known: Look | undefined;
  return (taken) => {
    if (taken.report !== undefined) known = taken;
    const width = stdout.columns;
    const body =
      known?.report === undefined
        ? []
        : formatStatus(known.report, known.findings, { width, colour });
    const lines =
      taken.error === undefined ? body : [colour(hideControls(taken.error), "red"), "", ...body];
    stdout.write(`${home}${lines.join("\n")}\n`);
  };
}

function createLines({ stdout, clock }: CliContext): (look: Look) => void {
  let told = "";
  return ({ report, findings, error }) => {
    const change =
      error ?? findings.map(({ severity, about }) => `${severity} ${about}`).join("\n");
    const text = `${report === undefined}\n${change}`;
    if (text === told) return;
    told = text;
    const at = report?.at ?? new Date(clock.now()).toISOString();
    const what = error ?? [countFindings(findings), ...findings.map((one) => one.what)].join("; ");
    stdout.write(`${at} ${hideControls(what)}\n`);
  };
}
