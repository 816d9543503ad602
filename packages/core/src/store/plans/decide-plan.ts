import { PlanError } from "../../errors.ts";
import { inStatements, rowParameters, type Sql } from "../sql.ts";
import { lockPlans } from "./lock-plans.ts";
import { type Plan, readPlan } from "./plans.ts";

/** What a person says of a plan. */
export interface PlanDecision {
  readonly id: number;
  /** Identifiers of the plan's blueprint. @default all of it */
  readonly only?: readonly string[] | undefined;
  /** Who decides. */
  readonly by: string;
}

/** What came of a decision. */
export interface DecisionOnPlan {
  readonly id: number;
  /** Entities that it now holds for. */
  readonly changed: number;
  /** Entities that were decided so before. */
  readonly already: number;
  /** Who had decided those. */
  readonly by: string | undefined;
}

/**
 * Approves what is on a plan: the next full run deletes it, if PagerDuty still says that it is gone. Of
 * several who approve at once, one does.
 *
 * @throws {PlanError}
 */
export function approvePlan(sql: Sql, decision: PlanDecision): Promise<DecisionOnPlan> {
  return decide(sql, decision, "approved");
}

/**
 * Rejects what is on a plan: it stays in Port, and counts nowhere, until its object is listed again or the
 * mapping reads it otherwise.
 *
 * @throws {PlanError}
 */
export function rejectPlan(sql: Sql, decision: PlanDecision): Promise<DecisionOnPlan> {
  return decide(sql, decision, "rejected");
}

type Verdict = "approved" | "rejected";

function decide(sql: Sql, decision: PlanDecision, verdict: Verdict): Promise<DecisionOnPlan> {
  const { id, only, by } = decision;
  return sql.transaction(async (inside) => {
    await lockPlans(inside);
    const plan = await findPlan(inside, decision);
    checkSort(plan, decision, verdict);
    const targets = plan.entities.filter(
      ({ identifier, isDependent }) => !isDependent && only?.includes(identifier) !== false,
    );
    // What goes along goes along with all of it, or not at all.
    const along = plan.entities.filter(({ isDependent }) => isDependent && only === undefined);
    const before = targets.filter(({ state }) => state === verdict);
    const changed = targets.filter(({ state }) => state !== verdict);
    for (const some of inStatements([...changed, ...along])) {
      await inside.run(
        `UPDATE plan_entity SET state = ?, decided_by = ?, decided_at = ${inside.now}
        WHERE plan = ? AND (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
        [verdict, by, id, ...some.flatMap((ref) => [ref.blueprint, ref.identifier])],
      );
    }
    // Who picks some has looked at the others: those do not go because fewer are left.
    if (only !== undefined) {
      await inside.run("UPDATE plan SET sorted_by = coalesce(sorted_by, ?) WHERE number = ?", [
        by,
        id,
      ]);
    }
    return {
      id,
      changed: changed.length,
      already: before.length,
      by: changed.length === 0 ? before[0]?.by : by,
    };
  });
}

async function findPlan(sql: Sql, { id, only }: PlanDecision): Promise<Plan> {
  const plan = await readPlan(sql, id);
  if (plan === undefined) {
    throw new PlanError(`There is no plan ${id}: pagerport deletions list shows them`, {
      reason: "unknown",
    });
  }
  if (plan.entities.length === 0) {
    throw new PlanError(
      plan.replacedBy === undefined
        ? `Plan ${id} is settled: nothing of it is left to decide`
        : `Plan ${id} has grown, and is plan ${plan.replacedBy} now: look at it before you decide`,
      { reason: "settled" },
    );
  }
  const known = new Set(
    plan.entities.flatMap(({ identifier, isDependent }) => (isDependent ? [] : [identifier])),
  );
  const stray = only?.find((identifier) => !known.has(identifier));
  if (stray !== undefined) {
    throw new PlanError(`'${stray}' is not on plan ${id}`, { reason: "not-on-plan" });
  }
  return plan;
}

function checkSort(
  { summary: { sort }, entities }: Plan,
  { id, only }: PlanDecision,
  verdict: Verdict,
): void {
  if (sort === "mapping" && verdict === "rejected") {
    throw new PlanError(
      `Plan ${id} is of a changed mapping. If that is not meant, mend the mapping: the plan ends with the next full run`,
      { reason: "settled" },
    );
  }
  if (verdict === "rejected" || only === undefined) return;
  if (sort === "mapping") {
    throw new PlanError(`Plan ${id} is of a changed mapping, which is approved whole`, {
      reason: "not-on-plan",
    });
  }
  if (entities.some(({ isDependent }) => isDependent)) {
    throw new PlanError(
      `Plan ${id} is approved whole: entities of others go along with what is on it`,
      { reason: "not-on-plan" },
    );
  }
}
