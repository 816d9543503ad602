import { expect, test } from "bun:test";
import { failureOf } from "../testing/failure-of.ts";
import { describeError } from "../errors.ts";
import { createEvent } from "../testing/inbox-event.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { addEvents } from "./inbox.ts";
import { claimJobs, postponeEvents } from "./inbox-jobs.ts";
import { releaseClaim } from "./claims.ts";
import { clearQueuedRun, readQueuedRun } from "./queued-run.ts";
import {
  deletionsArePaused,
  endPassedPause,
  endPause,
  noteWithheldByPause,
  readPause,
  readPauses,
  setPause,
} from "./pause.ts";
import type { Sql } from "./sql.ts";

const hour = 3_600_000;

/** An event that waits for an hour, for a reason. */
async function addPostponed(sql: Sql, id: string, error: string): Promise<void> {
  await addEvents(sql, [createEvent(id, { key: `incidents/${id}` })]);
  const [job] = await claimJobs(sql, { owner: "test", most: 1 });
  if (job === undefined) throw new Error("It was not claimed");
  await postponeEvents(sql, job, { error, delay: hour });
  await releaseClaim(sql, job.claim);
}

async function listDue(sql: Sql): Promise<string[]> {
  const jobs = await claimJobs(sql, { owner: "test", most: 10 });
  for (const { claim } of jobs) await releaseClaim(sql, claim);
  return jobs.map(({ key }) => key);
}

for (const [name, createDatabase] of databaseSorts) {
  test(`setPause() holds for all who share the store, until endPause(), on ${name}`, async () => {
    await using database = await createDatabase();
    const [{ sql }, { sql: other }] = [await database.open(), await database.open()];
    expect(await readPause(other)).toBeUndefined();
    expect(await endPause(sql, { by: "ana" })).toBeUndefined();
    const pause = await setPause(sql, { scope: "all", by: "ana@desk", reason: "Port\nmigrates " });
    expect(pause).toMatchObject({ scope: "all", by: "ana@desk", reason: "Port migrates" });
    expect(pause.until).toBeUndefined();
    expect(await readPause(other)).toEqual(pause);
    expect(await endPause(other, { by: "bob@desk" })).toEqual(pause);
    expect(await readPause(sql)).toBeUndefined();
    const { ended } = await readPauses(sql);
    expect(ended).toMatchObject({ pause, by: "bob@desk" });
    expect(await endPause(sql, { by: "ana" })).toBeUndefined();
  });

  test(`setPause() in the place of another has begun when that did, if it is of the same, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const narrower = await setPause(sql, { scope: "deletions", by: "ana" });
    shift = 5000;
    const { since } = await setPause(sql, { scope: "all", by: "bob" });
    expect(since).toBeGreaterThanOrEqual(narrower.since + 5000);
    shift = 9000;
    const longer = await setPause(sql, { scope: "all", by: "cem", for: hour });
    expect(longer).toMatchObject({ since, by: "cem" });
    expect(await readPause(sql)).toEqual(longer);
  });

  test(`setPause() of deletions does not take the place of a pause of all writing, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const pause = await setPause(sql, { scope: "all", by: "ana", for: hour });
    const error = await failureOf(setPause(sql, { scope: "deletions", by: "bob" }));
    expect(describeError(error)).toContain("paused by ana, deletions with it: pagerport resume");
    expect(await readPause(sql)).toEqual(pause);
    // Once its time has passed there is nothing in the way.
    shift = hour + 1;
    expect(await setPause(sql, { scope: "deletions", by: "bob" })).toMatchObject({ by: "bob" });
  });

  test(`a pause by time ends by the database's clock, and is settled once, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const pause = await setPause(sql, { scope: "deletions", by: "ana", for: hour });
    expect(pause.until).toBe(pause.since + hour);
    await endPassedPause(sql);
    expect(await readPause(sql)).toEqual(pause);
    await noteWithheldByPause(sql);
    await addPostponed(sql, "Q1", `${deletionsArePaused} by ana`);
    await addPostponed(sql, "Q2", "PagerDuty does not show it yet");
    expect(await listDue(sql)).toEqual([]);
    shift = hour - 1000;
    expect((await readPauses(sql)).hasPassed).toBe(false);
    shift = hour + 1;
    // Before the postponed are due by themselves.
    await sql.run("UPDATE inbox SET next_attempt = next_attempt + ?", [hour]);
    expect(await readPauses(sql)).toMatchObject({ pause: undefined, hasPassed: true });
    expect(await readQueuedRun(sql)).toBeUndefined();
    await Promise.all([endPassedPause(sql), endPassedPause(sql)]);
    expect(await readPauses(sql)).toMatchObject({ hasPassed: false, ended: { pause } });
    expect((await readPauses(sql)).ended?.by).toBeUndefined();
    expect(await listDue(sql)).toEqual(["incidents/Q1"]);
    expect(await readQueuedRun(sql)).toBe("full");
    // Nobody ends what has ended.
    expect(await endPause(sql, { by: "bob" })).toBeUndefined();
  });

  test(`endPause() asks for no run where nothing was withheld, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await setPause(sql, { scope: "deletions", by: "ana" });
    await endPause(sql, { by: "ana" });
    expect(await readQueuedRun(sql)).toBeUndefined();
  });

  test(`noteWithheldByPause() asks for a full run where the pause is over already, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await setPause(sql, { scope: "deletions", by: "ana" });
    await endPause(sql, { by: "ana" });
    await noteWithheldByPause(sql);
    expect(await readQueuedRun(sql)).toBe("full");
    // Nothing is left for the end of another pause to ask for again.
    await clearQueuedRun(sql, "full");
    await setPause(sql, { scope: "deletions", by: "ana" });
    await endPause(sql, { by: "ana" });
    expect(await readQueuedRun(sql)).toBeUndefined();
  });

  test(`noteWithheldByPause() asks for a full run where the pause is just being ended, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await setPause(sql, { scope: "deletions", by: "ana" });
    const noting = await sql.transaction(async (inside) => {
      await endPause(inside, { by: "ana" });
      const noted = noteWithheldByPause(sql);
      // As much as it gets done before this is committed.
      for (let asked = 0; asked < 20; asked += 1) await inside.all("SELECT 1 AS one");
      return { noted };
    });
    await noting.noted;
    expect(await readQueuedRun(sql)).toBe("full");
  });
}
