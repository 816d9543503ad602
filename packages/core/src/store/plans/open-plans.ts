import type { Sql } from "../sql.ts";
import { nameRef } from "./name-ref.ts";
import { parseEntity, type PlanEntity } from "./plans.ts";

/** A plan that can still be decided. */
export interface OpenPlan {
  readonly number: number;
  readonly blueprint: string;
  readonly reader: string;
  readonly writes: string | null;
  readonly entities: ReadonlyMap<string, PlanEntity>;
}

/** Reads the plans that can be decided, without what of them was rejected; by {@link namePlan}. */
export async function readOpenPlans(sql: Sql): Promise<ReadonlyMap<string, OpenPlan>> {
  const plans = await sql.all("SELECT * FROM plan WHERE ended_at IS NULL");
  const rows = await sql.all(
    `SELECT plan_entity.* FROM plan_entity JOIN plan ON plan.number = plan_entity.plan
    WHERE plan.ended_at IS NULL AND plan_entity.state <> 'rejected'`,
  );
  const entities = Map.groupBy(rows, (row) => Number(row["plan"]));
  return new Map(
    plans.map((row) => {
      const number = Number(row["number"]);
      const own = (entities.get(number) ?? []).map(parseEntity);
      const writes = row["writes"];
      const plan: OpenPlan = {
        number,
        blueprint: String(row["blueprint"]),
        reader: String(row["reader"]),
        writes: typeof writes === "string" ? writes : null,
        entities: new Map(own.map((entity) => [nameRef(entity), entity])),
      };
      return [namePlan(String(row["blueprint"]), String(row["brake"])), plan];
    }),
  );
}

/** What there is one plan of at a time. */
export function namePlan(blueprint: string, brake: string): string {
  return JSON.stringify([blueprint, brake]);
}
