import { countRejected } from "../../store/plans/decided-entities.ts";
import { readDecidedPlans } from "../../store/plans/decided-plans.ts";
import { namePlan } from "../../store/plans/open-plans.ts";
import type { PastRun } from "../../store/run-history.ts";
import type { KeptEntities } from "../../store/runs.ts";
import type { Sql } from "../../store/sql.ts";
import { plannedBrakes } from "../../sync/deletion/plans/planned-brakes.ts";

const isPlanned: ReadonlySet<string> = new Set(plannedBrakes);

/** What nobody has decided on yet. */
export interface Undecided {
  /** What the last full run kept, without that of which a person has decided all. */
  readonly kept: readonly KeptEntities[];
  /** Blueprints that wait for a person, as their entities are named otherwise. */
  readonly blocked: readonly string[];
}

/**
 * Leaves out of what the last full run kept that of which a person has approved or rejected all since: the
 * next run has it no more, and until then there is nothing to do. What no plan is made of stays.
 */
export async function readUndecided(
  sql: Sql,
  {
    lastFull,
    blocked = [],
  }: { readonly lastFull: PastRun | undefined; readonly blocked?: readonly string[] | undefined },
): Promise<Undecided> {
  const kept = await leaveOutRejected(sql, lastFull?.kept ?? []);
  if (blocked.length === 0 && !kept.some(({ brake }) => isPlanned.has(brake))) {
    return { kept, blocked };
  }
  const decided = await readDecidedPlans(sql, lastFull?.startedAt ?? 0);
  return {
    kept: kept.filter(
      ({ blueprint, brake }) => !isPlanned.has(brake) || !decided.has(namePlan(blueprint, brake)),
    ),
    blocked: blocked.filter((blueprint) => !decided.has(namePlan(blueprint, "reader"))),
  };
}

/** What a person wants to stay counts as waiting in a run, and is not: nobody has to look at it again. */
async function leaveOutRejected(
  sql: Sql,
  kept: readonly KeptEntities[],
): Promise<readonly KeptEntities[]> {
  if (!kept.some(({ brake }) => brake === "waiting")) return kept;
  const rejected = await countRejected(sql);
  return kept.map((one) => {
    if (one.brake !== "waiting") return one;
    return { ...one, entities: Math.max(0, one.entities - (rejected.get(one.blueprint) ?? 0)) };
  });
}
