import type { PlanSummary } from "@pagerport/core";
import type { Paint } from "../colour.ts";
import { formatCount, formatObjects } from "../format.ts";
import { hideControls } from "../hide-controls.ts";
import { wrapText } from "../wrap.ts";
import { describeOrigin, leastPlanWidth } from "./describe-plan.ts";

export interface FormatPlansOptions {
  /** Characters of a line. */
  readonly width: number;
  readonly colour: Paint;
}

/** Plans for a person, one below the other, each with what it is about and why it waits. */
export function formatPlans(plans: readonly PlanSummary[], options: FormatPlansOptions): string[] {
  const { colour } = options;
  const open = plans.filter(({ entities }) => entities > 0);
  if (plans.length === 0) return [colour("Nothing is held back for a person.", "green")];
  const idWidth = Math.max(...plans.map(({ id }) => String(id).length));
  const [first] = open;
  const wait = open.length === 1 ? "waits" : "wait";
  return [
    ...plans.flatMap((plan) => formatOne(plan, { ...options, idWidth })),
    "",
    first === undefined
      ? colour("No plan waits for a person.", "green")
      : `${formatObjects(open.length, "plans")} ${wait} for a person: pagerport deletions show ${first.id}`,
  ];
}

function formatOne(
  plan: PlanSummary,
  options: FormatPlansOptions & { readonly idWidth: number },
): string[] {
  const { colour, idWidth } = options;
  const { id, blueprint, brake, reason, entities, approved, rejected, sort } = plan;
  const indent = idWidth + 2;
  const width = Math.max(leastPlanWidth, options.width) - indent;
  const counts = [
    entities > 0 ? `${formatCount(entities)} to decide` : "nothing to decide",
    ...(approved > 0 ? [`${formatCount(approved)} approved`] : []),
    ...(rejected > 0 ? [`${formatCount(rejected)} rejected`] : []),
  ].join(", ");
  const by = sort === "mapping" ? " (the mapping has changed)" : "";
  const lines = [
    ...wrapText(`${hideControls(blueprint)}: ${counts}${by}; ${describeOrigin(plan)}`, { width }),
    ...wrapText(hideControls(`${brake}: ${reason}`), { width }),
  ];
  return lines.map((line, place) =>
    place === 0
      ? `${colour(String(id).padStart(idWidth), entities > 0 ? "yellow" : "dim")}  ${line}`
      : `${" ".repeat(indent)}${line}`,
  );
}
