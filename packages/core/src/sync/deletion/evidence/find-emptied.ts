import type { SettledRun } from "../../../store/deletion/settled-runs.ts";
import type { ResourceCount } from "../../resource-count.ts";
import type { Candidate } from "./gather-knowledge.ts";

/** So many that a `query` let through before, and of which it lets none through now, are a sign. */
const fewestPassed = 3;

/**
 * What is empty of the resources that feed a candidate: PagerDuty listed nothing, or the `query` lets
 * nothing through any more. Empty text = nothing is.
 */
export function findEmptied(
  { blueprint, rows }: Candidate,
  settled: SettledRun | undefined,
  { counts }: { readonly counts: readonly ResourceCount[] },
): string {
  const made = new Set(rows.map(({ resource }) => resource));
  const feeding = counts.filter((count) => count.blueprints?.has(blueprint) ?? true);
  const known = feeding.filter(({ name }) => made.has(name));
  for (const count of known.length > 0 ? known : feeding) {
    const reason = describeEmpty(count, settled);
    if (reason !== "") return reason;
  }
  return "";
}

function describeEmpty(
  { name, outcome, passed }: ResourceCount,
  settled: SettledRun | undefined,
): string {
  if (outcome.objects === 0) return `${name}: PagerDuty listed nothing`;
  const before = settled?.resources[name]?.passed ?? 0;
  return before >= fewestPassed && passed === 0
    ? `${name}: its query let ${before} objects through before, and now none`
    : "";
}
