import { expect, test } from "bun:test";
import { ConfigError } from "../errors.ts";
import { failureOf } from "../testing/failure-of.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { migrateStore } from "./migrate.ts";
import { type Migration, migrations } from "./migrations.ts";

function addTable(name: string, fields: { number: number; major: number }): Migration {
  return { ...fields, name, statements: () => [`CREATE TABLE ${name} (a BIGINT)`] };
}

const next = addTable("next", { number: migrations.length + 1, major: 1 });

test("migrations are numbered one after the other, and their majors never fall", () => {
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1));
  const majors = migrations.map(({ major }) => major);
  expect(majors).toEqual(majors.toSorted((one, other) => one - other));
});

for (const [name, createDatabase] of databaseSorts) {
  test(`migrateStore() runs each step once, whoever starts at the same time, on ${name}`, async () => {
    await using database = await createDatabase();
    const stores = await Promise.all(Array.from({ length: 6 }, () => database.open()));
    await Promise.all(stores.map(({ sql }) => migrateStore(sql, "here", [...migrations, next])));
    const rows = (await stores[0]?.sql.all("SELECT number FROM migration ORDER BY number")) ?? [];
    expect(rows.map((row) => Number(row["number"]))).toEqual(
      [...migrations, next].map(({ number }) => number),
    );
  });

  test(`migrateStore() of two processes at once works on ${name}`, async () => {
    await using database = await createDatabase();
    const script = `
      import { openStore } from ${JSON.stringify(`${import.meta.dir}/open-store.ts`)};
      const store = await openStore(${JSON.stringify(database.place)});
      console.log((await store.sql.all("SELECT number FROM migration")).length, store.isPersistent);
      await store[Symbol.asyncDispose]();
    `;
    const children = [1, 2, 3].map(() =>
      Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" }),
    );
    for (const child of children) {
      expect(await new Response(child.stdout).text()).toBe(`${migrations.length} true\n`);
    }
  });

  test(`migrateStore() leaves nothing of a step that fails on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const broken: Migration = {
      ...next,
      statements: () => ["CREATE TABLE half (a BIGINT)", "CREATE TABLE"],
    };
    await failureOf(migrateStore(sql, "here", [...migrations, broken]));
    await failureOf(sql.all("SELECT * FROM half"));
    await migrateStore(sql, "here", [...migrations, next]);
    expect(await sql.all("SELECT * FROM next")).toEqual([]);
  });

  test(`openStore() uses a store that a newer version added to on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await migrateStore(sql, "here", [...migrations, next]);
    expect((await database.open()).isPersistent).toBe(true);
  });

  test(`openStore() refuses a store that a newer version changed on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await migrateStore(sql, "here", [...migrations, { ...next, major: 2 }]);
    const error = await failureOf(database.open());
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain("newer version of pagerport (layout 2, this one knows 1)");
  });
}
