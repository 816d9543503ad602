import { inStatements, rowParameters, type Sql } from "../sql.ts";
import { endPlan, insertEntities, takePlanNumber } from "./change-plan.ts";
import type { HeldEntity, HeldGroup } from "./held-group.ts";
import { nameRef } from "./name-ref.ts";

/**
 * Makes a plan of what is on the one of its blueprint and brake and of what is added, unless all of that is on it.
 * The rest of the plan is moved and not read: it may be large, and events many. Within a transaction.
 */
export async function growPlan(sql: Sql, group: HeldGroup): Promise<void> {
  const { blueprint, brake, reader, entities } = group;
  const [first] = entities;
  if (first === undefined) return;
  const [plan] = await sql.all(
    "SELECT number, reader FROM plan WHERE blueprint = ? AND brake = ? AND ended_at IS NULL",
    [blueprint, brake],
  );
  const before = plan === undefined ? undefined : Number(plan["number"]);
  const isSame = plan?.["reader"] === reader;
  const added =
    before === undefined || !isSame ? entities : await listMissing(sql, before, entities);
  if (added.length === 0) return;
  const number = await takePlanNumber(sql);
  await sql.run(
    `INSERT INTO plan (number, blueprint, brake, reason, reader, run, opened_at, sorted_by)
    VALUES (?, ?, ?, ?, ?, NULL, ${sql.now}, (SELECT sorted_by FROM plan AS former WHERE former.number = ?))`,
    [number, blueprint, brake, first.why, reader, before ?? null],
  );
  // Under another mapping it is judged anew.
  if (before !== undefined && isSame) {
    await sql.run("UPDATE plan_entity SET plan = ? WHERE plan = ? AND state <> 'rejected'", [
      number,
      before,
    ]);
  }
  await insertEntities(sql, number, { entities: added });
  if (before === undefined) return;
  await endPlan(sql, before);
  await sql.run("UPDATE plan SET replaced_by = ? WHERE number = ?", [number, before]);
}

async function listMissing(
  sql: Sql,
  plan: number,
  entities: readonly HeldEntity[],
): Promise<HeldEntity[]> {
  const known = new Set<string>();
  for (const some of inStatements(entities)) {
    const rows = await sql.all(
      `SELECT blueprint, identifier FROM plan_entity WHERE plan = ? AND state <> 'rejected'
      AND (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
      [plan, ...some.flatMap(({ blueprint, identifier }) => [blueprint, identifier])],
    );
    for (const row of rows) {
      const ref = { blueprint: String(row["blueprint"]), identifier: String(row["identifier"]) };
      known.add(nameRef(ref));
    }
  }
  return entities.filter((ref) => !known.has(nameRef(ref)));
}
