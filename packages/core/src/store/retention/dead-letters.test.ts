import { expect, test } from "bun:test";
import { databaseSorts } from "../../testing/test-databases.ts";
import { defaultRetention, type Retention } from "../../retention.ts";
import { addEvents, noPayload } from "../inbox.ts";
import { retryEvents } from "../inbox-events.ts";
import type { Sql } from "../sql.ts";
import { noteListed, readExpiringLetters, tidyDeadLetters } from "./dead-letters.ts";

const day = 86_400_000;

async function addDead(sql: Sql, ids: readonly string[], kind = "services"): Promise<void> {
  const event = { type: "service.updated", others: [], occurredAt: undefined, signedBy: undefined };
  await addEvents(
    sql,
    ids.map((id) => {
      const key = `${kind}/${id}` as const;
      return { ...event, id, key, payload: noPayload, state: "dead", error: "it cannot be read" };
    }),
  );
}

async function listDead(sql: Sql): Promise<unknown[]> {
  const rows = await sql.all("SELECT id FROM inbox WHERE state = 'dead' ORDER BY id");
  return rows.map((row) => row["id"]);
}

for (const [name, createDatabase] of databaseSorts) {
  test(`tidyDeadLetters() forgets what was listed after 90 days, and warns 7 days before of what was not, on ${name}`, async () => {
    await using database = await createDatabase();
    let days = 0;
    const { sql } = await database.open({ shiftClock: () => days * day });
    await addDead(sql, ["listed", "unseen"]);
    await tidyDeadLetters(sql, defaultRetention);
    await noteListed(sql, ["listed", "nobody"]);
    for (const [at, expiring, left] of [
      [82, 0, ["listed", "unseen"]],
      [83, 1, ["listed", "unseen"]],
      [89, 1, ["listed", "unseen"]],
      [91, 0, []],
    ] as const) {
      days = at;
      const tidied = await tidyDeadLetters(sql, defaultRetention);
      expect([at, tidied.expiring?.letters ?? 0]).toEqual([at, expiring]);
      expect(await listDead(sql)).toEqual([...left]);
    }
  });

  test(`tidyDeadLetters() keeps what nobody was warned of, however old it is, on ${name}`, async () => {
    await using database = await createDatabase();
    let days = 0;
    const { sql } = await database.open({ shiftClock: () => days * day });
    await addDead(sql, ["a", "b"]);
    await tidyDeadLetters(sql, defaultRetention);
    // Nothing ran for a year.
    days = 365;
    const { expiring, forgotten } = await tidyDeadLetters(sql, defaultRetention);
    expect([expiring?.letters, forgotten]).toEqual([2, 0]);
    // Rounded by the databases' clocks: within a second.
    const [row] = await sql.all(`SELECT ${sql.now} AS now`);
    expect(Math.abs((expiring?.firstAt ?? 0) - Number(row?.["now"]) - 7 * day)).toBeLessThan(5000);
    // Who lists one has been told all there is: it goes, and the other has its week.
    await noteListed(sql, ["a"]);
    expect((await tidyDeadLetters(sql, defaultRetention)).forgotten).toBe(1);
    expect(await listDead(sql)).toEqual(["b"]);
    expect((await readExpiringLetters(sql))?.letters).toBe(1);
    days = 373;
    expect(await tidyDeadLetters(sql, defaultRetention)).toEqual({
      forgotten: 1,
      expiring: undefined,
    });
  });

  test(`tidyDeadLetters() begins anew for what was tried again and failed again, and for those of earlier versions, on ${name}`, async () => {
    await using database = await createDatabase();
    let days = 0;
    const { sql } = await database.open({ shiftClock: () => days * day });
    await addDead(sql, ["again", "idle"]);
    days = 100;
    // The first look: it is not known since when they were dead.
    expect(await tidyDeadLetters(sql, defaultRetention)).toEqual({
      forgotten: 0,
      expiring: undefined,
    });
    await noteListed(sql, ["again", "idle"]);
    days = 180;
    await retryEvents(sql, ["again"]);
    await sql.run("UPDATE inbox SET state = 'dead' WHERE id = 'again'");
    await tidyDeadLetters(sql, defaultRetention);
    days = 195;
    await tidyDeadLetters(sql, defaultRetention);
    expect(await listDead(sql)).toEqual(["again"]);
    // Nobody has listed its second failure.
    days = 269;
    expect((await tidyDeadLetters(sql, defaultRetention)).expiring?.letters).toBe(1);
  });

  test(`tidyDeadLetters() goes by the settings, and leaves what waits alone, on ${name}`, async () => {
    await using database = await createDatabase();
    let days = 0;
    const { sql } = await database.open({ shiftClock: () => days * day });
    await addDead(sql, ["short"]);
    await addDead(sql, ["oncall"], "oncalls");
    await addDead(sql, ["waits"]);
    await retryEvents(sql, ["waits"]);
    const retention: Retention = { ...defaultRetention, days: 2, rotatingDays: 1 };
    // Kept for less than a week, they are warned of at once.
    expect((await tidyDeadLetters(sql, retention)).expiring?.letters).toBe(2);
    days = 6;
    expect((await tidyDeadLetters(sql, retention)).forgotten).toBe(0);
    days = 8;
    expect((await tidyDeadLetters(sql, retention)).forgotten).toBe(2);
    expect((await sql.all("SELECT id FROM inbox")).map((row) => row["id"])).toEqual(["waits"]);
  });
}
