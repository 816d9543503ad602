import { describeError, PagerportError } from "@pagerport/core";
import { CommanderError } from "commander";
import { type CliContext, exitCodes } from "./context.ts";
import { chooseExitCode } from "./exit-code.ts";
import { Interrupted } from "./interrupted.ts";

/** Prints what ended a command on stderr, and tells which exit code it means. */
export function reportError(error: unknown, context: CliContext): number {
  // commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  printError(error, context);
  return chooseExitCode(error);
}

/** Prints an error as a person should see it. */
export function printError(error: unknown, context: CliContext): void {
  if (error instanceof Interrupted) {
    context.stderr.write(`${error.message}.\n`);
    return;
  }
  const isExpected = error instanceof PagerportError;
  const stack = error instanceof Error && !isExpected ? `\n${error.stack ?? ""}` : "";
  context.stderr.write(`error: ${describeError(error)}${stack}\n`);
}
