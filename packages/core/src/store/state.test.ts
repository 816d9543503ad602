import { expect, test } from "bun:test";
import { databaseSorts } from "../testing/test-databases.ts";
import {
  advanceWatermark,
  forgetStates,
  keepState,
  keepStates,
  listStates,
  readState,
} from "./state.ts";

for (const [name, createDatabase] of databaseSorts) {
  test(`what is kept under a name is found again, and replaced, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    expect(await readState(sql, "mapping")).toBeUndefined();
    await keepState(sql, "mapping", "one");
    await keepState(sql, "mapping", "other");
    await keepState(sql, "subscription", "P1");
    expect((await readState(sql, "mapping"))?.value).toBe("other");
    expect((await readState(sql, "subscription"))?.keptAt).toBeGreaterThan(0);
  });

  test(`what is kept under several names is listed by its age, and forgotten where it is the same, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    await keepStates(sql, ["sink/b", "sink/a", "sink/b", "sinks", "sink0"], "one");
    shift = 5000;
    await keepStates(sql, ["sink/c"], "one");
    await keepState(sql, "sink/b", "other");
    shift = 9000;
    const list = async (age: number): Promise<string[]> =>
      (await listStates(sql, { prefix: "sink/", age, limit: 10 })).toSorted();
    expect(await list(0)).toEqual(["sink/a", "sink/b", "sink/c"]);
    expect(await list(6000)).toEqual(["sink/a"]);
    const names = ["sink/a", "sink/b", "sink/none"];
    expect(await forgetStates(sql, names, "one")).toEqual(new Set(["sink/a"]));
    expect(await list(0)).toEqual(["sink/b", "sink/c"]);
  });

  test(`advanceWatermark() lets one of many act on what is newer, on ${name}`, async () => {
    await using database = await createDatabase();
    const connections = [(await database.open()).sql, (await database.open()).sql];
    const advance = (moment: number): Promise<number> =>
      Promise.all(
        [...connections, ...connections].map((sql) => advanceWatermark(sql, "request", moment)),
      ).then((advanced) => advanced.filter(Boolean).length);
    expect(await advance(900)).toBe(1);
    expect(await advance(900)).toBe(0);
    expect(await advance(899)).toBe(0);
    // Compared as numbers, not as text.
    expect(await advance(1000.5)).toBe(1);
    expect(await advance(Date.UTC(2026, 0, 1))).toBe(1);
    const [sql] = connections;
    expect(sql && (await readState(sql, "request"))?.value).toBe(String(Date.UTC(2026, 0, 1)));
  });
}
