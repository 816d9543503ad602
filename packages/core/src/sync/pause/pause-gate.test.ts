import { expect, test } from "bun:test";
import { endPause, setPause } from "../../store/pause.ts";
import type { Sql } from "../../store/sql.ts";
import { failureOf } from "../../testing/failure-of.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { openTestStore } from "../../testing/open-test-store.ts";
import { createPauseGate } from "./pause-gate.ts";
import { PausedError } from "./paused-error.ts";

/** Counts queries, and fails them while it is told to. */
function watchSql(sql: Sql): Sql & { queries: number; isBroken: boolean } {
  const watched = {
    ...sql,
    now: sql.now,
    queries: 0,
    isBroken: false,
    all: (...args: Parameters<Sql["all"]>) => {
      watched.queries += 1;
      return watched.isBroken ? Promise.reject(new Error("It is away")) : sql.all(...args);
    },
  };
  return watched;
}

test("createPauseGate() asks the store once a second at most, and lets pass what is not paused", async () => {
  await using store = await openTestStore();
  const sql = watchSql(store.sql);
  const clock = new FakeClock();
  const gate = createPauseGate({ sql, clock });
  for (let asked = 0; asked < 20; asked += 1) await gate.ensure("write");
  expect(sql.queries).toBe(1);
  await setPause(store.sql, { scope: "deletions", by: "ana@desk" });
  await gate.ensure("deletion");
  await clock.advance(1000);
  await gate.ensure("write");
  const held = await failureOf(gate.ensure("deletion"));
  expect(held).toBeInstanceOf(PausedError);
  expect(String(held)).toMatch(
    /^PausedError: Deletions are paused by ana@desk since 20.+Z\. To go on: pagerport resume$/,
  );
  await setPause(store.sql, { scope: "all", by: "bob", reason: "Port migrates" });
  await clock.advance(1000);
  const both = [await failureOf(gate.ensure("write")), await failureOf(gate.ensure("deletion"))];
  for (const error of both) expect(String(error)).toContain("is paused by bob since");
  await endPause(store.sql, { by: "bob" });
  await clock.advance(1000);
  await gate.ensure("deletion");
  expect(sql.queries).toBe(4);
});

test("createPauseGate() lets nothing pass while the store does not tell, and asks again at once", async () => {
  await using store = await openTestStore();
  const sql = watchSql(store.sql);
  const gate = createPauseGate({ sql, clock: new FakeClock() });
  sql.isBroken = true;
  expect(await failureOf(gate.ensure("write"))).toMatchObject({ message: "It is away" });
  sql.isBroken = false;
  await gate.ensure("write");
});

test("watch() breaks off what is paused while it goes on, and stops looking at its end", async () => {
  await using store = await openTestStore();
  const sql = watchSql(store.sql);
  const clock = new FakeClock();
  const gate = createPauseGate({ sql, clock });
  const [writing, deleting] = [gate.watch("write"), gate.watch("deletion")];
  await clock.advance(3000);
  await setPause(store.sql, { scope: "deletions", by: "ana" });
  await clock.advance(1000);
  expect(deleting.signal.reason).toBeInstanceOf(PausedError);
  expect(writing.signal.aborted).toBe(false);
  // While the store is away nothing is broken off by that.
  sql.isBroken = true;
  await clock.advance(2000);
  sql.isBroken = false;
  expect(writing.signal.aborted).toBe(false);
  await setPause(store.sql, { scope: "all", by: "ana" });
  await clock.advance(1000);
  expect(writing.signal.reason).toBeInstanceOf(PausedError);
  writing.end();
  deleting.end();
  await clock.settle();
  expect(clock.sleeping).toBe(0);
  const { queries } = sql;
  await clock.advance(10_000);
  expect(sql.queries).toBe(queries);
});
