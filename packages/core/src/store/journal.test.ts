import { expect, test } from "bun:test";
import { databaseSorts } from "../testing/test-databases.ts";
import { FileError } from "../errors.ts";
import { failureOf } from "../testing/failure-of.ts";
import {
  createStoreJournal,
  type JournalEntry,
  listJournals,
  readJournal,
  writeJournal,
} from "./journal.ts";
import { openTestStore } from "../testing/open-test-store.ts";

for (const [name, createDatabase] of databaseSorts) {
  test(`readJournal() gives back whole what writeJournal() wrote for a run, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const entries = Array.from({ length: 230 }, (_, index): JournalEntry => {
      const identifier = String(1000 + index);
      const entity = { identifier, title: "NUL \0 and \u{1F600}", properties: { index } };
      return { blueprint: "incident", identifier, entity };
    });
    await writeJournal(sql, 1, entries);
    // Written again after a retry, it is there once.
    await writeJournal(sql, 1, entries.slice(0, 2).concat(entries.slice(0, 2)));
    await writeJournal(sql, 2, entries.slice(0, 1));
    const found: JournalEntry[] = [];
    for await (const some of readJournal(sql, 1)) found.push(...some);
    expect(found).toEqual(entries);
  });
}

for (const [name, createDatabase] of databaseSorts) {
  test(`createStoreJournal() keeps lines that were flushed, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const journal = createStoreJournal({ sql, place: "the store" }, 7);
    await journal.flush();
    const entities = ["a", "b"].map((identifier) => ({ blueprint: "service", identifier }));
    for (const entity of entities) journal.append(JSON.stringify(entity));
    await journal.flush();
    await journal.flush();
    const found: JournalEntry[] = [];
    for await (const some of readJournal(sql, 7)) found.push(...some);
    expect(found.map(({ entity }) => entity)).toEqual(entities);
  });
}

test("createStoreJournal() flushes a line that is on its way with another's before it returns", async () => {
  await using store = await openTestStore();
  const { sql } = store;
  const written = Promise.withResolvers<void>();
  const slow: typeof sql = {
    ...sql,
    transaction: async (work) => {
      await written.promise;
      return sql.transaction(work);
    },
  };
  const journal = createStoreJournal({ sql: slow, place: "the store" });
  for (const identifier of ["a", "b"]) {
    journal.append(JSON.stringify({ blueprint: "service", identifier }));
  }
  const flushes = [journal.flush(), journal.flush()];
  let hasReturned = false;
  void flushes[1]?.then(() => (hasReturned = true));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(hasReturned).toBe(false);
  written.resolve();
  await Promise.all(flushes);
  expect(await listJournals(sql)).toMatchObject([{ run: 0, entities: 2 }]);
});

test("createStoreJournal() names the store that cannot be written, and loses no line", async () => {
  await using store = await openTestStore();
  const { sql } = store;
  let isBroken = true;
  const breaking: typeof sql = {
    ...sql,
    transaction: (work) =>
      isBroken ? Promise.reject(new Error("disk is full")) : sql.transaction(work),
  };
  const journal = createStoreJournal({ sql: breaking, place: "/var/lib/x.sqlite" }, 1);
  journal.append(JSON.stringify({ blueprint: "service", identifier: "a" }));
  const failure = await failureOf(journal.flush());
  expect(failure).toBeInstanceOf(FileError);
  expect(String(failure)).toContain("/var/lib/x.sqlite: disk is full");
  isBroken = false;
  await journal.flush();
  const found: JournalEntry[] = [];
  for await (const some of readJournal(sql, 1)) found.push(...some);
  expect(found).toHaveLength(1);
});
