import type { EntityRef } from "../produced.ts";
import { inStatements, rowParameters, type Sql } from "../sql.ts";
import { approvalSpan } from "./lock-plans.ts";
import { parseEntity, type PlanEntity } from "./plans.ts";

/** An entity that a person has decided on. */
export interface DecidedEntity extends PlanEntity {
  readonly plan: number;
  /** The parts of the mapping that its plan hangs on, hashed. */
  readonly reader: string;
  readonly brake: string;
  /** Who has decided on a part of its plan; null = nobody. */
  readonly sortedBy: string | null;
  /** Something of its plan is still to be decided. */
  readonly isOfOpenPlan: boolean;
  /** Its plan is of a mapping that names entities otherwise. */
  readonly isOfMapping: boolean;
}

/** What was approved within a day and is not gone, what was rejected, and what is left of plans that were decided in part. */
export async function readDecided(sql: Sql): Promise<DecidedEntity[]> {
  const rows = await sql.all(
    `SELECT plan_entity.*, plan.reader, plan.writes, plan.brake, plan.sorted_by,
      EXISTS (SELECT 1 FROM plan_entity AS other WHERE other.plan = plan.number
        AND other.state = 'open') AS is_open
    FROM plan_entity
    JOIN plan ON plan.number = plan_entity.plan
    WHERE plan_entity.state = 'rejected'
      OR (plan_entity.state = 'open' AND plan.sorted_by IS NOT NULL)
      OR (plan_entity.state = 'approved' AND plan_entity.decided_at > ${sql.now} - ?)
    ORDER BY plan_entity.plan, plan_entity.blueprint, plan_entity.identifier`,
    [approvalSpan],
  );
  return rows.map((row) =>
    Object.assign(parseEntity(row), {
      plan: Number(row["plan"]),
      reader: String(row["reader"]),
      brake: String(row["brake"]),
      sortedBy: readText(row["sorted_by"]),
      isOfOpenPlan: [true, 1, 1n].includes(row["is_open"] as boolean | number | bigint),
      isOfMapping: row["writes"] !== null,
    }),
  );
}

/** How many entities of each blueprint a person has rejected the deletion of; runs count them as waiting. */
export async function countRejected(sql: Sql): Promise<Map<string, number>> {
  const rows = await sql.all(
    `SELECT blueprint, count(DISTINCT identifier) AS count FROM plan_entity
    WHERE state = 'rejected' GROUP BY blueprint`,
  );
  return new Map(rows.map((row) => [String(row["blueprint"]), Number(row["count"])]));
}

/** Forgets decisions: what they were about has changed. One that was changed meanwhile stays. */
export async function forgetDecided(
  sql: Sql,
  state: "approved" | "rejected",
  refs: readonly (EntityRef & { readonly plan: number })[],
): Promise<void> {
  for (const some of inStatements(refs)) {
    await sql.run(
      `DELETE FROM plan_entity WHERE state = ?
      AND (plan, blueprint, identifier) IN (VALUES ${rowParameters(some.length, "(CAST(? AS BIGINT), ?, ?)")})`,
      [state, ...some.flatMap(({ plan, blueprint, identifier }) => [plan, blueprint, identifier])],
    );
  }
}

/** Lists what is on a plan with its title: there is nothing more to look up. */
export async function listPlanned(sql: Sql): Promise<EntityRef[]> {
  const rows = await sql.all(
    "SELECT blueprint, identifier FROM plan_entity WHERE related IS NOT NULL",
  );
  return rows.map((row) => ({
    blueprint: String(row["blueprint"]),
    identifier: String(row["identifier"]),
  }));
}

function readText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
