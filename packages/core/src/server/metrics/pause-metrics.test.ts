import { expect, test } from "bun:test";
import { endPause, setPause } from "../../store/pause.ts";
import type { Sql } from "../../store/sql.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { openTestStore } from "../../testing/open-test-store.ts";
import { createMetrics } from "./create-metrics.ts";

test("addPauseMetrics() tells what is paused, for how long and what ends it", async () => {
  let shift = 0;
  await using store = await openTestStore({ shiftClock: () => shift });
  let isAway = false;
  const { sql } = store;
  const watched: Sql = {
    dialect: sql.dialect,
    get now() {
      return sql.now;
    },
    all: (...args) => (isAway ? Promise.reject(new Error("It is away")) : sql.all(...args)),
    run: (...args) => sql.run(...args),
    transaction: (work) => sql.transaction(work),
  };
  const metrics = await createMetrics({
    store: { ...store, sql: watched },
    clock: new FakeClock(),
    readWebhook: () => ({ state: "unknown" }),
    version: "0",
  });
  const read = async (): Promise<string[]> =>
    (await metrics.render())
      .split("\n")
      .filter((line) => line.startsWith("pagerport_paused") && !line.endsWith(" 0"))
      .map((line) => line.replace(/\d{3,}\.?\d*$/, "many"));
  expect(await read()).toEqual([]);
  await setPause(sql, { scope: "all", by: "ana" });
  shift = 100_000_000;
  expect(await read()).toEqual([
    'pagerport_paused{scope="all"} 1',
    'pagerport_paused_seconds{scope="all",ends="hand"} many',
  ]);
  await endPause(sql, { by: "ana" });
  await setPause(sql, { scope: "deletions", by: "bob", for: 2 ** 40 });
  shift += 5_000_000;
  expect(await read()).toEqual([
    'pagerport_paused{scope="deletions"} 1',
    'pagerport_paused_seconds{scope="deletions",ends="time"} many',
  ]);
  isAway = true;
  expect(await metrics.render()).not.toMatch(/^pagerport_paused/m);
  isAway = false;
  await endPause(sql, { by: "bob" });
  expect(await read()).toEqual([]);
  expect(await metrics.render()).toContain('pagerport_paused_seconds{scope="all",ends="hand"} 0');
});
