import type { BlueprintReport, SyncAction, SyncEstimate, SyncReport } from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { formatCount, formatDuration, formatObjects } from "../ui/format.ts";
import { describeKept, describeWaiting } from "./kept-output.ts";
import { formatTable } from "../ui/table.ts";
import type { RunCost } from "./watch-run.ts";

/** What a run took, and where what it deleted is. */
export interface SyncCost extends RunCost {
  readonly journal: string | undefined;
  /** All of it, where it is in several files. */
  readonly journals?: readonly string[] | undefined;
}

/** One line of a dry run. */
export function printAction(action: SyncAction, context: CliContext): void {
  context.stdout.write(`${JSON.stringify(action)}\n`);
}

/** The report as one JSON document on stdout. */
export function printReport(
  report: SyncReport,
  cost: SyncCost & { readonly mapping: string },
  context: CliContext,
): void {
  const { type, dryRun, resources, blueprints, refused, withheld, waiting } = report;
  const { unfinished, notices } = report;
  const document = {
    command: "sync",
    dryRun,
    type,
    complete: unfinished.length === 0,
    actions: sumActions(report),
    resources,
    blueprints,
    refused,
    withheld,
    waiting,
    unfinished,
    notices,
    ...cost,
  };
  context.stdout.write(`${JSON.stringify(document)}\n`);
}

/** Tells on stderr what a resync did, blueprint by blueprint, and what it left undone. */
export function printSummary(report: SyncReport, cost: SyncCost, context: CliContext): void {
  const { blueprints, unfinished, notices, dryRun } = report;
  const lines: string[] = [];
  if (blueprints.length > 0) {
    lines.push("", ...formatCounts(blueprints), "", ...describeStubs(report));
    lines.push(...describeKept(blueprints, keptReasons), ...describeWaiting(report.waiting));
  }
  for (const notice of notices) lines.push(`Note: ${notice}.`);
  for (const { blueprint, identifier, reason } of report.refused.slice(0, mostRefused)) {
    lines.push(`Refused: ${identifier} of ${blueprint}: ${reason}`);
  }
  for (const sentence of unfinished) lines.push(`Not done: ${sentence}`);
  if (cost.journal !== undefined) {
    const places = (cost.journals ?? [cost.journal]).join(" and ");
    lines.push(`What was deleted is in ${places}; 'pagerport restore' puts it back.`);
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
  const sum = {
    create: 0,
    update: 0,
    unchanged: 0,
    left: 0,
    delete: 0,
    stub: 0,
    withheld: 0,
    waiting: 0,
    needed: 0,
    aged: 0,
  };
  for (const blueprint of blueprints) {
    sum.create += blueprint.created;
    sum.update += blueprint.updated;
    sum.unchanged += blueprint.unchanged;
    sum.left += blueprint.left;
    sum.delete += blueprint.deleted;
    sum.stub += blueprint.stubbed;
    sum.withheld += blueprint.withheld;
    sum.waiting += blueprint.waiting;
    sum.needed += blueprint.needed;
    sum.aged += blueprint.aged;
  }
  return sum;
}

/** Columns that are there only where something is in them: most runs keep nothing so. */
const rareColumns: ReadonlySet<string> = new Set(["left", "stubbed", "waiting", "withheld"]);

function formatCounts(blueprints: readonly BlueprintReport[]): string[] {
  const columns = [
    ["created", (one) => one.created],
    ["updated", (one) => one.updated],
    ["unchanged", (one) => one.unchanged],
    ["deleted", (one) => one.deleted],
    ["stubbed", (one) => one.stubbed],
    ["kept", (one) => one.aged + one.recent + one.needed + one.unfed],
    ["waiting", (one) => one.waiting],
    ["withheld", (one) => one.withheld],
    ["refused", (one) => one.refused],
    ["left", (one) => one.left],
  ] satisfies (readonly [string, (one: BlueprintReport) => number])[];
  const shown = columns.filter(
    ([name, count]) => !rareColumns.has(name) || blueprints.some((one) => count(one) > 0),
  );
  const rows = blueprints.map((one) => [
    one.blueprint,
    ...shown.map(([, count]) => (count(one) === 0 ? "·" : formatCount(count(one)))),
  ]);
  return formatTable([["", ...shown.map(([name]) => name)], ...rows]);
}

function describeStubs({ blueprints, dryRun }: SyncReport): string[] {
  return blueprints
    .filter(({ stubbed }) => stubbed > 0)
    .map(({ blueprint, stubbed }) => {
      const [are, them] = stubbed === 1 ? ["is", "it"] : ["are", "them"];
      const become = dryRun ? "would be kept" : "kept";
      return `${formatCount(stubbed)} of ${blueprint} ${are} gone, and ${become} as deleted, because incidents name ${them}.`;
    });
}

/** Why entities stay that were not made again, each where a reader need do nothing. */
const keptReasons = [
  ["aged", "their incidents are older than what is read"],
  ["recent", "they were written since the run began"],
  ["needed", "entities that were made again name them"],
  ["unfed", "no resource of the mapping makes them; --prune deletes such"],
] as const;
