import type { SettledRun } from "../store/deletion/settled-runs.ts";
import type { SyncReport } from "./sync-report.ts";

/**
 * Tells of which blueprints no earlier run is known, so that a reader that has changed, an empty list or a
 * lost team cannot be noticed. Only a full run looks at them, and what Port did not have needs no guard.
 *
 * @param settled what was known before the run
 */
export function describeMemory(
  { type, blueprints }: Pick<SyncReport, "type" | "blueprints">,
  settled: ReadonlyMap<string, SettledRun>,
): string[] {
  if (type !== "full") return [];
  const unknown = blueprints
    .filter(({ blueprint, owned, unfed }) => owned > unfed && !settled.has(blueprint))
    .map(({ blueprint }) => blueprint);
  if (unknown.length === 0) return [];
  return [
    `No earlier run is known of ${unknown.join(", ")}: only the share that may go in 7 days and the control reading protect what is there`,
  ];
}
