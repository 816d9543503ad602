import type { PlanEntity, PlanSummary } from "@pagerport/core";
import type { Colour, Paint } from "../colour.ts";
import { formatCount } from "../format.ts";
import { hideControls } from "../hide-controls.ts";
import { wrapText } from "../wrap.ts";
import { describeOrigin, formatMoment, leastPlanWidth } from "./describe-plan.ts";

/** Entities, and names of what would be written, that are shown; of more, the number is told. */
const mostShown = 20;

/** A plan, whole. */
export interface ShownPlan {
  readonly summary: PlanSummary;
  readonly entities: readonly PlanEntity[];
  /** What a changed mapping would write anew, by name. */
  readonly writes: readonly string[];
}

export interface FormatPlanOptions {
  /** Characters of a line. */
  readonly width: number;
  readonly colour: Paint;
  /** Whether every entity is shown. @default the first 20 */
  readonly all?: boolean;
}

const stateColours: Readonly<Record<PlanEntity["state"], Colour>> = {
  open: "yellow",
  approved: "green",
  rejected: "dim",
};

const stateWidth = 10;

/** A plan for a person: what would be deleted and why, and as the last line what to type. */
export function formatPlan(
  plan: ShownPlan,
  { width: given, colour, all }: FormatPlanOptions,
): string[] {
  const width = Math.max(leastPlanWidth, given);
  const { summary, entities, writes } = plan;
  const most = all === true ? Infinity : mostShown;
  const hidden = entities.length - Math.min(entities.length, most);
  const common = findCommon(entities);
  return [
    ...wrapText(describeQuestion(plan), { width }),
    ...wrapText(sentence(`${capitalise(describeOrigin(summary))}: ${summary.reason}`), { width }),
    ...(common === undefined ? [] : wrapText(sentence(`Each: ${common}`), { width })),
    "",
    ...entities.slice(0, most).flatMap((entity) => formatEntity(entity, { width, colour, common })),
    ...(hidden > 0 ? [`and ${formatCount(hidden)} more; --all shows them`] : []),
    ...formatWrites(writes, most),
    "",
    ...formatChoice(summary, width),
  ];
}

function describeQuestion({ summary, writes }: ShownPlan): string {
  const { id, blueprint, entities, approved, rejected, sort } = summary;
  const decided = [
    ...(approved > 0 ? [`${formatCount(approved)} approved`] : []),
    ...(rejected > 0 ? [`${formatCount(rejected)} rejected`] : []),
  ];
  const so = decided.length === 0 ? "" : ` ${capitalise(decided.join(", "))} so far.`;
  const name = hideControls(blueprint);
  if (entities === 0) return `Plan ${id}: nothing of ${name} is left to decide.${so}`;
  const these = entities === 1 ? "this 1" : `these ${formatCount(entities)}`;
  const anew =
    sort === "mapping" && writes.length > 0 ? ` and write ${formatCount(writes.length)} anew` : "";
  const question =
    sort === "mapping"
      ? `may the changed mapping delete ${these} of ${name}${anew}?`
      : `may ${these} of ${name} be deleted?`;
  return `Plan ${id}: ${question}${so}`;
}

function formatEntity(
  { identifier, title, since, state, why, by, related }: PlanEntity,
  { width, colour, common }: FormatEntityOptions,
): string[] {
  const named = title === undefined || title === identifier ? "" : ` "${title}"`;
  const facts = [
    `${identifier}${named}`,
    `since ${formatMoment(since)}`,
    ...(related === undefined || related === 0
      ? []
      : [`${formatCount(related)} ${related === 1 ? "relates" : "relate"} to it`]),
    ...(by === undefined || state === "open" ? [] : [`${state} by ${by}`]),
  ].join(", ");
  const text = why === common ? facts : `${facts}: ${why}`;
  const lines = wrapText(hideControls(text), { width: width - stateWidth, indent: 2 });
  return lines.map((line, place) =>
    place === 0
      ? `${colour(state.padEnd(stateWidth), stateColours[state])}${line}`
      : `${" ".repeat(stateWidth)}${line}`,
  );
}

interface FormatEntityOptions {
  readonly width: number;
  readonly colour: Paint;
  /** Why most are on the plan, which was told once. */
  readonly common: string | undefined;
}

/** Why, where it is the same for all. */
function findCommon(entities: readonly PlanEntity[]): string | undefined {
  const [first, second] = entities;
  if (first === undefined || second === undefined) return undefined;
  return entities.every(({ why }) => why === first.why) ? first.why : undefined;
}

function formatWrites(writes: readonly string[], most: number): string[] {
  if (writes.length === 0) return [];
  const hidden = writes.length - Math.min(writes.length, most);
  return [
    "",
    "Written anew:",
    ...writes.slice(0, most).map((name) => `  ${hideControls(name)}`),
    ...(hidden > 0 ? [`and ${formatCount(hidden)} more; --all shows them`] : []),
  ];
}

function formatChoice({ id, entities }: PlanSummary, width: number): string[] {
  if (entities === 0) return ["→ pagerport deletions list"];
  const choice = `→ pagerport deletions approve ${id}   or   pagerport deletions reject ${id}`;
  const fits = choice.length <= width;
  const both = fits
    ? [choice]
    : [`→ pagerport deletions approve ${id}`, `→ pagerport deletions reject ${id}`];
  return ["For some of them only: --only with their identifiers.", ...both];
}

function capitalise(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function sentence(text: string): string {
  const clean = hideControls(text).trim();
  return /[.?!]$/.test(clean) ? clean : `${clean}.`;
}
