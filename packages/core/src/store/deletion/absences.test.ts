import { expect, test } from "bun:test";
import { databaseSorts } from "../../testing/test-databases.ts";
import {
  type Absence,
  forgetAbsences,
  keepAbsences,
  nameAbsent,
  readAbsences,
} from "./absences.ts";

const now = Date.parse("2026-03-02T09:00:00Z");

function absence(identifier: string, known: Partial<Absence> = {}): Absence {
  const unknown = { unlistedAt: undefined, goneAt: undefined, askedAt: undefined };
  return { blueprint: "service", identifier, ...unknown, namedAt: undefined, ...known };
}

for (const [name, createDatabase] of databaseSorts) {
  test(`keepAbsences() puts what is known in the place of what was, but for the name, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    expect(await readAbsences(sql)).toEqual([]);
    const first = absence("P1", { unlistedAt: now, goneAt: now, askedAt: now, namedAt: now });
    await keepAbsences(sql, [first, absence("P2")]);
    const known = await readAbsences(sql);
    expect(known.toSorted((one, other) => (one.identifier < other.identifier ? -1 : 1))).toEqual([
      first,
      absence("P2"),
    ]);
    const second = absence("P1", { unlistedAt: now, goneAt: now + 1, askedAt: now + 1 });
    await keepAbsences(sql, [second]);
    await forgetAbsences(sql, [{ blueprint: "service", identifier: "P2" }]);
    expect(await readAbsences(sql)).toEqual([{ ...second, namedAt: now }]);
    // Of another blueprint.
    await forgetAbsences(sql, [{ blueprint: "user", identifier: "P1" }]);
    expect(await readAbsences(sql)).toHaveLength(1);
  });

  test(`nameAbsent() keeps when the first 404 was on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await keepAbsences(sql, [
      absence("P1", { unlistedAt: now - 9, goneAt: now - 9, askedAt: now - 9 }),
    ]);
    const refs = ["P1", "P2"].map((identifier) => ({ blueprint: "service", identifier }));
    await nameAbsent(sql, refs, now);
    const known = new Map((await readAbsences(sql)).map((one) => [one.identifier, one]));
    expect(known.get("P1")).toEqual(
      absence("P1", { unlistedAt: now - 9, goneAt: now - 9, askedAt: now, namedAt: now }),
    );
    expect(known.get("P2")).toEqual(absence("P2", { goneAt: now, askedAt: now, namedAt: now }));
  });

  test(`absences may be more than one statement takes, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const all = Array.from({ length: 1203 }, (_, place) => absence(`P${place}`, { goneAt: now }));
    await keepAbsences(sql, all);
    await nameAbsent(sql, all, now);
    expect(await readAbsences(sql)).toHaveLength(1203);
    await forgetAbsences(sql, all.slice(3));
    expect(await readAbsences(sql)).toHaveLength(3);
  });
}
