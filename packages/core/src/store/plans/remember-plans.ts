import type { EntityRef } from "../produced.ts";
import type { Sql } from "../sql.ts";
import { isSameOrLess, keepOnly, replacePlan, shrinkPlan } from "./change-plan.ts";
import { growPlan } from "./grow-plan.ts";
import type { HeldGroup } from "./held-group.ts";
import { lockPlans } from "./lock-plans.ts";
import { nameRef } from "./name-ref.ts";
import { namePlan, type OpenPlan, readOpenPlans } from "./open-plans.ts";
import type { PlanEntity } from "./plans.ts";

/** Milliseconds for which it is known what a plan was that is settled: a quarter. */
const endedSpan = 90 * 24 * 3_600_000;

/** The brake of a reader that has changed. */
const ofMapping = "reader";

/**
 * Notes what a run withholds of the blueprints that it has judged, in place of what was known of them. A plan
 * never grows: with something new it is another, so that nobody approves what they have not seen. Within a
 * transaction.
 */
export async function rememberPlans(
  sql: Sql,
  {
    run,
    isJudged,
    held,
    isUndecided,
    hasFollowed,
  }: {
    readonly run: number;
    /** Whether the run has looked at all that may make entities of a blueprint. */
    readonly isJudged: (blueprint: string) => boolean;
    readonly held: readonly HeldGroup[];
    /** Whether the run could not judge an entity: on a plan it stays what it is. */
    readonly isUndecided: (ref: EntityRef) => boolean;
    /** Whether the run went by the approval of an entity; one that came while it went on still holds. */
    readonly hasFollowed: (ref: EntityRef) => boolean;
  },
): Promise<void> {
  await lockPlans(sql);
  const open = await readOpenPlans(sql);
  const left = await leaveOutRejected(sql, held);
  const groups = new Map(left.map((group) => [namePlan(group.blueprint, group.brake), group]));
  for (const name of new Set([...open.keys(), ...groups.keys()])) {
    const [group, plan] = [groups.get(name), open.get(name)];
    if (!isJudged(group?.blueprint ?? plan?.blueprint ?? "")) continue;
    const staying = plan === undefined ? [] : listStaying(plan, isUndecided);
    if (group === undefined || group.entities.length === 0) {
      if (plan !== undefined) await keepOnly(sql, plan, staying);
    } else if (plan !== undefined && isSameOrLess(plan, group)) {
      await shrinkPlan(sql, plan, { group, staying, hasFollowed });
    } else {
      const entities = [...group.entities, ...staying];
      await replacePlan(sql, plan, { group: { ...group, entities }, run, hasFollowed });
    }
  }
  await sql.run(
    `DELETE FROM plan WHERE ended_at < ${sql.now} - ?
    AND NOT EXISTS (SELECT 1 FROM plan_entity WHERE plan_entity.plan = plan.number)`,
    [endedSpan],
  );
}

/** What a run could not judge, and what goes along with it. */
function listStaying(
  { entities }: OpenPlan,
  isUndecided: (ref: EntityRef) => boolean,
): PlanEntity[] {
  const all = [...entities.values()];
  const isAnyLeft = all.some((ref) => !ref.isDependent && isUndecided(ref));
  return all.filter((ref) => (ref.isDependent ? isAnyLeft : isUndecided(ref)));
}

/**
 * Adds what a live event, or a run that did not read everything, left withheld. What a changed mapping holds is
 * left to the full run that follows: only that knows all that it would write. Within a transaction.
 */
export async function addToPlans(sql: Sql, held: readonly HeldGroup[]): Promise<void> {
  const planned = held.filter(({ brake }) => brake !== ofMapping);
  if (planned.length === 0) return;
  await lockPlans(sql);
  for (const group of await leaveOutRejected(sql, planned)) await growPlan(sql, group);
}

/** Without what was rejected under the same mapping, be it while the run went on. */
async function leaveOutRejected(sql: Sql, held: readonly HeldGroup[]): Promise<HeldGroup[]> {
  const rows = await sql.all(
    `SELECT plan_entity.blueprint, plan_entity.identifier, plan.reader FROM plan_entity
    JOIN plan ON plan.number = plan_entity.plan WHERE plan_entity.state = 'rejected'`,
  );
  const rejected = new Set(
    rows.map((row) => {
      const ref = {
        blueprint: String(row["blueprint"]),
        identifier: String(row["identifier"]),
      };
      return `${String(row["reader"])} ${nameRef(ref)}`;
    }),
  );
  return held.map((group) => ({
    ...group,
    entities: group.entities.filter((ref) => !rejected.has(`${group.reader} ${nameRef(ref)}`)),
  }));
}
