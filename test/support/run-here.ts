import type { Clock } from "@pagerport/core";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { type CliContext, exitCodes } from "../../packages/cli/src/context.ts";
import { createProgram } from "../../packages/cli/src/create-program.ts";
import { reportError } from "../../packages/cli/src/report-error.ts";
import type { CliResult, StartCliOptions } from "./run-cli.ts";

export interface RunHereOptions extends StartCliOptions {
  /** Interrupts it, as a signal of the system does. @default none */
  readonly signal?: AbortSignal;
  /** @default that of tests */
  readonly clock?: Clock;
}

/** Runs `pagerport` to its end in this process, for tests of what does not depend on its being one. */
export async function runHere(
  args: readonly string[],
  { cwd, env = {}, signal = new AbortController().signal, clock = testClock }: RunHereOptions,
): Promise<CliResult> {
  const printed = { stdout: "", stderr: "" };
  const collect = (name: keyof typeof printed): CliContext["stdout"] => ({
    write: (text) => {
      printed[name] += text;
    },
    isTTY: false,
    columns: 80,
  });
  const context: CliContext = {
    env: { HOME: cwd, ...env },
    cwd,
    clock,
    stdin: (async function* () {})(),
    stdout: collect("stdout"),
    stderr: collect("stderr"),
    signal,
    exitCode: exitCodes.done,
  };
  const startedAt = performance.now();
  let code: number;
  try {
    await createProgram(context).parseAsync([...args], { from: "user" });
    code = context.exitCode;
  } catch (error) {
    code = reportError(error, context);
  }
  return { code, ...printed, milliseconds: performance.now() - startedAt };
}
