import { describeMoment, type PlanSummary } from "@pagerport/core";

/** Narrower, and texts would be columns of single words. */
export const leastPlanWidth = 60;

/** Since when a plan waits, and what made it. */
export function describeOrigin({ since, run }: Pick<PlanSummary, "since" | "run">): string {
  const by = run === undefined ? "live events" : `run ${run}`;
  return `since ${formatMoment(since)}, by ${by}`;
}

/** Milliseconds since 1970 for a person. */
export function formatMoment(moment: number): string {
  return describeMoment(new Date(moment).toISOString());
}
