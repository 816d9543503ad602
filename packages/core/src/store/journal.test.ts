import { expect, test } from "bun:test";
import { databaseSorts } from "../testing/test-databases.ts";
import { type JournalEntry, readJournal, writeJournal } from "./journal.ts";

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
