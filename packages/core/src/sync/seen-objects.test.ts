import { expect, test } from "bun:test";
import { recordApplied, takeNumber } from "../store/freshness.ts";
import { type Production, readBlueprint, replaceProduced } from "../store/produced.ts";
import { startRunWhenFree } from "../store/runs.ts";
import type { Sql } from "../store/sql.ts";
import type { RunStore } from "./run-store.ts";
import { SeenObjects } from "./seen-objects.ts";
import { testClock } from "../testing/test-clock.ts";
import { openTestStore } from "../testing/open-test-store.ts";

const blueprint = "pagerdutyService";
const resource = "services[1]";

function production(id: string, identifier = id): Production {
  return { object: `services/${id}`, resource, entities: [{ blueprint, identifier }] };
}

async function startRun(sql: Sql): Promise<RunStore> {
  const run = await startRunWhenFree(sql, { type: "full", owner: "test", clock: testClock });
  return { sql, run, owner: "test", clock: testClock };
}

async function listProduced(sql: Sql): Promise<[string, number][]> {
  const rows = (await Array.fromAsync(readBlueprint(sql, blueprint))).flat();
  return rows.map(({ identifier, number }) => [identifier, number]);
}

test("SeenObjects remembers what was seen when it is told to, in one transaction", async () => {
  await using store = await openTestStore();
  const { sql } = store;
  let transactions = 0;
  const counted: Sql = {
    dialect: sql.dialect,
    now: sql.now,
    all: (text, values) => sql.all(text, values),
    run: (text, values) => sql.run(text, values),
    transaction: (work) => {
      transactions += 1;
      return sql.transaction(work);
    },
  };
  const runStore = await startRun(sql);
  const seen = new SeenObjects({ ...runStore, sql: counted });
  await seen.add([production("P1")]);
  await seen.add([production("P2")]);
  expect([await listProduced(sql), transactions]).toEqual([[], 0]);
  await seen.flush();
  await seen.flush();
  const { number } = runStore.run;
  expect(await listProduced(sql)).toEqual([
    ["P1", number],
    ["P2", number],
  ]);
  expect(transactions).toBe(1);
});

test("SeenObjects leaves what a live event has found meanwhile", async () => {
  await using store = await openTestStore();
  const { sql } = store;
  const runStore = await startRun(sql);
  const seen = new SeenObjects(runStore);
  await seen.add([production("P1", "before"), production("P2")]);
  const number = await takeNumber(sql);
  await recordApplied(sql, [{ object: "services/P1", number }]);
  await replaceProduced(sql, [production("P1", "after")], number);
  await seen.flush();
  expect(await listProduced(sql)).toEqual([
    ["P2", runStore.run.number],
    ["after", number],
  ]);
});

test("SeenObjects does not keep more than it has to", async () => {
  await using store = await openTestStore();
  const { sql } = store;
  const seen = new SeenObjects(await startRun(sql));
  await seen.add(Array.from({ length: 20_000 }, (_, place) => production(`P${place}`)));
  expect((await listProduced(sql)).length).toBe(20_000);
});
