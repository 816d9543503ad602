import { type ImportEstimate, type ImportReport, nameImportFiles } from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { formatDuration, formatObjects } from "../ui/format.ts";
import type { ImportFlags } from "./import-options.ts";

/** Tells on stderr what an import did and what to do next. */
export function printSummary(report: ImportReport, flags: ImportFlags, context: CliContext): void {
  const { kinds, requests, durationMs, stoppedBy, complete } = report;
  const counts = Object.entries(kinds);
  if (stoppedBy !== undefined && counts.every(([, count]) => count.fetched === 0)) {
    context.stderr.write("Nothing was sent.\n");
    return;
  }
  const delivered = counts
    .map(([kind, count]) => formatObjects(count.delivered, kind))
    .join(" and ");
  const target = flags.port ? "Delivered" : "Wrote";
  const posts = flags.port ? `, ${formatObjects(requests.port, "posts")} to Port` : "";
  const lines = [
    `${target} ${delivered}${report.resumed ? " in all, going on where it had stopped" : ""} (${formatDuration(durationMs)}, ${formatObjects(requests.pagerduty, "requests")} to PagerDuty${posts}).`,
  ];
  if (flags.output !== "-" && stoppedBy === undefined)
    lines.push(`They are in ${flags.output}, one a line.`);

  const failed = counts.reduce((sum, [, count]) => sum + count.failed, 0);
  if (failed > 0) {
    const { failed: path } = nameImportFiles(flags.output);
    const next =
      flags.output === "-"
        ? ", see above."
        : `: see ${path}. The same command posts them again first.`;
    lines.push(`Port refused ${formatObjects(failed, "objects")}${next}`);
  }
  if (stoppedBy !== undefined && flags.output !== "-") {
    lines.push("Nothing is lost: run the same command again to go on from here.");
  } else if (!complete && failed === 0) {
    lines.push("Not everything could be read, see above.");
  }
  context.stderr.write(`${lines.join("\n")}\n`);
}

/** Tells on stderr what an import to Port's catalog did and what to do next. */
export function printCatalogSummary(
  report: ImportReport,
  failedFile: string,
  context: CliContext,
): void {
  const { kinds, requests, durationMs, stoppedBy, complete, resumed } = report;
  const counts = Object.entries(kinds);
  const sum = (name: "fetched" | "failed" | "skipped" | "fieldProblems"): number =>
    counts.reduce((total, [, count]) => total + (count[name] ?? 0), 0);
  if (stoppedBy !== undefined && sum("fetched") === 0) {
    context.stderr.write("Nothing was written.\n");
    return;
  }
  const delivered = counts.map(([kind, count]) => formatObjects(count.delivered, kind));
  const lines = [
    `Wrote ${delivered.join(" and ")} to Port's catalog${resumed ? " in all, going on where it had stopped" : ""} (${formatDuration(durationMs)}, ${formatObjects(requests.pagerduty, "requests")} to PagerDuty, ${formatObjects(requests.port, "requests")} to Port).`,
  ];
  if (sum("skipped") > 0) {
    lines.push(`The mapping makes nothing of ${formatObjects(sum("skipped"), "objects")}.`);
  }
  if (sum("fieldProblems") > 0) {
    lines.push(
      `${formatObjects(sum("fieldProblems"), "fields")} could not be computed, see above.`,
    );
  }
  if (sum("failed") > 0) {
    lines.push(
      `Port refused ${formatObjects(sum("failed"), "objects")}: see ${failedFile}. The same command sends them again.`,
    );
  }
  if (stoppedBy !== undefined) {
    lines.push("Nothing is lost: run the same command again to go on from here.");
  } else if (!complete && sum("failed") === 0) {
    lines.push("Not everything could be read, see above.");
  }
  context.stderr.write(`${lines.join("\n")}\n`);
}

/** Prints what an import would cost: data, so on stdout. */
export function printEstimate(estimate: ImportEstimate, json: boolean, context: CliContext): void {
  if (json) {
    context.stdout.write(`${JSON.stringify({ command: "import", estimate: true, ...estimate })}\n`);
    return;
  }
  const { objects, hosts } = estimate;
  const kinds = Object.entries(objects).map(([kind, count]) => formatObjects(count, kind));
  const { pagerduty, port } = hosts;
  const time = (minutes: number): string =>
    minutes === 0 ? "" : `, about ${formatDuration(minutes * 60_000)}`;
  context.stdout.write(`${kinds.join(", ")}\n`);
  context.stdout.write(
    `PagerDuty  ${formatObjects(pagerduty.requests, "requests")}${time(pagerduty.minutes)}\n`,
  );
  const assumed =
    port.requests === 0 ? "" : " where Port answers as usual; its answers set the pace";
  context.stdout.write(
    `Port       ${formatObjects(port.requests, "requests")}${time(port.minutes)}${assumed}\n`,
  );
}
