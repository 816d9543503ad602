import { expect, test } from "bun:test";
import { failureOf } from "../testing/failure-of.ts";
import { createEvent } from "../testing/inbox-event.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { claimDuration, claimObjects, completeClaim, renewClaim } from "./claims.ts";
import { addEvents } from "./inbox.ts";
import { dropEvents, listEvents, readBacklog, readEvent, retryEvents } from "./inbox-events.ts";
import {
  claimJobs,
  endEvents,
  failEvents,
  type InboxJob,
  mostAttempts,
  postponeEvents,
} from "./inbox-jobs.ts";
import { LeaseLostError } from "./lease.ts";
import type { Sql } from "./sql.ts";

const owner = "a test";

async function claimOne(sql: Sql): Promise<InboxJob> {
  const [job] = await claimJobs(sql, { owner, most: 1 });
  if (job === undefined) throw new Error("There is nothing to do");
  return job;
}

for (const [name, createDatabase] of databaseSorts) {
  test(`endEvents() of what could not be read leaves dead letters to a person, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const error = "Port refused it";
    await addEvents(sql, [createEvent("01A", { state: "dead", error }), createEvent("01B")]);
    const job = await claimOne(sql);
    await completeClaim(sql, job.claim, (inside) => endEvents(inside, job, { keepsDead: true }));
    expect((await readEvent(sql, "01A"))?.state).toBe("dead");
    expect((await readEvent(sql, "01B"))?.state).toBe("done");
    await addEvents(sql, [createEvent("01C")]);
    const next = await claimOne(sql);
    await completeClaim(sql, next.claim, (inside) => endEvents(inside, next));
    expect((await readEvent(sql, "01A"))?.state).toBe("done");
  });

  test(`claimJobs() gives all events of an object to one job, and later ones to the next, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await addEvents(sql, [
      createEvent("01A"),
      createEvent("01B", { others: ["services/PS1"] }),
      createEvent("01C", { key: "incidents/Q2" }),
    ]);
    const jobs = await claimJobs(sql, { owner, most: 10 });
    const summary = jobs.map(({ key, events }) => [key, events.map(({ id }) => id)] as const);
    expect(new Map(summary)).toEqual(
      new Map([
        ["incidents/Q1", ["01A", "01B"]],
        ["services/PS1", ["01B/services/PS1"]],
        ["incidents/Q2", ["01C"]],
      ]),
    );
    await addEvents(sql, [createEvent("01D")]);
    expect(await claimJobs(sql, { owner, most: 10 })).toEqual([]);
    const first = jobs.find(({ key }) => key === "incidents/Q1");
    if (first === undefined) throw new Error("It was not claimed");
    await completeClaim(sql, first.claim, (inside) => endEvents(inside, first));
    expect((await readEvent(sql, "01A"))?.state).toBe("done");
    expect((await readEvent(sql, "01A"))?.payload).toHaveLength(0);
    const next = await claimOne(sql);
    expect([next.key, next.events.map(({ id }) => id)]).toEqual(["incidents/Q1", ["01D"]]);
  });

  test(`claimJobs() gives each object to one of many workers on ${name}`, async () => {
    await using database = await createDatabase();
    const [one, other] = [(await database.open()).sql, (await database.open()).sql];
    const events = Array.from({ length: 60 }, (_, place) =>
      createEvent(`01F${place}`, { key: `incidents/Q${place % 20}` }),
    );
    await addEvents(one, events);
    const jobs = await Promise.all(
      [one, other, one, other, one, other].map((sql) => claimJobs(sql, { owner, most: 7 })),
    );
    const keys = jobs.flat().map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { events: own } of jobs.flat()) expect(own).toHaveLength(3);
  });

  test(`claimJobs() leaves alone what a run has claimed on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await addEvents(sql, [createEvent("01A")]);
    const { claim } = await claimObjects(sql, { objects: ["incidents/Q1"], owner: "run" });
    expect(await claimJobs(sql, { owner, most: 5 })).toEqual([]);
    await completeClaim(sql, claim, async () => undefined);
    expect((await claimOne(sql)).events).toHaveLength(1);
  });

  test(`claimJobs() takes the object that has waited longest first on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    for (const id of ["Q3", "Q1", "Q2"]) {
      shift += 1000;
      await addEvents(sql, [createEvent(id, { key: `incidents/${id}` })]);
    }
    const keys: string[] = [];
    while (keys.length < 3) keys.push((await claimOne(sql)).key);
    expect(keys).toEqual(["incidents/Q3", "incidents/Q1", "incidents/Q2"]);
  });

  test(`a job that lapsed changes nothing, and its events are another's, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    await addEvents(sql, [createEvent("01A")]);
    const slow = await claimOne(sql);
    shift += claimDuration - 1000;
    expect(await renewClaim(sql, slow.claim)).toBe(true);
    shift += claimDuration;
    const other = await claimOne(sql);
    expect(other.events).toMatchObject([{ id: "01A", attempts: 0 }]);
    const late = completeClaim(sql, slow.claim, (inside) => endEvents(inside, slow));
    expect(await failureOf(late)).toBeInstanceOf(LeaseLostError);
    expect((await readEvent(sql, "01A"))?.state).toBe("waiting");
    await completeClaim(sql, other.claim, (inside) => endEvents(inside, other));
    expect((await readEvent(sql, "01A"))?.state).toBe("done");
  });

  test(`events that fail ${mostAttempts} times are dead letters, until their object succeeds, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    await addEvents(sql, [createEvent("01A")]);
    const deaths: number[] = [];
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      const job = await claimOne(sql);
      await completeClaim(sql, job.claim, async (inside) => {
        deaths.push(await failEvents(inside, job, { error: "x".repeat(2000), delay: 5000 }));
      });
      expect(await claimJobs(sql, { owner, most: 1 })).toEqual([]);
      shift += 6000;
    }
    expect(deaths).toEqual([...Array.from({ length: mostAttempts - 1 }, () => 0), 1]);
    expect(await claimJobs(sql, { owner, most: 1 })).toEqual([]);
    const dead = await readEvent(sql, "01A");
    expect([dead?.state, dead?.attempts, dead?.lastError?.length]).toEqual(["dead", 10, 1001]);
    expect(dead?.payload.length).toBeGreaterThan(0);
    // It does not block its object, and what comes later settles it.
    await addEvents(sql, [
      createEvent("01B"),
      createEvent("01X", { key: "incidents/Q2", state: "dead" }),
    ]);
    const job = await claimOne(sql);
    expect(job.events).toMatchObject([{ id: "01B", attempts: 0 }]);
    await completeClaim(sql, job.claim, (inside) => endEvents(inside, job));
    expect(await readBacklog(sql)).toEqual({ waiting: 0, dead: 1, oldest: undefined });
    expect((await readEvent(sql, "01A"))?.state).toBe("done");
  });

  test(`postponeEvents() waits and does not count on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    await addEvents(sql, [createEvent("01A")]);
    for (let attempt = 0; attempt < mostAttempts + 2; attempt += 1) {
      const job = await claimOne(sql);
      await completeClaim(sql, job.claim, (inside) =>
        postponeEvents(inside, job, { error: "Port does not answer", delay: 60_000 }),
      );
      expect(await claimJobs(sql, { owner, most: 1 })).toEqual([]);
      shift += 60_000;
    }
    expect(await readEvent(sql, "01A")).toMatchObject({
      state: "waiting",
      attempts: 0,
      lastError: "Port does not answer",
    });
  });

  test(`retryEvents() and dropEvents() count, and a job does not undo them, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    await addEvents(sql, [
      createEvent("01A"),
      createEvent("01B"),
      createEvent("01C", { key: "incidents/Q2", state: "dead", error: "Port refuses it" }),
    ]);
    const job = await claimOne(sql);
    expect(await dropEvents(sql, ["01B"])).toBe(1);
    await completeClaim(sql, job.claim, async (inside) => {
      await failEvents(inside, job, { error: "no", delay: 1000 });
    });
    expect((await readEvent(sql, "01B"))?.state).toBe("done");
    expect(await retryEvents(sql, ["01C"])).toBe(1);
    expect((await claimOne(sql)).events).toMatchObject([{ id: "01C", attempts: 0 }]);
    expect(await retryEvents(sql)).toBe(2);
    expect((await claimOne(sql)).events).toMatchObject([{ id: "01A", attempts: 0 }]);
    expect(await listEvents(sql, { states: ["dead"], limit: 5 })).toEqual([]);
    expect([await retryEvents(sql, []), await dropEvents(sql, [])]).toEqual([0, 0]);
  });
}
