import { describeError, HttpError } from "@pagerport/core";
import { exitCodes } from "../context.ts";
import { chooseExitCode } from "../exit-code.ts";

/** `skipped`: there is nothing to look at, or another check has told why it cannot be looked at. */
export type FindingState = "ok" | "warning" | "failed" | "skipped";

/** What a check has found: one line, and what to do. */
export interface Finding {
  readonly state: FindingState;
  readonly message: string;
  /** What to do about it, a sentence or several; absent where there is nothing to do. */
  readonly advice?: string;
  /** With which code a command that needs this would end; of what has failed only. */
  readonly exitCode?: number;
}

/** A look at one thing, which goes on whatever the others find. */
export interface Check {
  /** For a person: `PagerDuty token`. */
  readonly name: string;
  /** May throw: then that is what it has found. */
  readonly run: (signal: AbortSignal) => Promise<Finding>;
}

/** All is well. */
export function ok(message: string): Finding {
  return { state: "ok", message };
}

/** It works, but not as well as it should, or not for long. */
export function warning(message: string, advice?: string): Finding {
  return { state: "warning", message, ...(advice === undefined ? {} : { advice }) };
}

/** It does not work. @param exitCode of a command that needs it */
export function failed(
  message: string,
  advice?: string,
  exitCode: number = exitCodes.usage,
): Finding {
  return { ...warning(message, advice), state: "failed", exitCode };
}

/** There was nothing to look at. */
export function skipped(message: string): Finding {
  return { state: "skipped", message };
}

/** What an error is as a finding: of what it tells the first line is what, the others are why. */
export function findingOf(error: unknown): Finding {
  const exitCode = chooseExitCode(error);
  // What to do comes first in these.
  if (error instanceof HttpError && error.cause instanceof HttpError) {
    const [advice = ""] = error.message.split("\n");
    return failed(error.cause.message, advice, exitCode);
  }
  return failed(describeError(error), undefined, exitCode);
}
