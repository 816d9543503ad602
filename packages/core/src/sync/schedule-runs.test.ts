import { expect, test } from "bun:test";
import { queueRun, readQueuedRun } from "../store/queued-run.ts";
import { endRun, runLeaseDuration, startRun } from "../store/runs.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { chooseRunType, findNextRun, queueScheduledRun } from "./schedule-runs.ts";
import { openTestStore } from "../testing/open-test-store.ts";

const minute = 60_000;
const hour = 60 * minute;

const listener = { type: "POLLING", interval: 60, resyncOnStart: true } as const;
const schedule = { listener, scheduledResyncInterval: 10, fullResyncInterval: 24 } as const;

test("findNextRun() knows of none without a schedule, and of one at once where none ever ran", async () => {
  await using store = await openTestStore();
  const options = { ...schedule, sql: store.sql };
  expect(await findNextRun({ ...options, scheduledResyncInterval: 0 })).toBeUndefined();
  const once = { type: "ONCE" } as const;
  expect(await findNextRun({ ...options, listener: once })).toBeUndefined();
  expect(await queueScheduledRun(options)).toBe("full");
});

test.each(databaseSorts)(
  "queueScheduledRun() queues each run once, whoever looks, and goes on after one that died (%s)",
  async (_sort, create) => {
    let ahead = 0;
    await using database = await create();
    const shiftClock = (): number => ahead;
    const stores = [await database.open({ shiftClock }), await database.open({ shiftClock })];
    const [first = await database.open()] = stores;
    const { sql } = first;
    const look = (): Promise<unknown[]> =>
      Promise.all(stores.map((store) => queueScheduledRun({ ...schedule, sql: store.sql })));
    const count = (found: readonly unknown[]): number =>
      found.filter((type) => type !== undefined).length;

    const { run } = await startRun(sql, { type: "full", owner: "first" });
    if (run === undefined) throw new Error("Nothing else runs");
    await endRun(sql, run, { outcome: "complete" });
    expect(await look()).toEqual([undefined, undefined]);
    ahead += 10 * minute;
    expect(count(await look())).toBe(1);
    expect(await look()).toEqual([undefined, undefined]);
    expect(await readQueuedRun(sql)).toBe("delta");

    // It begins, and its process dies: the next is due an interval after it began all the same.
    await startRun(sql, { type: "delta", owner: "dies" });
    expect(await readQueuedRun(sql)).toBeUndefined();
    ahead += 10 * minute - 1000;
    expect(await look()).toEqual([undefined, undefined]);
    ahead += 2000;
    expect(count(await look())).toBe(1);
    expect(ahead).toBeGreaterThan(runLeaseDuration);
  },
  20_000,
);

test("chooseRunType() chooses a full run where the last one that ended well is too old", async () => {
  let ahead = 0;
  await using store = await openTestStore({ shiftClock: () => ahead });
  const { sql } = store;
  const choose = (): Promise<string> => chooseRunType({ sql, fullResyncInterval: 24 });
  expect(await choose()).toBe("full");
  const { run } = await startRun(sql, { type: "full", owner: "test" });
  if (run === undefined) throw new Error("Nothing else runs");
  await endRun(sql, run, { outcome: "complete" });
  expect(await choose()).toBe("delta");
  ahead += 24 * hour - minute;
  expect(await choose()).toBe("delta");
  await queueRun(sql, "full");
  ahead += 2 * minute;
  // One that broke off is none.
  const { run: other } = await startRun(sql, { type: "full", owner: "test" });
  if (other === undefined) throw new Error("Nothing else runs");
  await endRun(sql, other, { outcome: "failed" });
  expect(await choose()).toBe("full");
});
