import { reasons } from "./reasons.ts";
import type { ShadowReport, ShadowRow } from "./shadow-report.ts";

/** Rows of each part that are shown; the NDJSON has all. */
const mostRows = 30;
/** Characters of a value in a table. */
const mostShown = 40;

const hour = 3_600_000;

/** The report for a person: what has to be looked at comes first. Lines without a line end. */
export function describeShadowReport(report: ShadowReport): string[] {
  const { toLookAt, byDesign, writes } = report;
  return [
    ...describeHead(report),
    "",
    ...describeToLookAt(report, toLookAt),
    ...describeByDesign(byDesign),
    ...(writes.length === 0 ? [] : ["", ...describeWrites(report)]),
  ];
}

/** The report in one line, for a log. */
export function summariseShadowReport(report: ShadowReport): string {
  const { writer, toLookAt, byDesign, unsettled } = report;
  const looks = `${count(sumNow(toLookAt), "difference")} from what '${writer}' writes to be looked at`;
  const others = `${sumNow(byDesign)} by design, ${unsettled} seen too lately to count`;
  return `Shadow: ${looks}; ${others}. Nothing was written`;
}

function describeHead(report: ShadowReport): string[] {
  const { writer, startedAt, at, fullRuns, deltaRuns, failedRuns, events } = report;
  const { resyncs, failedResyncs, unfinished, dropped } = report;
  const hours = Math.round(((at - startedAt) / hour) * 10) / 10;
  const broken = failedRuns === 0 ? "" : `, ${failedRuns} that broke off`;
  const failed = failedResyncs === 0 ? "" : `, of which ${failedResyncs} did not end well`;
  return [
    `Shadow beside '${writer}', ${minuteOf(startedAt)} to ${minuteOf(at)} (${hours} h). Nothing was written.`,
    `${fullRuns} full and ${deltaRuns} delta runs${broken}, ${count(events, "event")}; '${writer}' ended ${count(resyncs, "resync", "resyncs")}${failed}.`,
    ...unfinished.map((sentence) => `Not looked at: ${sentence}`),
    ...(dropped === 0 ? [] : [`${dropped} differences were too many to be followed.`]),
  ];
}

function describeToLookAt(
  { writer, unsettled, passed }: ShadowReport,
  rows: readonly ShadowRow[],
): string[] {
  const rest = `Not counted: ${unsettled} seen too lately, ${passed} that passed within minutes.`;
  if (rows.length === 0) return [`To be looked at: nothing. ${rest}`];
  return [
    `To be looked at: ${writer} writes otherwise, and nothing explains it. ${rest}`,
    ...indent(
      layOut([
        ["blueprint", "field", "now", "ended", "since", "example"],
        ...cut(rows).map(toCells),
      ]),
    ),
    ...describeMore(rows),
  ];
}

function toCells({ blueprint, place, now, ended, since, example }: ShadowRow): string[] {
  const { identifier, port, pagerport } = example;
  const values =
    port === "" && pagerport === "" ? "" : `: ${cutText(port)} in Port, ${cutText(pagerport)} here`;
  return [blueprint, place, String(now), String(ended), minuteOf(since), `${identifier}${values}`];
}

function describeByDesign(rows: readonly ShadowRow[]): string[] {
  if (rows.length === 0) return [];
  const lines = ["", "Differs by design:"];
  for (const [reason, ofReason] of Map.groupBy(rows, (row) => row.reason)) {
    if (reason === undefined) continue;
    lines.push(`  ${reason}: ${reasons[reason]}`);
    const cells = cut(ofReason).map(({ blueprint, place, now, ended, example }) => [
      blueprint,
      place,
      `${now} now`,
      `${ended} ended`,
      example.identifier,
    ]);
    lines.push(...indent(indent(layOut(cells))), ...describeMore(ofReason));
  }
  return lines;
}

function describeWrites({ writes }: ShadowReport): string[] {
  const rows = writes.map(({ blueprint, events, created, updated, deleted, stubbed, withheld }) =>
    [blueprint, events, created, updated, deleted, stubbed, withheld].map(String),
  );
  const head = ["blueprint", "by events", "created", "updated", "deleted", "stubs", "held back"];
  return [
    "Would have written (by runs, each thing once; by events, whatever Port had):",
    ...indent(layOut([head, ...rows])),
  ];
}

/** Every row as one object of NDJSON, led by one of the report as a whole. Moments as ISO 8601. */
export function listShadowLines(report: ShadowReport): object[] {
  const { toLookAt, byDesign, writes, startedAt, at, ...rest } = report;
  const moment = new Date(at).toISOString();
  const head = {
    type: "report",
    at: moment,
    startedAt: new Date(startedAt).toISOString(),
    ...rest,
  };
  return [
    head,
    ...[...toLookAt, ...byDesign].map(
      ({ blueprint, place, reason, now, ended, since, example }) => ({
        type: "difference",
        at: moment,
        reason: reason ?? "look-at",
        blueprint,
        place,
        now,
        ended,
        since: new Date(since).toISOString(),
        example,
      }),
    ),
    ...writes.map((counts) => Object.assign({ type: "would-write", at: moment }, counts)),
  ];
}

function sumNow(rows: readonly ShadowRow[]): number {
  return rows.reduce((sum, { now }) => sum + now, 0);
}

function cut<Row>(rows: readonly Row[]): readonly Row[] {
  return rows.slice(0, mostRows);
}

function describeMore(rows: readonly unknown[]): string[] {
  return rows.length > mostRows ? [`  … and ${rows.length - mostRows} more rows`] : [];
}

function cutText(text: string): string {
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
}

/** `2026-03-02 00:30`, UTC. */
function minuteOf(at: number): string {
  return new Date(at).toISOString().slice(0, "2026-03-02T00:30".length).replace("T", " ");
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** Lays out cells in columns, numbers to the right. */
function layOut(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return /^\d+( now| ended)?$|^(now|ended)$/.test(cell)
          ? cell.padStart(width)
          : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
