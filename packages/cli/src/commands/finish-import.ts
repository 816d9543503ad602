import type { ImportReport } from "@pagerport/core";
import { type CliContext, exitCodes } from "../context.ts";
import { chooseExitCode } from "../exit-code.ts";
import { printError } from "../report-error.ts";

/** Prints the report of an import as JSON, if wanted, and what stopped it; chooses the exit code. */
export function finishImport(
  report: ImportReport,
  options: { readonly json: boolean; readonly target: Readonly<Record<string, string>> },
  context: CliContext,
): void {
  if (options.json) {
    const { complete, resumed, kinds, requests, durationMs, problems } = report;
    const counts = { complete, resumed, kinds, requests };
    const document = { command: "import", ...counts, ...options.target, durationMs, problems };
    context.stdout.write(`${JSON.stringify(document)}\n`);
  }
  if (report.stoppedBy !== undefined) {
    printError(report.stoppedBy, context);
    context.exitCode = chooseExitCode(report.stoppedBy);
    return;
  }
  context.exitCode = report.complete ? exitCodes.done : exitCodes.partial;
}
