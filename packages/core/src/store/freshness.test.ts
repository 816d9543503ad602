import { expect, test } from "bun:test";
import { databaseSorts } from "../testing/test-databases.ts";
import {
  clearTombstones,
  mayApply,
  pruneFreshness,
  readFreshness,
  recordApplied,
  takeNumber,
} from "./freshness.ts";
import { endRun, runLeaseDuration, startRun } from "./runs.ts";
import type { Sql } from "./sql.ts";

async function applyNow(sql: Sql, object: string): Promise<number> {
  const number = await takeNumber(sql);
  await recordApplied(sql, [{ object, number }]);
  return number;
}

for (const [name, createDatabase] of databaseSorts) {
  test(`takeNumber() gives each number once, in order, over two connections, on ${name}`, async () => {
    await using database = await createDatabase();
    const connections = [(await database.open()).sql, (await database.open()).sql];
    const taken = await Promise.all(
      connections.flatMap((sql) => Array.from({ length: 20 }, () => takeNumber(sql))),
    );
    expect(taken.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    for (const sql of connections) expect(await takeNumber(sql)).toBeGreaterThan(40);
  });

  test(`mayApply() lets only what is newer through, also over a tombstone, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const object = "services/P1";
    expect(await mayApply(sql, object, 1)).toBe(true);
    await recordApplied(sql, [{ object, number: 5, isDeleted: true }]);
    await recordApplied(sql, [{ object, number: 4 }]);
    expect(await readFreshness(sql, [object, "services/P2"])).toEqual(
      new Map([[object, { number: 5, isDeleted: true }]]),
    );
    const answers = [];
    for (const number of [4, 5, 6]) answers.push(await mayApply(sql, object, number));
    expect(answers).toEqual([false, false, true]);
    await recordApplied(sql, [
      { object, number: 7 },
      { object, number: 6, isDeleted: true },
    ]);
    expect(await readFreshness(sql, [object])).toEqual(
      new Map([[object, { number: 7, isDeleted: false }]]),
    );
  });

  test(`clearTombstones() ends those of what a run has listed, but for what went since, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const objects = ["services/back", "services/gone", "services/later", "services/written"];
    const [back = "", gone = "", later = "", written = ""] = objects;
    await recordApplied(sql, [
      { object: back, number: 3, isDeleted: true },
      { object: gone, number: 3, isDeleted: true },
      { object: later, number: 5, isDeleted: true },
      { object: written, number: 3 },
    ]);
    const asked: string[] = [];
    await clearTombstones(sql, 5, (object) => {
      asked.push(object);
      return object !== gone;
    });
    expect(asked.toSorted()).toEqual([back, gone]);
    const known = await readFreshness(sql, objects);
    expect(objects.map((object) => known.get(object)?.isDeleted)).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(known.get(back)?.number).toBe(3);
  });

  test(`recordApplied() and readFreshness() take more objects than one statement on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const objects = Array.from({ length: 1203 }, (_, index) => `incidents/Q${index}`);
    await recordApplied(
      sql,
      objects.map((object, number) => ({ object, number })),
    );
    const known = await readFreshness(sql, objects);
    expect(known.size).toBe(1203);
    expect(known.get("incidents/Q1202")?.number).toBe(1202);
  });

  test(`pruneFreshness() keeps what a run's reads may contradict, until it has ended, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    await applyNow(sql, "incidents/Q1");
    const { run } = await startRun(sql, { type: "full", owner: "run" });
    const pageNumber = await takeNumber(sql);
    await applyNow(sql, "incidents/Q2");
    expect(await pruneFreshness(sql)).toBe(1);
    expect(await mayApply(sql, "incidents/Q2", pageNumber)).toBe(false);
    if (run !== undefined) await endRun(sql, run, { outcome: "complete" });
    expect(await pruneFreshness(sql)).toBe(1);

    // A run that was killed has ended when its lease lapses.
    await startRun(sql, { type: "full", owner: "killed" });
    await applyNow(sql, "incidents/Q3");
    expect(await pruneFreshness(sql)).toBe(0);
    shift = runLeaseDuration;
    expect(await pruneFreshness(sql)).toBe(1);
    expect((await readFreshness(sql, ["incidents/Q1", "incidents/Q2", "incidents/Q3"])).size).toBe(
      0,
    );
  });
}
