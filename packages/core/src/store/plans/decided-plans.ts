import type { Sql } from "../sql.ts";
import { approvalSpan } from "./lock-plans.ts";
import { namePlan } from "./open-plans.ts";

/**
 * Of which blueprints and brakes a person has decided on all that was held, and nothing is open; by
 * {@link namePlan}. What no plan was ever made of is not among them, nor an approval that has lapsed.
 *
 * @param since plans that had ended before do not count; milliseconds by the database's clock
 */
export async function readDecidedPlans(sql: Sql, since: number): Promise<ReadonlySet<string>> {
  const rows = await sql.all(
    `SELECT blueprint, brake, EXISTS (
      SELECT 1 FROM plan_entity AS entity
      WHERE entity.plan = plan.number AND entity.is_dependent = 0 AND (
        entity.state = 'open' OR (entity.state = 'approved' AND entity.decided_at <= ${sql.now} - ?)
      )
    ) AS is_open FROM plan WHERE ended_at IS NULL OR ended_at >= ?`,
    [approvalSpan, since],
  );
  const plans = rows.map((row) => ({
    name: namePlan(String(row["blueprint"]), String(row["brake"])),
    // SQLite says 1.
    isOpen: row["is_open"] === true || Number(row["is_open"]) === 1,
  }));
  const open = new Set(plans.filter(({ isOpen }) => isOpen).map(({ name }) => name));
  return new Set(plans.map(({ name }) => name).filter((name) => !open.has(name)));
}
