import {
  type ChangedEntity,
  judgeVerify,
  type VerifiedName,
  type VerifyReport,
} from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { formatCount, formatDuration, formatObjects } from "../ui/format.ts";
import { describeKept, describeWaiting } from "./kept-output.ts";
import { formatTable } from "../ui/table.ts";
import type { RunCost } from "./watch-run.ts";

/** What was asked for, and what it took. */
export interface VerifyCost extends RunCost {
  readonly mapping: string;
  /** Undefined = all. */
  readonly sample: number | undefined;
  readonly seed: number;
}

/** Entities of each sort that are shown; `--json` has more. */
const mostShown = 20;

/** The report as one JSON document on stdout. */
export function printVerifyReport(
  report: VerifyReport,
  cost: VerifyCost,
  context: CliContext,
): void {
  const { sample, seed, ...rest } = cost;
  const chosen = sample === undefined ? {} : { sample, seed };
  const document = {
    command: "verify",
    verdict: judgeVerify(report),
    ...report,
    ...chosen,
    ...rest,
  };
  context.stdout.write(`${JSON.stringify(document)}\n`);
}

/** Prints counts by blueprint, and what differs: data, so on stdout. */
export function printFindings(report: VerifyReport, context: CliContext): void {
  const { blueprints, changed, missing, extra } = report;
  const count = (number: number): string => (number === 0 ? "·" : formatCount(number));
  const rows = blueprints.map((one) => [
    one.blueprint,
    count(one.produced),
    count(one.owned),
    count(one.compared),
    count(one.changed),
    count(one.missing),
    count(one.extra),
    count(one.aged + one.recent + one.needed + one.unfed),
    count(one.waiting),
    count(one.withheld),
  ]);
  const head = [
    "",
    "made",
    "in Port",
    "compared",
    "changed",
    "missing",
    "extra",
    "kept",
    "waiting",
    "withheld",
  ];
  const sum = (sort: "changed" | "missing" | "extra"): number => countAll(report, sort);
  const lines = [
    ...formatTable([head, ...rows]),
    ...changed.slice(0, mostShown).map(describeChanged),
    ...describeMore("changed", sum("changed"), changed),
    ...describeNames("missing", sum("missing"), missing),
    ...describeNames("extra", sum("extra"), extra),
  ];
  context.stdout.write(`${lines.join("\n")}\n`);
}

/** Tells on stderr what could not be told, and what all of it means. */
export function printVerdict(report: VerifyReport, cost: VerifyCost, context: CliContext): void {
  const lines = [
    ...describeKept(report.blueprints, keptReasons),
    ...describeWaiting(report.kept.filter(({ brake }) => brake === "waiting")),
    ...report.notices.map((notice) => `Note: ${notice}.`),
    ...report.unfinished.map((sentence) => `Not certain: ${sentence}`),
  ];
  const { sample, seed, requests, durationMs } = cost;
  if (sample !== undefined) {
    lines.push(`The sample was chosen by --seed ${seed}; the same seed chooses it again.`);
  }
  const took = `(${formatDuration(durationMs)}, ${formatObjects(requests.pagerduty, "requests")} to PagerDuty and ${formatCount(requests.port)} to Port)`;
  lines.push(`${describeVerdict(report)} ${took}.`);
  context.stderr.write(`${lines.join("\n")}\n`);
}

function describeVerdict(report: VerifyReport): string {
  switch (judgeVerify(report)) {
    case "in-step":
      return "Port's catalog is what PagerDuty says";
    case "drifted": {
      const sorts = (["changed", "missing", "extra"] as const)
        .map((sort) => `${formatCount(countAll(report, sort))} ${sort}`)
        .join(", ");
      return `Port's catalog is not what PagerDuty says: ${sorts}; 'pagerport sync' puts it right`;
    }
    case "unfinished":
      return `What could be compared is what PagerDuty says; ${describeUnfinished(report)}`;
    default:
      return "Nothing could be compared";
  }
}

function describeUnfinished({ kept }: VerifyReport): string {
  const isWithheld = kept.some(({ brake }) => brake !== "waiting");
  return isWithheld ? "a person has to decide on what is withheld" : "not all could";
}

/** Why entities stay that nothing makes, each where a reader need do nothing. */
const keptReasons = [
  ["aged", "their incidents are older than what is read"],
  ["recent", "they were written while this was looked at, and were not judged"],
  ["needed", "entities that were made again name them"],
  ["unfed", "no resource of the mapping makes them"],
] as const;

function describeChanged({ blueprint, identifier, fields }: ChangedEntity): string {
  const values = fields.map(
    ({ field, port, pagerDuty }) => `\n  ${field}: ${port}, must be ${pagerDuty}`,
  );
  return `changed: ${identifier} of ${blueprint}${values.join("")}`;
}

function describeNames(sort: string, count: number, names: readonly VerifiedName[]): string[] {
  const shown = names
    .slice(0, mostShown)
    .map(({ blueprint, identifier }) => `${sort}: ${identifier} of ${blueprint}`);
  return [...shown, ...describeMore(sort, count, names)];
}

function describeMore(sort: string, count: number, named: readonly VerifiedName[]): string[] {
  const more = count - Math.min(named.length, mostShown);
  return more === 0 ? [] : [`${sort}: ${formatCount(more)} more; --json has up to 1,000`];
}

function countAll({ blueprints }: VerifyReport, sort: "changed" | "missing" | "extra"): number {
  return blueprints.reduce((sum, one) => sum + one[sort], 0);
}
