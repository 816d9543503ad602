import { expect, test } from "bun:test";
import { failureOf } from "../testing/failure-of.ts";
import { groupWrites } from "./group-writes.ts";
import type { Sql } from "./sql.ts";
import { openTestStore } from "../testing/open-test-store.ts";

/** A store with an empty table, and how many transactions it has begun. */
async function openCounted(): Promise<{ readonly sql: Sql; readonly begun: () => number }> {
  const { sql } = await openTestStore();
  await sql.run("CREATE TABLE sample (a INTEGER PRIMARY KEY)");
  let begun = 0;
  const counted: Sql = {
    dialect: sql.dialect,
    now: sql.now,
    all: sql.all.bind(sql),
    run: sql.run.bind(sql),
    transaction: (work) => {
      begun += 1;
      return sql.transaction(work);
    },
  };
  return { sql: counted, begun: () => begun };
}

async function listSamples(sql: Sql): Promise<number[]> {
  return (await sql.all("SELECT a FROM sample ORDER BY a")).map((row) => Number(row["a"]));
}

test("groupWrites() commits at once what is asked of it at once", async () => {
  const { sql, begun } = await openCounted();
  const grouped = groupWrites(sql);
  const [changed, [returned], value] = await Promise.all([
    grouped.run("INSERT INTO sample VALUES (1)"),
    grouped.all("INSERT INTO sample VALUES (2) RETURNING a"),
    grouped.transaction(async (inside) => {
      await inside.run("INSERT INTO sample VALUES (3)");
      return "kept";
    }),
  ]);
  expect([changed, returned, value]).toEqual([1, { a: 2 }, "kept"]);
  expect([await listSamples(grouped), begun()]).toEqual([[1, 2, 3], 1]);
});

test("groupWrites() takes back the changes that fail, and no others", async () => {
  const { sql, begun } = await openCounted();
  const grouped = groupWrites(sql);
  const first = grouped.run("INSERT INTO sample VALUES (1)");
  const failing = grouped.transaction(async (inside) => {
    await inside.run("INSERT INTO sample VALUES (2)");
    throw new Error("no more");
  });
  const twice = grouped.run("INSERT INTO sample VALUES (1)");
  const last = grouped.run("INSERT INTO sample VALUES (3)");
  expect((await failureOf(failing)).message).toBe("no more");
  expect((await failureOf(twice)).message).toContain("UNIQUE");
  expect([await first, await last, await listSamples(sql), begun()]).toEqual([1, 1, [1, 3], 1]);
});

test("groupWrites() makes changes one by one where SQLite has taken back all of them", async () => {
  const { sql, begun } = await openCounted();
  const grouped = groupWrites(sql);
  const first = grouped.run("INSERT INTO sample VALUES (1)");
  const failing = grouped.run("INSERT OR ROLLBACK INTO sample VALUES (1)");
  const last = grouped.run("INSERT INTO sample VALUES (2)");
  expect((await failureOf(failing)).message).toContain("UNIQUE");
  expect([await first, await last, await listSamples(sql), begun()]).toEqual([1, 1, [1, 2], 4]);
});
