import type { SyncAction, SyncEstimate, SyncReport } from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { formatCount, formatDuration, formatObjects } from "../ui/format.ts";
import { formatTable } from "../ui/table.ts";
import type { RunCost } from "./watch-run.ts";

/** One line of a dry run. */
export function printAction(action: SyncAction, context: CliContext): void {
  context.stdout.write(`${JSON.stringify(action)}\n`);
}

/** The report as one JSON document on stdout. */
export function printReport(
  report: SyncReport,
  cost: RunCost & { readonly mapping: string; readonly journal: string | undefined },
  context: CliContext,
): void {
  const { type, dryRun, resources, blueprints, refused, unfinished, notices } = report;
  const document = {
    command: "sync",
    dryRun,
    type,
    complete: unfinished.length === 0,
    actions: sumActions(report),
    resources,
    blueprints,
    refused,
    unfinished,
    notices,
    ...cost,
  };
  context.stdout.write(`${JSON.stringify(document)}\n`);
}

/** Tells on stderr what a resync did, blueprint by blueprint, and what it left undone. */
export function printSummary(
  report: SyncReport,
  cost: RunCost & { readonly journal: string | undefined },
  context: CliContext,
): void {
  const { blueprints, unfinished, notices, dryRun } = report;
  const lines: string[] = [];
  if (blueprints.length > 0) {
    const count = (number: number): string => (number === 0 ? "·" : formatCount(number));
    const rows = blueprints.map((one) => [
      one.blueprint,
      count(one.created),
      count(one.updated),
      count(one.unchanged),
      count(one.deleted),
      count(one.aged + one.recent + one.needed + one.withheld + one.unfed),
      count(one.refused),
    ]);
    const head = ["", "created", "updated", "unchanged", "deleted", "kept", "refused"];
    lines.push("", ...formatTable([head, ...rows]), "", ...describeKept(report));
  }
  for (const notice of notices) lines.push(`Note: ${notice}.`);
  for (const { blueprint, identifier, reason } of report.refused.slice(0, mostRefused)) {
    lines.push(`Refused: ${identifier} of ${blueprint}: ${reason}`);
  }
  for (const sentence of unfinished) lines.push(`Not done: ${sentence}`);
  if (cost.journal !== undefined) {
    lines.push(`What was deleted is in ${cost.journal}; 'pagerport restore' puts it back.`);
  }
  const { requests, durationMs } = cost;
  lines.push(
    `${dryRun ? "Nothing was written. It took" : "Took"} ${formatDuration(durationMs)}, ${formatObjects(requests.pagerduty, "requests")} to PagerDuty and ${formatCount(requests.port)} to Port.`,
  );
  context.stderr.write(`${lines.join("\n")}\n`);
}

/** What a resync would cost: data, so on stdout. */
export function printSyncEstimate(
  estimate: SyncEstimate,
  json: boolean,
  context: CliContext,
): void {
  if (json) {
    context.stdout.write(`${JSON.stringify({ command: "sync", estimate: true, ...estimate })}\n`);
    return;
  }
  const { objects, hosts } = estimate;
  const kinds = Object.entries(objects).map(([kind, count]) => `${formatCount(count)} ${kind}`);
  const minutes = (count: number): string => formatDuration(count * 60_000);
  const { pagerduty, port } = hosts;
  const time = pagerduty.minutes === 0 ? "" : `, about ${minutes(pagerduty.minutes)}`;
  context.stdout.write(
    [
      kinds.join(", "),
      `PagerDuty  ${formatObjects(pagerduty.requests, "requests")}${time}`,
      `Port       ${formatCount(port.requests.least)} requests where nothing has changed (about ${minutes(port.minutes.least)}), ${formatCount(port.requests.most)} where all is new (about ${minutes(port.minutes.most)})`,
      "",
    ].join("\n"),
  );
}

/** Refused entities that are shown one by one; `--json` has more. */
const mostRefused = 10;

function sumActions({ blueprints }: SyncReport): Record<SyncAction["action"], number> {
  const sum = { create: 0, update: 0, unchanged: 0, delete: 0, withheld: 0, aged: 0 };
  for (const blueprint of blueprints) {
    sum.create += blueprint.created;
    sum.update += blueprint.updated;
    sum.unchanged += blueprint.unchanged;
    sum.delete += blueprint.deleted;
    sum.withheld += blueprint.withheld + blueprint.needed;
    sum.aged += blueprint.aged;
  }
  return sum;
}

/** Why entities were kept that were not made again. */
function describeKept({ blueprints }: SyncReport): string[] {
  return blueprints.flatMap(({ blueprint, aged, recent, needed, unfed }) => {
    const reasons = [
      [aged, "their incidents are older than what is read"],
      [recent, "they were written since the run began"],
      [needed, "entities that stay relate to them"],
      [unfed, "no resource of the mapping makes them; --prune deletes such"],
    ] as const;
    return reasons
      .filter(([count]) => count > 0)
      .map(([count, reason]) => `${formatCount(count)} of ${blueprint} kept: ${reason}.`);
  });
}
