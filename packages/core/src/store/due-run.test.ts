import { expect, test } from "bun:test";
import { openTestStore } from "../testing/open-test-store.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { findNextDue, findSameRun, queueDueRun } from "./due-run.ts";
import { queueRun, readQueuedRun } from "./queued-run.ts";
import { readTime } from "./read-time.ts";
import { endRun, type EndRunOptions, type RunType, runLeaseDuration, startRun } from "./runs.ts";
import type { Sql } from "./sql.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

async function begin(sql: Sql, type: RunType) {
  const { run } = await startRun(sql, { type, owner: "test" });
  if (run === undefined) throw new Error("Nothing else runs");
  return run;
}

/** A store with a clock that is put forward, and a run that began there. */
async function createSetting(type: RunType) {
  let ahead = 0;
  const store = await openTestStore({ shiftClock: () => ahead });
  const run = await begin(store.sql, type);
  return {
    sql: store.sql,
    pass: (milliseconds: number) => void (ahead += milliseconds),
    end: (outcome: EndRunOptions["outcome"]) => endRun(store.sql, run, { outcome }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

test.each([
  // A run that goes on.
  ["full", "full", undefined, 10 * second, {}, true],
  ["full", "delta", undefined, 10 * second, {}, true],
  ["delta", "delta", undefined, 10 * second, {}, true],
  ["delta", "full", undefined, 10 * second, {}, false],
  ["import", "delta", undefined, 10 * second, {}, false],
  // One whose process died.
  ["full", "full", undefined, runLeaseDuration + second, {}, false],
  // One that has just ended, whole or not.
  ["full", "full", "complete", 40 * second, {}, true],
  ["full", "delta", "incomplete", 40 * second, {}, true],
  ["delta", "delta", "complete", 40 * second, {}, true],
  ["delta", "full", "complete", 40 * second, {}, false],
  // One that broke off.
  ["full", "full", "failed", 10 * second, {}, false],
  // One that ended a while ago.
  ["full", "delta", "complete", minute, {}, false],
  ["full", "delta", "complete", 2 * hour, {}, false],
  // A schedule of a minute, of a second, and one that people begin.
  ["full", "delta", "complete", 29 * second, { interval: minute }, true],
  ["full", "delta", "complete", 31 * second, { interval: minute }, false],
  ["full", "delta", "complete", second, { interval: second }, false],
  ["full", "delta", "complete", second, { interval: 0 }, false],
] as const)(
  "of a %s run, a due %s is the same where it ended %p, %i ms later (%j): %p",
  async (type, due, outcome, passed, options, isSame) => {
    await using setting = await createSetting(type);
    const { sql, pass, end } = setting;
    if (outcome !== undefined) await end(outcome);
    pass(passed);
    const found = await findSameRun(sql, { type: due, ...options }, await readTime(sql));
    expect(found !== undefined).toBe(isSame);
    expect(await queueDueRun(sql, { type: due, ...options })).toBe(!isSame);
    expect(await readQueuedRun(sql)).toBe(isSame ? undefined : due);
    // What a person asks for is asked for all the same.
    await queueRun(sql, due);
    expect(await readQueuedRun(sql)).toBe(due);
  },
);

test.each(databaseSorts)(
  "queueDueRun() of two at once after a day away is one run, on %s",
  async (_sort, create) => {
    await using database = await create();
    const [one, other] = [await database.open(), await database.open()];
    const due = { type: "full" } as const;
    await Promise.all([queueDueRun(one.sql, due), queueDueRun(other.sql, due)]);
    const run = await begin(one.sql, "full");
    expect(await readQueuedRun(one.sql)).toBeUndefined();
    // The scheduler's second turn, while the first one's run goes on, and when it has ended.
    expect(await queueDueRun(other.sql, due)).toBe(false);
    await endRun(one.sql, run, { outcome: "complete" });
    expect(await queueDueRun(other.sql, due)).toBe(false);
    expect(await readQueuedRun(one.sql)).toBeUndefined();
  },
);

test.each([
  // How long the run took, and when the next is due, from its beginning on; both in minutes.
  [0.1, 120],
  [100, 120],
  [119.5, 240],
  [121, 240],
  [250, 360],
])(
  "of a schedule of two hours, after a run of %i minutes the next is due at %i",
  async (took, next) => {
    await using setting = await createSetting("full");
    const { sql, pass, end } = setting;
    const begun = await readTime(sql);
    const findDue = async (): Promise<number> => {
      const found = await findNextDue(sql, { interval: 2 * hour, now: await readTime(sql) });
      return Math.round(((found ?? 0) - begun) / minute);
    };
    // While it goes on, nothing is due before it ends.
    pass(30 * second);
    expect(await findDue()).toBe(120);
    for (let passed = 0; passed < took; passed += 0.5) {
      pass(30 * second);
      await sql.run(`UPDATE lease SET lease_until = ${sql.now} + ${runLeaseDuration}`);
    }
    pass((took - 0.5 - Math.ceil(took / 0.5) * 0.5) * minute);
    await end("complete");
    expect(await findDue()).toBe(next);
  },
);
