import { expect, test } from "bun:test";
import { databaseSorts } from "../testing/test-databases.ts";
import { keepSearched, pruneSearched, readSearched, type SearchedEntity } from "./searched.ts";

function searched(identifier: string, found: string): SearchedEntity {
  return { blueprint: "incident", identifier, sent: "s-1", found, mark: "1-2-3" };
}

test.each(databaseSorts)(
  "readSearched() gives what was kept last, and not too long ago (%s)",
  async (_sort, create) => {
    await using database = await create();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const refs = ["A", "B", "C"].map((identifier) => ({ blueprint: "incident", identifier }));
    await keepSearched(sql, [searched("A", "f-1"), searched("B", "f-2"), searched("A", "f-3")]);
    shift = 10_000;
    await keepSearched(sql, [searched("B", "f-4")]);
    const kept = await readSearched(sql, refs, 60_000);
    expect(kept.toSorted((one, two) => (one.identifier < two.identifier ? -1 : 1))).toEqual([
      searched("A", "f-3"),
      searched("B", "f-4"),
    ]);
    expect(await readSearched(sql, refs, 5000)).toEqual([searched("B", "f-4")]);
    expect(await readSearched(sql, [], 5000)).toEqual([]);

    expect(await pruneSearched(sql, 5000)).toBe(1);
    expect(await readSearched(sql, refs, 60_000)).toEqual([searched("B", "f-4")]);
  },
);
