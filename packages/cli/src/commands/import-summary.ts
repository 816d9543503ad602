import { type ImportEstimate, type ImportReport, nameImportFiles } from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { formatCount, formatDuration, formatObjects } from "../ui/format.ts";
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
  const posts = flags.port ? `, ${formatCount(requests.port)} posts to Port` : "";
  const lines = [
    `${target} ${delivered}${report.resumed ? " in all, going on where it had stopped" : ""} (${formatDuration(durationMs)}, ${formatCount(requests.pagerduty)} requests to PagerDuty${posts}).`,
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
    `PagerDuty  ${formatCount(pagerduty.requests)} requests${time(pagerduty.minutes)}\n`,
  );
  const assumed =
    port.requests === 0 ? "" : " where a post takes 100 ms; Port's answers set the pace";
  context.stdout.write(
    `Port       ${formatCount(port.requests)} requests${time(port.minutes)}${assumed}\n`,
  );
}
