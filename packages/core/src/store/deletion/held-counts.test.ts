import { expect, test } from "bun:test";
import { databaseSorts } from "../../testing/test-databases.ts";
import { type HeldCount, keepHeld, readHeld } from "./held-counts.ts";

function count(at: number, entities: number, blueprint = "service"): HeldCount {
  return { blueprint, at, run: at, entities };
}

for (const [name, createDatabase] of databaseSorts) {
  test(`keepHeld() keeps a stretch of time and the last count of before it on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await keepHeld(sql, [count(1, 10), count(1, 3, "user")], -10);
    await keepHeld(sql, [count(5, 12)], -6);
    await keepHeld(sql, [count(9, 14)], -2);
    expect(await readHeld(sql)).toEqual([
      count(1, 10),
      count(5, 12),
      count(9, 14),
      count(1, 3, "user"),
    ]);
    await keepHeld(sql, [count(16, 15)], 5);
    // Another blueprint's last count stays, however old.
    expect(await readHeld(sql)).toEqual([
      count(5, 12),
      count(9, 14),
      count(16, 15),
      count(1, 3, "user"),
    ]);
    await keepHeld(sql, [count(40, 16)], 30);
    expect(await readHeld(sql)).toEqual([count(16, 15), count(40, 16), count(1, 3, "user")]);
  });

  test(`keepHeld() of the same moment takes the later on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await keepHeld(sql, [count(1, 10)], -10);
    await keepHeld(sql, [{ ...count(1, 11), run: 2 }], -10);
    expect(await readHeld(sql)).toEqual([{ blueprint: "service", at: 1, run: 2, entities: 11 }]);
  });
}
