import { expect, test } from "bun:test";
import { databaseSorts } from "../../testing/test-databases.ts";
import { keepSettledRuns, readSettledRuns, type SettledRun } from "./settled-runs.ts";

const first: SettledRun = {
  blueprint: "service",
  run: 7,
  at: Date.parse("2026-03-02T09:00:00Z"),
  reader: "hash",
  tokenOwner: "PUSER01",
  resources: { "services[0]": { objects: 15, passed: 12 } },
  firstRun: 7,
};

for (const [name, createDatabase] of databaseSorts) {
  test(`keepSettledRuns() keeps the last of each blueprint, and which was the first, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    expect(await readSettledRuns(sql)).toEqual(new Map());
    const other = { ...first, blueprint: "user", resources: {} };
    await keepSettledRuns(sql, [first, other]);
    const second = { ...first, run: 9, at: first.at + 1, reader: "other", tokenOwner: "app" };
    await keepSettledRuns(sql, [{ ...second, firstRun: 9 }]);
    expect(await readSettledRuns(sql)).toEqual(
      new Map([
        ["service", { ...second, firstRun: 7 }],
        ["user", other],
      ]),
    );
    await keepSettledRuns(sql, []);
    expect((await readSettledRuns(sql)).size).toBe(2);
  });
}
