import { expect, test } from "bun:test";
import { DatabaseSync } from "node:sqlite";
import { failureOf } from "../testing/failure-of.ts";
import { createPostgresDatabase } from "../testing/test-postgres.ts";
import { describeStoreFault } from "./describe-store-fault.ts";
import { openPostgres } from "./postgres.ts";

test("describeStoreFault() says what to do where SQLite has no room", async () => {
  using database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE sample (a); PRAGMA max_page_count = 2");
  const error = await failureOf(
    Promise.try(() => database.exec(`INSERT INTO sample VALUES ('${"x".repeat(100_000)}')`)),
  );
  expect(describeStoreFault(error)).toBe(
    "The store cannot be used: database or disk is full: make room on the disk of PAGERPORT_STATE_DIR, or see why it cannot be written",
  );
});

test("describeStoreFault() says what to do where PostgreSQL takes no writes, and leaves our mistakes alone", async () => {
  await using sql = openPostgres(await createPostgresDatabase());
  const readOnly = await failureOf(
    sql.transaction(async (inside) => {
      await inside.run("SET TRANSACTION READ ONLY");
      await inside.run("CREATE TABLE sample (a BIGINT)");
    }),
  );
  expect(describeStoreFault(readOnly)).toContain(
    "bring the database of PAGERPORT_DATABASE_URL back",
  );
  expect(describeStoreFault(await failureOf(sql.run("SELEKT 1")))).toBeUndefined();
  expect(describeStoreFault(new Error("database or disk is full"))).toBeUndefined();
  expect(describeStoreFault("13")).toBeUndefined();
});
