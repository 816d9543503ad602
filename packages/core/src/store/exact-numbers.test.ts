import { expect, test } from "bun:test";
import { parseJson } from "../parse-json.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { keepEnrichments, listEnrichments, readEnrichments } from "./enrichments.ts";
import { createStoreJournal, readJournal, writeJournal } from "./journal.ts";

const text = '{"identifier":"Q1","blueprint":"b","large":[4907012345678901234,{"rate":1.10}]}';

test.each(databaseSorts)(
  "the store gives numbers back as they were written (%s)",
  async (_, create) => {
    await using database = await create();
    const { sql } = await database.open();
    const value = parseJson(text) as Record<string, unknown>;
    const version = { object: "services/P1", updatedAt: "2026" };
    await keepEnrichments(sql, "fields", [{ ...version, value }]);
    const read = await readEnrichments(sql, "fields", [version]);
    expect([...read.values()].map((one) => JSON.stringify(one))).toEqual([text]);
    const listed = await listEnrichments(sql, "services/");
    expect(listed.map((one) => JSON.stringify(one.value))).toEqual([text]);

    await writeJournal(sql, 1, [{ blueprint: "b", identifier: "Q1", entity: value }]);
    const journal = createStoreJournal({ sql, place: "here" }, 2);
    journal.append(text);
    await journal.flush();
    for (const run of [1, 2]) {
      const entries: string[] = [];
      for await (const some of readJournal(sql, run)) {
        entries.push(...some.map(({ entity }) => JSON.stringify(entity)));
      }
      expect(entries).toEqual([text]);
    }
  },
);
