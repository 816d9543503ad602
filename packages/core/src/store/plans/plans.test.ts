import { describe, expect, test } from "bun:test";
import { databaseSorts } from "../../testing/test-databases.ts";
import { failureOf } from "../../testing/failure-of.ts";
import type { Sql } from "../sql.ts";
import { approvePlan, rejectPlan } from "./decide-plan.ts";
import { readDecided } from "./decided-entities.ts";
import type { HeldEntity, HeldGroup } from "./held-group.ts";
import { listPlans, readPlan } from "./plans.ts";
import { addToPlans, rememberPlans } from "./remember-plans.ts";

const hour = 3_600_000;

function list(count: number, blueprint = "service"): HeldEntity[] {
  return Array.from({ length: count }, (_, place) => ({
    blueprint,
    identifier: `P${place}`,
    why: "too many",
  }));
}

function group(entities: readonly HeldEntity[], changes: Partial<HeldGroup> = {}): HeldGroup {
  return { blueprint: "service", brake: "share", reader: "r", entities, ...changes };
}

/** Notes what a run withholds. */
function remember(
  sql: Sql,
  held: readonly HeldGroup[],
  followed: readonly string[] = [],
): Promise<void> {
  return sql.transaction((inside) =>
    rememberPlans(inside, {
      run: 1,
      isJudged: () => true,
      held,
      isUndecided: () => false,
      hasFollowed: ({ identifier }) => followed.includes(identifier),
    }),
  );
}

function add(sql: Sql, identifier: string, changes: Partial<HeldGroup> = {}): Promise<void> {
  const entities = [{ blueprint: "service", identifier, why: "an event" }];
  return sql.transaction((inside) => addToPlans(inside, [group(entities, changes)]));
}

async function show(sql: Sql, id: number): Promise<string[]> {
  const { entities = [] } = (await readPlan(sql, id)) ?? {};
  return entities.map(({ blueprint, identifier, state }) => `${blueprint}/${identifier} ${state}`);
}

describe.each(databaseSorts)("on %s", (_name, open) => {
  test("approvePlan() is for the entities that it names, and whole where others go along", async () => {
    await using database = await open();
    const { sql } = await database.open();
    const along = list(2, "microservice").map((one) =>
      Object.assign({}, one, { isDependent: true }),
    );
    await remember(sql, [group([...list(2), ...along], { brake: "dependents" })]);
    const part = await failureOf(approvePlan(sql, { id: 1, only: ["P1"], by: "ana" }));
    expect(String(part)).toContain("approved whole");
    await rejectPlan(sql, { id: 1, only: ["P1"], by: "ana" });
    expect(await show(sql, 1)).toEqual([
      "service/P0 open",
      "service/P1 rejected",
      "microservice/P0 open",
      "microservice/P1 open",
    ]);
    expect(await approvePlan(sql, { id: 1, by: "ana" })).toMatchObject({ changed: 2, already: 0 });
  });

  test("an approval ends after a day, and can be given again", async () => {
    await using database = await open();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    await remember(sql, [group(list(3))]);
    await approvePlan(sql, { id: 1, by: "ana" });
    expect(await readDecided(sql)).toHaveLength(3);
    shift += 23 * hour;
    // A new number is no new approval.
    await add(sql, "NEW");
    shift += 2 * hour;
    expect(await readDecided(sql)).toEqual([]);
    await remember(sql, [
      group([...list(3), { blueprint: "service", identifier: "NEW", why: "" }]),
    ]);
    expect(await listPlans(sql)).toMatchObject([{ id: 2, entities: 4, approved: 0 }]);
    expect(await approvePlan(sql, { id: 2, by: "tom" })).toMatchObject({ changed: 4, already: 0 });
    expect(await readDecided(sql)).toHaveLength(4);
  });

  test("addToPlans() gives a plan another number, keeps what was approved, and says which it is now", async () => {
    await using database = await open();
    const { sql } = await database.open();
    await remember(sql, [group(list(3))]);
    await approvePlan(sql, { id: 1, only: ["P0"], by: "ana" });
    await add(sql, "P1");
    expect(await listPlans(sql)).toMatchObject([{ id: 1, entities: 2, approved: 1 }]);
    await add(sql, "NEW");
    expect(await listPlans(sql)).toMatchObject([
      { id: 2, entities: 3, approved: 1, run: undefined },
    ]);
    const old = await failureOf(approvePlan(sql, { id: 1, by: "ana" }));
    expect(String(old)).toContain("is plan 2 now");
    // What is left of a plan that was decided in part stays so.
    expect((await readDecided(sql)).filter(({ state }) => state === "open")).toHaveLength(3);
  });

  test("addToPlans() leaves what a changed mapping holds to the run that knows what it would write", async () => {
    await using database = await open();
    const { sql } = await database.open();
    const writes = ["new-0", "new-1", "new-2"];
    await remember(sql, [group(list(3), { brake: "reader", writes })]);
    await add(sql, "NEW", { brake: "reader" });
    expect(await listPlans(sql)).toMatchObject([{ id: 1, sort: "mapping", entities: 3 }]);
    await approvePlan(sql, { id: 1, by: "ana" });
    expect((await readDecided(sql)).every(({ isOfOpenPlan }) => !isOfOpenPlan)).toBe(true);
    // With other names to be written it is another question.
    await remember(sql, [group(list(3), { brake: "reader", writes: ["other"] })]);
    expect(await listPlans(sql)).toMatchObject([{ id: 2, entities: 3, approved: 0 }]);
  });

  test("a decision on a plan of which nothing is left, or that was rejected whole, can be changed or is told", async () => {
    await using database = await open();
    const { sql } = await database.open();
    await remember(sql, [group(list(2))]);
    await rejectPlan(sql, { id: 1, by: "ana" });
    await add(sql, "NEW");
    expect(await show(sql, 1)).toEqual(["service/P0 rejected", "service/P1 rejected"]);
    // Nothing of it went over to the new one.
    expect(await approvePlan(sql, { id: 1, by: "ana" })).toMatchObject({ changed: 2 });
    await remember(sql, []);
    expect(await listPlans(sql)).toMatchObject([{ id: 1, approved: 2 }]);
    const settled = await failureOf(approvePlan(sql, { id: 2, by: "ana" }));
    expect(String(settled)).toContain("is settled");
  });

  test("two who decide and one who plans at the same time lose nothing", async () => {
    await using database = await open();
    const { sql } = await database.open();
    await remember(sql, [group(list(50))]);
    const only = ["P1", "P2"];
    const outcomes = await Promise.allSettled([
      approvePlan(sql, { id: 1, only, by: "ana" }),
      approvePlan(sql, { id: 1, only, by: "tom" }),
      add(sql, "NEW"),
      remember(sql, [group(list(50))]),
    ]);
    const changed = outcomes.flatMap((outcome) =>
      outcome.status === "fulfilled" && outcome.value !== undefined ? [outcome.value.changed] : [],
    );
    const told = changed.reduce((sum, one) => sum + one, 0);
    const approved = (await listPlans(sql)).reduce((sum, plan) => sum + plan.approved, 0);
    // Whoever was told that it is approved was told the truth.
    expect(approved).toBe(told);
  });
});
