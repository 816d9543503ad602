import {
  apiHost,
  ConfigError,
  describeError,
  describeStoreFault,
  HttpError,
  NetworkError,
  PagerportError,
} from "@pagerport/core";
import { CommanderError } from "commander";
import { type CliContext, exitCodes } from "./context.ts";
import { chooseExitCode } from "./exit-code.ts";
import { Interrupted } from "./interrupted.ts";
import { ReaderGone } from "./reader-gone.ts";

/** Prints what ended a command on stderr, and tells which exit code it means. */
export function reportError(error: unknown, context: CliContext): number {
  // commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  printError(error, context);
  const code = chooseExitCode(error);
  if (isForDoctor(error, code)) {
    context.stderr.write(
      "'pagerport doctor' looks at settings, credentials and hosts one by one.\n",
    );
  }
  return code;
}

/** What is missing or refused has more than one possible cause, and others may wait behind the first. */
function isForDoctor(error: unknown, code: number): boolean {
  if (error instanceof ConfigError) return / is not set: /.test(error.message);
  // It looks at PagerDuty and Port, and knows nothing of a server elsewhere.
  const isOfHost = error instanceof HttpError || error instanceof NetworkError;
  if (isOfHost && error.host === apiHost) return false;
  return code === exitCodes.authentication || code === exitCodes.unavailable;
}

/** Prints an error as a person should see it. */
export function printError(error: unknown, context: CliContext): void {
  // A reader that goes away is no mistake of anybody's.
  if (error instanceof ReaderGone) return;
  if (error instanceof Interrupted) {
    context.stderr.write(`${error.message}.\n`);
    return;
  }
  const fault = describeStoreFault(error);
  if (fault !== undefined) {
    context.stderr.write(`error: ${fault}\n`);
    return;
  }
  const isExpected = error instanceof PagerportError;
  const stack = error instanceof Error && !isExpected ? `\n${error.stack ?? ""}` : "";
  context.stderr.write(`error: ${describeError(error)}${stack}\n`);
}
