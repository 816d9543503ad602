import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { createEvent } from "../testing/inbox-event.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { caseCount } from "../testing/test-size.ts";
import { listEvents, readBacklog } from "./inbox-events.ts";
import {
  answerWithin,
  createInboxWriter,
  InboxBusyError,
  longestWait,
  mostWaiting,
} from "./inbox-writer.ts";
import type { Sql } from "./sql.ts";
import { testClock } from "../testing/test-clock.ts";
import { openTestStore } from "../testing/open-test-store.ts";

/** A store whose transactions are counted, and can be made to fail or to stand still. */
async function openDisturbed(): Promise<{
  readonly sql: Sql;
  readonly transactions: () => number;
  /** Called before each: what it throws, the database throws. */
  disturb: () => Promise<void>;
}> {
  const { sql } = await openTestStore();
  let transactions = 0;
  const disturbed = {
    sql: {
      ...sql,
      get now() {
        return sql.now;
      },
      dialect: sql.dialect,
      all: sql.all.bind(sql),
      run: sql.run.bind(sql),
      transaction: async <Value>(work: (inside: Sql) => Promise<Value>): Promise<Value> => {
        transactions += 1;
        await disturbed.disturb();
        return sql.transaction(work);
      },
    },
    transactions: () => transactions,
    disturb: async (): Promise<void> => undefined,
  };
  return disturbed;
}

test("add() commits together what arrives together", async () => {
  const store = await openDisturbed();
  const writer = createInboxWriter({ sql: store.sql, clock: testClock });
  const added = Array.from({ length: 300 }, (_, place) => writer.add(createEvent(`01F${place}`)));
  expect(writer.waiting).toBe(300);
  expect(new Set(await Promise.all(added))).toEqual(new Set([true]));
  expect([store.transactions(), writer.waiting]).toEqual([1, 0]);
  const repeated = ["01F1", "new", "new"].map((id) => writer.add(createEvent(id)));
  expect(await Promise.all(repeated)).toEqual([false, true, false]);
  expect(await readBacklog(store.sql)).toMatchObject({ waiting: 301 });
});

test("add() fails for the one event that the store does not take, and for no other", async () => {
  const { sql } = await openTestStore();
  const broken: Sql = {
    dialect: sql.dialect,
    now: sql.now,
    all: sql.all.bind(sql),
    run: sql.run.bind(sql),
    transaction: (work) =>
      sql.transaction((inside) =>
        work({
          ...inside,
          run: (text, values) => {
            if (values?.includes("bad") === true) throw new Error("invalid byte sequence");
            return inside.run(text, values);
          },
        }),
      ),
  };
  const writer = createInboxWriter({ sql: broken, clock: testClock });
  const ids = ["a", "bad", "b", "c"];
  const results = await Promise.allSettled(ids.map((id) => writer.add(createEvent(id))));
  expect(results.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
  ]);
  const kept = await listEvents(sql, { limit: 9 });
  expect(kept.map(({ id }) => id).toSorted()).toEqual(["a", "b", "c"]);
});

test("add() fails for all while the store is gone, and succeeds once it is back", async () => {
  const store = await openDisturbed();
  store.disturb = () => Promise.reject(new Error("the disk is full"));
  const writer = createInboxWriter({ sql: store.sql, clock: testClock });
  const events = Array.from({ length: 100 }, (_, place) => createEvent(`01F${place}`));
  const results = await Promise.allSettled(events.map((event) => writer.add(event)));
  for (const result of results) {
    expect(result).toMatchObject({ status: "rejected", reason: { message: "the disk is full" } });
  }
  // Not a hundred attempts.
  expect(store.transactions()).toBe(4);
  expect((await failureOf(writer.add(createEvent("alone")))).message).toBe("the disk is full");
  store.disturb = async () => undefined;
  expect(new Set(await Promise.all(events.map((event) => writer.add(event))))).toEqual(
    new Set([true]),
  );
});

test("add() refuses when the store stands still, answers those who wait, and goes on afterwards", async () => {
  const clock = new FakeClock();
  const store = await openDisturbed();
  const stuck = Promise.withResolvers<undefined>();
  store.disturb = () => stuck.promise;
  const writer = createInboxWriter({ sql: store.sql, clock });
  const first = failureOf(writer.add(createEvent("first")));
  await clock.advance(1);
  const second = failureOf(writer.add(createEvent("second")));
  await clock.advance(longestWait - 1);
  const third = failureOf(writer.add(createEvent("third")));
  await clock.advance(1);
  const refused = await failureOf(writer.add(createEvent("refused")));
  expect(refused).toBeInstanceOf(InboxBusyError);
  expect(refused.message).toBe(`An event has waited ${longestWait + 1} ms to be written`);
  await clock.advance(answerWithin);
  for (const waiting of [first, second, third]) {
    expect((await waiting).message).toBe(`The store did not answer within ${answerWithin} ms`);
  }
  expect(await failureOf(writer.add(createEvent("early")))).toBeInstanceOf(InboxBusyError);
  stuck.resolve(undefined);
  await clock.settle();
  // What was answered with a failure was written after all, and is known when it is sent again.
  expect(await clock.drive(writer.add(createEvent("first")))).toBe(false);
  expect(await clock.drive(writer.add(createEvent("second")))).toBe(true);
  expect(clock.sleeping).toBe(0);
});

test("add() refuses when too many wait", async () => {
  const store = await openDisturbed();
  const stuck = Promise.withResolvers<undefined>();
  store.disturb = () => stuck.promise;
  const writer = createInboxWriter({ sql: store.sql, clock: new FakeClock() });
  const added = Array.from({ length: mostWaiting }, (_, place) =>
    writer.add(createEvent(`01F${place}`)),
  );
  const refused = await failureOf(writer.add(createEvent("one more")));
  expect(refused).toBeInstanceOf(InboxBusyError);
  expect(refused.message).toBe("1000 events wait to be written already");
  stuck.resolve(undefined);
  expect(new Set(await Promise.all(added))).toEqual(new Set([true]));
  expect(await writer.add(createEvent("one more"))).toBe(true);
});

for (const [name, createDatabase] of databaseSorts) {
  test(`of an event that comes many times, to two writers, one is new, on ${name}`, async () => {
    await using database = await createDatabase();
    const writers = [await database.open(), await database.open()].map(({ sql }) =>
      createInboxWriter({ sql, clock: testClock }),
    );
    const arrivals = fc.array(
      fc.record({ id: fc.integer({ min: 0, max: 20 }), writer: fc.integer({ min: 0, max: 1 }) }),
      { minLength: 1, maxLength: 80 },
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(arrivals, async (events) => {
        round += 1;
        const added = await Promise.all(
          events.map(async ({ id, writer }) => {
            const event = createEvent(`${round}-${id}`, { others: [`services/P${id % 3}`] });
            return (await writers[writer]?.add(event)) === true ? [id] : [];
          }),
        );
        const ids = [...new Set(events.map(({ id }) => id))];
        expect(added.flat().toSorted((a, b) => a - b)).toEqual(ids.toSorted((a, b) => a - b));
      }),
      { numRuns: caseCount(15) },
    );
  });
}
