import { expect, test } from "bun:test";
import { databaseSorts } from "../../testing/test-databases.ts";
import { rejectPlan } from "./decide-plan.ts";
import type { HeldEntity } from "./held-group.ts";
import { listPlans, readPlan } from "./plans.ts";
import { addToPlans } from "./remember-plans.ts";

const minute = 60_000;

test.each(databaseSorts)(
  "listPlans() tells since when the oldest waits that nobody has decided on (%s)",
  async (_sort, create) => {
    let ahead = 0;
    await using database = await create();
    const { sql } = await database.open({ shiftClock: () => ahead });
    const hold = (...entities: readonly HeldEntity[]): Promise<void> =>
      sql.transaction((inside) =>
        addToPlans(inside, [{ blueprint: "service", brake: "share", reader: "hash", entities }]),
      );
    const describe = (identifier: string): HeldEntity => ({
      blueprint: "service",
      identifier,
      why: "too many",
    });
    // The others are held longer each time; a dependent is none that anybody waits for.
    await hold({ blueprint: "incident", identifier: "Q1", why: "", isDependent: true });
    for (const identifier of ["P1", "P2", "P3"]) {
      ahead += 10 * minute;
      await hold(describe(identifier));
    }
    const [plan] = await listPlans(sql);
    const id = plan?.id ?? 0;
    const held = new Map(
      (await readPlan(sql, id))?.entities.map(({ identifier, since }) => [identifier, since]),
    );
    const read = async (): Promise<number | undefined> => (await listPlans(sql))[0]?.since;
    expect(await read()).toBe(held.get("P1") ?? 0);
    await rejectPlan(sql, { id, only: ["P1"], by: "ana" });
    expect(await read()).toBe(held.get("P2") ?? 0);
    await rejectPlan(sql, { id, only: ["P2"], by: "ana" });
    expect(await read()).toBe(held.get("P3") ?? 0);
    expect((await readPlan(sql, id))?.summary.since).toBe(held.get("P3") ?? 0);
    // Nothing waits any more.
    await rejectPlan(sql, { id, only: ["P3"], by: "ana" });
    expect(await read()).toBe(plan?.openedAt ?? 0);
  },
  60_000,
);
