import { expect, test } from "bun:test";
import { keepState } from "../../store/state.ts";
import { databaseSorts } from "../../testing/test-databases.ts";
import { testClock } from "../../testing/test-clock.ts";
import { createShadowMemory, ledgerState } from "./shadow-memory.ts";

for (const [sort, createDatabase] of databaseSorts) {
  test(`createShadowMemory() loses no change of several replicas, on ${sort}`, async () => {
    await using database = await createDatabase();
    const memories = await Promise.all(
      ["a", "b"].map(async (owner) => {
        const { sql } = await database.open();
        return createShadowMemory({ sql, clock: testClock, owner });
      }),
    );
    const changes = memories.flatMap((memory) =>
      Array.from({ length: 5 }, () =>
        memory.change((ledger) => {
          ledger.passed += 1;
        }),
      ),
    );
    await Promise.all(changes);
    const passed = await Promise.all(memories.map(async (memory) => (await memory.read()).passed));
    expect(passed).toEqual([10, 10]);
  });
}

test("createShadowMemory() goes on after a change that fails, and begins anew after another layout", async () => {
  const [[, createDatabase] = []] = databaseSorts;
  if (createDatabase === undefined) throw new Error("There is always one");
  await using database = await createDatabase();
  const { sql } = await database.open();
  const memory = createShadowMemory({ sql, clock: testClock, owner: "a" });
  const failing = memory.change(() => {
    throw new Error("not now");
  });
  expect(failing).rejects.toThrow("not now");
  await memory.change((ledger) => {
    ledger.events = 3;
  });
  expect((await memory.read()).events).toBe(3);
  await keepState(sql, ledgerState, JSON.stringify({ version: 0, events: 7 }));
  expect((await memory.read()).events).toBe(0);
});
