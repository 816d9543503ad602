import { expect, test } from "bun:test";
import { databaseSorts } from "../../testing/test-databases.ts";
import { keepRules, readRules } from "./ownership-rules.ts";

for (const [sort, createDatabase] of databaseSorts) {
  test(`keepRules() keeps what another process was told meanwhile (${sort})`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await keepRules(sql, await readRules(sql, { takeOver: ["a", "b"] }));
    const long = await readRules(sql, { takeOver: ["c"], leaveTo: ["b"] });
    // sync --take-over d, while that goes on.
    await keepRules(sql, await readRules(sql, { takeOverAgain: ["d"] }));
    await keepRules(sql, long);
    expect([...(await readRules(sql, {})).takeOver]).toEqual(["a", "c", "d"]);
  });
}
