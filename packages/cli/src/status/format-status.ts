import {
  describeMoment,
  type Finding,
  isAllWell,
  type Severity,
  type StatusReport,
} from "@pagerport/core";
import type { Colour, Paint } from "../ui/colour.ts";
import { hideControls } from "../ui/hide-controls.ts";
import { wrapText } from "../ui/wrap.ts";
import { type Fact, listFacts } from "./list-facts.ts";

/** Narrower, and texts would be columns of single words. */
const leastWidth = 60;

const words: Readonly<Record<Severity, string>> = { wrong: "WRONG", waits: "WAITS", note: "note" };
const colours: Readonly<Record<Severity, Colour>> = { wrong: "red", waits: "yellow", note: "dim" };

const wordWidth = 7;
const labelWidth = 10;

export interface FormatStatusOptions {
  /** Characters of a line. */
  readonly width: number;
  readonly colour: Paint;
}

/** A status for a person, the worst first: one screen. */
export function formatStatus(
  report: StatusReport,
  findings: readonly Finding[],
  { width: given, colour }: FormatStatusOptions,
): string[] {
  const width = Math.max(leastWidth, given);
  const isBlind = report.from === "port" && isAllWell(findings);
  const sum = isBlind ? "nothing is wrong by Port's word" : countFindings(findings);
  const title = `${report.integration}: ${sum}`;
  const worst = findings[0]?.severity ?? "note";
  return [
    ...wrapText(title, { width }).map((line) =>
      colour(line, worst === "note" ? "green" : colours[worst]),
    ),
    ...wrapText(hideControls(describeSource(report)), { width }),
    "",
    ...findings.flatMap((finding) => formatFinding(finding, { width, colour })),
    ...(findings.length === 0 ? [] : [""]),
    ...listFacts(report).flatMap((fact) => formatFact(fact, width)),
  ];
}

/** How many findings of each sort there are, in words. */
export function countFindings(findings: readonly Finding[]): string {
  const count = (wanted: Severity): number =>
    findings.filter(({ severity }) => severity === wanted).length;
  const parts = [
    [count("wrong"), "wrong"],
    [count("waits"), "for a person to decide"],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  return told.length === 0 ? "all is well" : told.join(", ");
}

function formatFinding(
  { severity, what, todo }: Finding,
  { width, colour }: FormatStatusOptions,
): string[] {
  const margin = " ".repeat(wordWidth);
  const inner = width - wordWidth;
  const [first = "", ...others] = wrapText(hideControls(what), { width: inner });
  const advice = wrapText(`→ ${hideControls(todo)}`, { width: inner, indent: 2 });
  return [
    `${colour(words[severity].padEnd(wordWidth), colours[severity])}${first}`,
    ...[...others, ...advice].map((line) => `${margin}${line}`),
  ];
}

function describeSource({ hosts, from, store, at }: StatusReport): string {
  const { account, portOrg } = hosts;
  const whose = [
    ...(account === null ? [] : [`PagerDuty ${account}`]),
    ...(portOrg === null ? [] : [`Port ${portOrg}`]),
  ];
  const by = {
    server: "told by the server",
    store: `read from ${store?.place ?? "the store"}`,
    port: "by Port's word",
  }[from];
  return [...whose, `${by} at ${describeMoment(at)}`].join(", ");
}

function formatFact([label, text]: Fact, width: number): string[] {
  const lines = wrapText(hideControls(text), { width: width - labelWidth });
  return lines.map((line, place) => (place === 0 ? label : "").padEnd(labelWidth) + line);
}
