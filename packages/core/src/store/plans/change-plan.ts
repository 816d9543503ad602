import type { EntityRef } from "../produced.ts";
import { inStatements, rowParameters, type Sql } from "../sql.ts";
import type { HeldGroup } from "./held-group.ts";
import { nameRef } from "./name-ref.ts";
import type { OpenPlan } from "./open-plans.ts";

/** Whether all that is held is on a plan already, under the same mapping. */
export function isSameOrLess(plan: OpenPlan, group: HeldGroup): boolean {
  return (
    plan.reader === group.reader &&
    plan.writes === describeWrites(group) &&
    group.entities.every((ref) => plan.entities.has(nameRef(ref)))
  );
}

/** Leaves on a plan what some run could not judge; it ends where that is nothing. */
export async function keepOnly(
  sql: Sql,
  plan: OpenPlan,
  staying: readonly EntityRef[],
): Promise<void> {
  if (staying.length === 0) {
    await endPlan(sql, plan.number);
    return;
  }
  const left = new Set(staying.map(nameRef));
  const gone = [...plan.entities].filter(([name]) => !left.has(name)).map(([, entity]) => entity);
  await removeFrom(sql, plan.number, gone);
}

/**
 * Brings a plan to what is held of it still.
 *
 * @param options.staying what a run could not judge
 * @param options.hasFollowed whether the run went by the approval of an entity
 */
export async function shrinkPlan(
  sql: Sql,
  plan: OpenPlan,
  {
    group: { entities },
    staying,
    hasFollowed,
  }: {
    readonly group: HeldGroup;
    readonly staying: readonly EntityRef[];
    readonly hasFollowed: (ref: EntityRef) => boolean;
  },
): Promise<void> {
  await keepOnly(sql, plan, [...entities, ...staying]);
  const [first] = entities;
  await sql.run("UPDATE plan SET reason = ? WHERE number = ?", [first?.why ?? "", plan.number]);
  // What was approved and is held all the same is to be decided again.
  const isVoid = (ref: EntityRef): boolean =>
    plan.entities.get(nameRef(ref))?.state === "approved" && hasFollowed(ref);
  await reopen(sql, plan.number, entities.filter(isVoid));
  const changed = entities.filter((ref) => plan.entities.get(nameRef(ref))?.why !== ref.why);
  for (const [why, some] of Map.groupBy(changed, (ref) => ref.why)) {
    await updateEntities(sql, { set: "why = ?", values: [why] }, plan.number, some);
  }
  for (const { title = null, related = null, ...ref } of entities) {
    if (related === null) continue;
    const set = { set: "title = coalesce(?, title), related = ?", values: [title, related] };
    await updateEntities(sql, set, plan.number, [ref]);
  }
}

async function reopen(sql: Sql, plan: number, refs: readonly EntityRef[]): Promise<void> {
  const set = "state = 'open', decided_by = NULL, decided_at = NULL";
  await updateEntities(sql, { set, values: [] }, plan, refs);
}

async function updateEntities(
  sql: Sql,
  { set, values }: { readonly set: string; readonly values: readonly (string | number | null)[] },
  plan: number,
  refs: readonly EntityRef[],
): Promise<void> {
  for (const some of inStatements(refs)) {
    await sql.run(
      `UPDATE plan_entity SET ${set} WHERE plan = ?
      AND (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
      [...values, plan, ...some.flatMap(({ blueprint, identifier }) => [blueprint, identifier])],
    );
  }
}

/**
 * Makes a plan of what is held, in the place of one that has less: since when its entities are held, and what was
 * approved meanwhile, goes over to it.
 */
export async function replacePlan(
  sql: Sql,
  before: OpenPlan | undefined,
  {
    group,
    run,
    hasFollowed,
  }: {
    readonly group: HeldGroup;
    readonly run: number | undefined;
    readonly hasFollowed: (ref: EntityRef) => boolean;
  },
): Promise<void> {
  const { blueprint, brake, reader, entities } = group;
  const number = await takePlanNumber(sql);
  await sql.run(
    `INSERT INTO plan (number, blueprint, brake, reason, reader, run, writes, opened_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ${sql.now})`,
    [number, blueprint, brake, entities[0]?.why ?? "", reader, run ?? null, describeWrites(group)],
  );
  await insertEntities(sql, number, { entities, known: before?.entities });
  if (before === undefined) return;
  // What was approved meanwhile was seen by whoever did, and goes on under the new number.
  const approved = entities.filter(
    (ref) =>
      before.reader === reader &&
      before.writes === describeWrites(group) &&
      before.entities.get(nameRef(ref))?.state === "approved" &&
      !hasFollowed(ref),
  );
  for (const some of inStatements(approved)) {
    await sql.run(
      `UPDATE plan_entity SET state = 'approved',
        decided_by = (SELECT former.decided_by FROM plan_entity AS former WHERE former.plan = ?
          AND former.blueprint = plan_entity.blueprint AND former.identifier = plan_entity.identifier),
        decided_at = (SELECT former.decided_at FROM plan_entity AS former WHERE former.plan = ?
          AND former.blueprint = plan_entity.blueprint AND former.identifier = plan_entity.identifier)
      WHERE plan = ? AND (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
      [
        before.number,
        before.number,
        number,
        ...some.flatMap(({ blueprint: name, identifier }) => [name, identifier]),
      ],
    );
  }
  await endPlan(sql, before.number);
  await sql.run("UPDATE plan SET replaced_by = ? WHERE number = ?", [number, before.number]);
  await sql.run(
    `UPDATE plan SET sorted_by = (SELECT sorted_by FROM plan AS former WHERE former.number = ?)
    WHERE number = ?`,
    [before.number, number],
  );
}

/** The number of the next plan. */
export async function takePlanNumber(sql: Sql): Promise<number> {
  const [taken] = await sql.all(
    "UPDATE counter SET value = value + 1 WHERE name = 'plan' RETURNING value",
  );
  return Number(taken?.["value"]);
}

/** Puts entities on a plan. @param options.known what is known of them already */
export async function insertEntities(
  sql: Sql,
  number: number,
  {
    entities,
    known,
  }: {
    readonly entities: HeldGroup["entities"];
    readonly known?: OpenPlan["entities"] | undefined;
  },
): Promise<void> {
  for (const some of inStatements(entities)) {
    await sql.run(
      `INSERT INTO plan_entity
        (plan, blueprint, identifier, state, is_dependent, since, why, title, related)
      VALUES ${rowParameters(some.length, `(?, ?, ?, 'open', ?, coalesce(?, ${sql.now}), ?, ?, ?)`)}`,
      some.flatMap((ref) => {
        const former = known?.get(nameRef(ref));
        return [
          number,
          ref.blueprint,
          ref.identifier,
          ref.isDependent === true ? 1 : 0,
          former?.since ?? null,
          ref.why,
          ref.title ?? former?.title ?? null,
          ref.related ?? former?.related ?? null,
        ];
      }),
    );
  }
}

/** Ends a plan: what of it was rejected stays with it. */
export async function endPlan(sql: Sql, number: number): Promise<void> {
  await sql.run("DELETE FROM plan_entity WHERE plan = ? AND state <> 'rejected'", [number]);
  await sql.run(`UPDATE plan SET ended_at = ${sql.now} WHERE number = ? AND ended_at IS NULL`, [
    number,
  ]);
}

async function removeFrom(sql: Sql, number: number, refs: readonly EntityRef[]): Promise<void> {
  for (const some of inStatements(refs)) {
    await sql.run(
      `DELETE FROM plan_entity WHERE plan = ?
      AND (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
      [number, ...some.flatMap(({ blueprint, identifier }) => [blueprint, identifier])],
    );
  }
}

function describeWrites({ writes }: HeldGroup): string | null {
  return writes === undefined ? null : JSON.stringify([...writes].toSorted());
}
