import {
  ConfigError,
  HttpError,
  judgeSync,
  judgeVerify,
  NetworkError,
  PlanError,
  PausedError,
  type SyncReport,
  type SyncVerdict,
  type VerifyReport,
  type VerifyVerdict,
} from "@pagerport/core";
import { exitCodes } from "./context.ts";
import { Interrupted } from "./interrupted.ts";

/** Which exit code an error that ended a command means. */
export function chooseExitCode(error: unknown): number {
  if (error instanceof Interrupted) {
    return error.signalName === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
  }
  const isUsage = [ConfigError, PlanError, PausedError].some((sort) => error instanceof sort);
  if (isUsage) return exitCodes.usage;
  if (error instanceof NetworkError) return exitCodes.unavailable;
  if (!(error instanceof HttpError)) return exitCodes.unexpected;
  // 408 and 429 come here only after all retries: the host is there, but does not serve us.
  if (error.status >= 500 || error.status === 408 || error.status === 429) {
    return exitCodes.unavailable;
  }
  return [401, 402, 403].includes(error.status) || error.host === "Port"
    ? exitCodes.authentication
    : exitCodes.usage;
}

const codeOfVerdict: Readonly<Record<SyncVerdict, number>> = {
  done: exitCodes.done,
  unfinished: exitCodes.partial,
  refused: exitCodes.authentication,
  unavailable: exitCodes.unavailable,
};

/** Which exit code the report of a resync means. @param options.isStrict fields that failed count too */
export function chooseSyncExitCode(
  report: SyncReport,
  { isStrict }: { readonly isStrict: boolean },
): number {
  const verdict = judgeSync(report);
  const hasProblems = report.resources.some(({ problems }) => problems > 0);
  if (verdict === "done" && isStrict && hasProblems) return exitCodes.partial;
  return codeOfVerdict[verdict];
}

const codeOfFindings: Readonly<Record<VerifyVerdict, number>> = {
  "in-step": exitCodes.done,
  drifted: exitCodes.partial,
  unfinished: exitCodes.partial,
  refused: exitCodes.authentication,
  unavailable: exitCodes.unavailable,
};

/** Which exit code the report of a verification means. */
export function chooseVerifyExitCode(report: VerifyReport): number {
  return codeOfFindings[judgeVerify(report)];
}
