import { exitCodes } from "../context.ts";
import { type Check, failed, type Finding, findingOf } from "./finding.ts";

/** A finding, and which check has made it. */
export interface NamedFinding extends Finding {
  readonly check: string;
}

/**
 * Runs all checks at the same time. One that throws, or has not ended in time, has failed; the others go on.
 *
 * @param options.timeout milliseconds that each may take
 * @param options.signal ends all of them
 * @returns in the order of the checks
 */
export async function runChecks(
  checks: readonly Check[],
  options: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<NamedFinding[]> {
  options.signal.throwIfAborted();
  const findings = checks.map(async (check) => ({
    check: check.name,
    ...(await runCheck(check, options)),
  }));
  return Promise.all(findings);
}

async function runCheck(
  check: Check,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<Finding> {
  const timer = AbortSignal.timeout(timeout);
  const either = AbortSignal.any([signal, timer]);
  // Some of what is waited for takes no signal: a database, a disk.
  const late = new Promise<never>((_, reject) => {
    either.addEventListener("abort", () => reject(either.reason), { once: true });
  });
  try {
    return await Promise.race([check.run(either), late]);
  } catch (error) {
    signal.throwIfAborted();
    if (!timer.aborted) return findingOf(error);
    return failed(`No answer within ${timeout / 1000} s`, undefined, exitCodes.unavailable);
  }
}

/** Of several codes, the one that a command would end with that needs all that was looked at. */
const byImportance = [
  exitCodes.usage,
  exitCodes.authentication,
  exitCodes.unavailable,
  exitCodes.partial,
  exitCodes.unexpected,
];

/** Which exit code findings mean; 0 where none has failed. */
export function chooseDoctorExitCode(findings: readonly Finding[]): number {
  const codes = new Set(findings.flatMap(({ exitCode }) => exitCode ?? []));
  return byImportance.find((code) => codes.has(code)) ?? exitCodes.done;
}
