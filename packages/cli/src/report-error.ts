import { ConfigError, describeError, HttpError, NetworkError } from "@pagerport/core";
import { CommanderError } from "commander";
import { type CliContext, exitCodes } from "./context.ts";

/** Prints what went wrong on stderr and tells which exit code it means. */
export function reportError(error: unknown, context: CliContext): number {
  // commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  context.stderr.write(`error: ${describeError(error)}\n`);
  if (error instanceof ConfigError) return exitCodes.usage;
  if (error instanceof HttpError && (error.status === 401 || error.status === 403)) {
    return exitCodes.authentication;
  }
  if (error instanceof NetworkError || error instanceof HttpError) return exitCodes.unavailable;
  return exitCodes.unexpected;
}
