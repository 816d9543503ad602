import { expect, test } from "bun:test";
import { FakeClock } from "../testing/fake-clock.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { claimObjects, releaseClaim } from "./claims.ts";
import { endRun, startRun } from "./runs.ts";
import { asWriter, type PendingWriter, untilQuiet } from "./writers.ts";

for (const [name, createDatabase] of databaseSorts) {
  test(`untilQuiet() waits for runs, claims and other writers of a store, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const clock = new FakeClock();
    const { run } = await startRun(sql, { type: "full", owner: "one" });
    const { claim } = await claimObjects(sql, { objects: ["incidents/Q1"], owner: "two" });
    const written = Promise.withResolvers<void>();
    const writing = asWriter({ sql, clock, owner: "three" }, () => written.promise);
    while ((await sql.all("SELECT 1 FROM lease")).length < 2) await clock.settle();
    const told: (readonly PendingWriter[])[] = [];
    const onWait = (writers: readonly PendingWriter[]): void => {
      told.push(writers);
      const { length } = told;
      if (length === 1) void releaseClaim(sql, claim);
      if (length === 2 && run !== undefined) void endRun(sql, run, { outcome: "failed" });
      if (length === 3) written.resolve();
    };
    const left = await clock.drive(
      untilQuiet({ sql, clock, scope: "all", limit: 600_000, onWait }),
    );
    expect(left).toEqual([]);
    await writing;
    const owners = told.map((writers) => writers.map(({ owner, work }) => `${work} of ${owner}`));
    expect(owners).toEqual([
      ["objects of two", "run of one", "command of three"],
      ["run of one", "command of three"],
      ["command of three"],
    ]);
  });

  test(`untilQuiet() of deletions waits for the claims that there are, and not for later ones or runs, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const clock = new FakeClock();
    await startRun(sql, { type: "full", owner: "one" });
    const { claim } = await claimObjects(sql, { objects: ["incidents/Q1"], owner: "two" });
    const told: string[] = [];
    const onWait = (writers: readonly PendingWriter[]): void => {
      told.push(...writers.map(({ owner }) => owner));
      void claimObjects(sql, { objects: ["incidents/Q2"], owner: "later" });
      void releaseClaim(sql, claim);
    };
    const wait = untilQuiet({ sql, clock, scope: "deletions", limit: 600_000, onWait });
    expect(await clock.drive(wait)).toEqual([]);
    expect(told).toEqual(["two"]);
  });

  test(`untilQuiet() tells who still may write when its limit has come, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const clock = new FakeClock();
    await claimObjects(sql, { objects: ["incidents/Q1", "incidents/Q2"], owner: "stuck" });
    const left = await clock.drive(untilQuiet({ sql, clock, scope: "all", limit: 5000 }));
    expect(left).toEqual([{ owner: "stuck", work: "objects", count: 2 }]);
  });
}
