import { expect, test } from "bun:test";
import { databaseSorts } from "../../testing/test-databases.ts";
import {
  forgetDeletions,
  lockDeletions,
  type PastDeletion,
  pruneDeletions,
  readCounted,
  recordDeletions,
} from "./deletions.ts";

const now = Date.parse("2026-03-02T09:00:00Z");

function deletion(identifier: string, changes: Partial<PastDeletion> = {}): PastDeletion {
  const usual = { at: now, evidence: "E5", counts: true };
  return { blueprint: "service", identifier, ...usual, ...changes };
}

for (const [name, createDatabase] of databaseSorts) {
  test(`readCounted() has what counts since a moment, each once, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await recordDeletions(sql, [
      deletion("old", { at: now - 2 }),
      deletion("just", { at: now - 1 }),
      deletion("new"),
      deletion("uncounted", { counts: false }),
      deletion("new", { blueprint: "user" }),
    ]);
    const counted = await readCounted(sql, now - 2);
    expect(
      counted.map(({ blueprint, identifier }) => `${blueprint} ${identifier}`).toSorted(),
    ).toEqual(["service just", "service new", "user new"]);
    expect(counted.find(({ identifier }) => identifier === "just")?.at).toBe(now - 1);
    // It came back and went again, as an object that ended.
    await recordDeletions(sql, [deletion("just", { at: now + 5, evidence: "E1", counts: false })]);
    expect(await readCounted(sql, now - 2)).toHaveLength(2);
  });

  test(`forgetDeletions() and pruneDeletions() forget what is back and what is old on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const all = Array.from({ length: 1203 }, (_, place) => deletion(`P${place}`, { at: place }));
    await recordDeletions(sql, all);
    await forgetDeletions(sql, all.slice(1000));
    expect(await readCounted(sql, -1)).toHaveLength(1000);
    await pruneDeletions(sql, 99);
    expect(await readCounted(sql, -1)).toHaveLength(900);
  });

  test(`lockDeletions() lets one decide at a time on ${name}`, async () => {
    await using database = await createDatabase();
    const first = await database.open();
    const second = await database.open();
    const most = 5;
    let going = 0;
    const decide = (place: number): Promise<void> =>
      (place % 2 === 0 ? first : second).sql.transaction(async (sql) => {
        await lockDeletions(sql);
        going += 1;
        expect(going).toBe(1);
        const { length } = await readCounted(sql, 0);
        if (length < most) await recordDeletions(sql, [deletion(`P${place}`)]);
        going -= 1;
      });
    await Promise.all(Array.from({ length: 20 }, (_, place) => decide(place)));
    expect(await readCounted(first.sql, 0)).toHaveLength(most);
  });
}
