import { expect, test } from "bun:test";
import { databaseSorts } from "../../testing/test-databases.ts";
import { defaultRetention } from "../../retention.ts";
import { type JournalEntry, noRun, writeJournal } from "../journal.ts";
import type { Sql } from "../sql.ts";
import { dropRotating, measureJournal, pruneJournal } from "./prune-journal.ts";

const day = 86_400_000;
const retention = defaultRetention;

function entry(identifier: string, rotates: boolean, bytes = 11): JournalEntry {
  const blueprint = rotates ? "oncall" : "service";
  return { blueprint, identifier, entity: { text: "x".repeat(bytes - 11) }, rotates };
}

async function listNames(sql: Sql): Promise<unknown[]> {
  const rows = await sql.all("SELECT identifier FROM journal ORDER BY identifier");
  return rows.map((row) => row["identifier"]);
}

for (const [name, createDatabase] of databaseSorts) {
  test(`pruneJournal() keeps on-calls for 7 days and all else for 90, of runs and events, on ${name}`, async () => {
    await using database = await createDatabase();
    let days = 0;
    const { sql } = await database.open({ shiftClock: () => days * day });
    await writeJournal(sql, noRun, [entry("live", false), entry("live-oncall", true)]);
    await writeJournal(sql, 7, [entry("of-run", false), entry("oncall", true)]);
    for (const [at, left] of [
      [6, ["live", "live-oncall", "of-run", "oncall"]],
      [7, ["live", "of-run"]],
      [89, ["live", "of-run"]],
      [90, []],
    ] as const) {
      days = at;
      await pruneJournal(sql, retention);
      expect([at, await listNames(sql)]).toEqual([at, [...left]]);
    }
  });

  test(`pruneJournal() measures what versions without sizes have left, also of many thousands, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const many = Array.from({ length: 2500 }, (_, place) => entry(`service ${place}`, false, 40));
    await writeJournal(sql, 1, many);
    await sql.run("UPDATE journal SET size = NULL");
    expect(await measureJournal(sql)).toEqual({ firm: 0, rotating: 0 });
    await pruneJournal(sql, retention);
    expect(await measureJournal(sql)).toEqual({ firm: 100_000, rotating: 0 });
  });

  test(`measureJournal() counts bytes by sort, and those of versions that did not note them, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    expect(await measureJournal(sql)).toEqual({ firm: 0, rotating: 0 });
    await writeJournal(sql, 1, [entry("a", false, 100), entry("b", true, 30)]);
    // Written again it is as long as it is now; a stub's second line leaves the first as it was.
    await writeJournal(sql, 1, [entry("a", false, 200)]);
    await writeJournal(sql, 1, [{ ...entry("a", false), entity: { $isStub: true } }]);
    expect(await measureJournal(sql)).toEqual({ firm: 200, rotating: 30 });
    await sql.run(
      `INSERT INTO journal (run, blueprint, identifier, entity, written_at) VALUES (2, 'x', 'é', '{"é":1}', ${sql.now})`,
    );
    await pruneJournal(sql, retention);
    expect(await measureJournal(sql)).toEqual({ firm: 208, rotating: 30 });
  });

  test(`dropRotating() takes the oldest on-calls and nothing else, on ${name}`, async () => {
    await using database = await createDatabase();
    let hours = 0;
    const { sql } = await database.open({ shiftClock: () => hours * 3_600_000 });
    await writeJournal(sql, 1, [entry("service", false, 5000)]);
    for (const run of [1, 2, 3]) {
      const some = Array.from({ length: 1000 }, (_, index) =>
        entry(`${run}-${1000 + index}`, true, 100),
      );
      await writeJournal(sql, run, some);
      hours += 2;
    }
    const drop = (bytes: number): Promise<void> =>
      dropRotating(sql, { bytes, retention, rotates: () => true });
    await drop(100_000);
    expect(await measureJournal(sql)).toEqual({ firm: 5000, rotating: 200_000 });
    await drop(1e9);
    expect(await measureJournal(sql)).toEqual({ firm: 5000, rotating: 0 });
    // What was written within the hour may be about to be deleted.
    await writeJournal(sql, 4, [entry("now", true)]);
    await drop(1e9);
    expect((await measureJournal(sql)).rotating).toBe(11);
  });

  test(`dropRotating() knows on-calls of earlier versions by the mapping, once a week has passed, on ${name}`, async () => {
    await using database = await createDatabase();
    let days = 0;
    const { sql } = await database.open({ shiftClock: () => days * day });
    await writeJournal(sql, 1, [entry("on", true), entry("service", false)]);
    await sql.run("UPDATE journal SET rotates = NULL");
    const rotates = (blueprint: string): boolean => blueprint === "oncall";
    days = 6;
    await dropRotating(sql, { bytes: 1e9, retention, rotates });
    expect(await listNames(sql)).toEqual(["on", "service"]);
    days = 8;
    await dropRotating(sql, { bytes: 1e9, retention, rotates });
    expect(await listNames(sql)).toEqual(["service"]);
  });
}
