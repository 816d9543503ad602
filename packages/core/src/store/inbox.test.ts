import { expect, test } from "bun:test";
import { createEvent } from "../testing/inbox-event.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { addEvents, readLastEvent } from "./inbox.ts";
import {
  dropEvents,
  keptDone,
  listEvents,
  pruneEvents,
  readBacklog,
  readEvent,
  retryEvents,
} from "./inbox-events.ts";

for (const [name, createDatabase] of databaseSorts) {
  test(`addEvents() keeps each event once, with its bytes and all that it touches, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const payload = new Uint8Array([123, 0, 255, 125]);
    const event = createEvent("01F", {
      others: ["services/PS1", "incidents/Q2"],
      payload,
      occurredAt: 1234,
      signedBy: "PSUB",
    });
    expect(await addEvents(sql, [event, event])).toContain("01F");
    expect((await addEvents(sql, [event])).size).toBe(0);
    const [all, again] = [await listEvents(sql, { limit: 10 }), await readEvent(sql, "01F")];
    expect(new Map(all.map(({ id, key }) => [id, key ?? ""]))).toEqual(
      new Map([
        ["01F", "incidents/Q1"],
        ["01F/incidents/Q2", "incidents/Q2"],
        ["01F/services/PS1", "services/PS1"],
      ]),
    );
    expect(again).toMatchObject({
      type: "incident.triggered",
      state: "waiting",
      occurredAt: 1234,
      signedBy: "PSUB",
      attempts: 0,
      lastError: undefined,
      endedAt: undefined,
      payload,
    });
    expect((await readEvent(sql, "01F/services/PS1"))?.payload).toHaveLength(0);
    expect(await readEvent(sql, "other")).toBeUndefined();
  });

  test(`addEvents() has what several new events touch read again once, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const create = (id: string, others: string[]) => createEvent(id, { others });
    await addEvents(sql, [create("01", ["services/PS1"])]);
    // The first is known: what it touched may have been seen to already.
    const more = [
      create("01", ["services/PS1"]),
      create("03", ["services/PS2", "services/PS1"]),
      create("02", ["services/PS1"]),
    ];
    expect(await addEvents(sql, more)).toEqual(new Set(["02", "03"]));
    const ids = (await listEvents(sql, { limit: 10 })).map(({ id }) => id);
    const touched = ["01/services/PS1", "02/services/PS1", "03/services/PS2"];
    expect(ids.toSorted()).toEqual(["01", ...touched, "02", "03"].toSorted());
  });

  test(`addEvents() takes thousands at once, the same over two connections, on ${name}`, async () => {
    await using database = await createDatabase();
    const connections = [await database.open(), await database.open()];
    const events = Array.from({ length: 1200 }, (_, place) =>
      createEvent(`01F${place}`, { key: `incidents/Q${place % 7}` }),
    );
    const added = await Promise.all(
      connections.map(({ sql }, place) =>
        addEvents(sql, place === 0 ? events : events.toReversed()),
      ),
    );
    expect(added.reduce((sum, { size }) => sum + size, 0)).toBe(1200);
    const [one] = connections;
    expect(one && (await readBacklog(one.sql)).waiting).toBe(1200);
  });

  test(`an event that nothing depends on is done at once, and one that is unreadable dead, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const payload = new TextEncoder().encode("{");
    await addEvents(sql, [
      createEvent("ping", { type: "pagey.ping", key: undefined, state: "done" }),
      createEvent("odd", { key: undefined, state: "dead", error: "It is not JSON", payload }),
    ]);
    const ping = await readEvent(sql, "ping");
    expect([ping?.state, ping?.payload.length, ping?.key]).toEqual(["done", 0, undefined]);
    expect(ping?.endedAt).toBe(ping?.receivedAt ?? 0);
    expect(await readEvent(sql, "odd")).toMatchObject({ lastError: "It is not JSON", payload });
    expect(await readBacklog(sql)).toEqual({ waiting: 0, dead: 1, oldest: undefined });
    expect(await retryEvents(sql, ["odd", "ping", "none"])).toBe(0);
    expect(await dropEvents(sql, ["odd", "ping", "none"])).toBe(1);
    expect(await readEvent(sql, "odd")).toMatchObject({ state: "done", payload: new Uint8Array() });
  });

  test(`readLastEvent() is when a secret was last used, known events included, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const event = createEvent("01F", { signedBy: "PSUB" });
    expect(await readLastEvent(sql, "PSUB")).toBeUndefined();
    await addEvents(sql, [event]);
    const first = (await readLastEvent(sql, "PSUB")) ?? 0;
    shift = 60_000;
    await addEvents(sql, [event]);
    expect(((await readLastEvent(sql, "PSUB")) ?? 0) - first).toBeGreaterThanOrEqual(60_000);
    expect(await readLastEvent(sql, "POTHER")).toBeUndefined();
  });

  test(`listEvents() lists what is asked for, the last first, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const types = ["incident.triggered", "service.updated", "pagey.ping"];
    for (const [place, type] of types.entries()) {
      shift = place * 1000;
      const state = type === "pagey.ping" ? "done" : "waiting";
      const key = state === "done" ? undefined : `incidents/Q${place}`;
      await addEvents(sql, [createEvent(`01F${place}`, { type, state, key })]);
    }
    const list = async (options: object): Promise<string[]> =>
      (await listEvents(sql, { limit: 10, ...options })).map(({ id }) => id);
    expect(await list({})).toEqual(["01F2", "01F1", "01F0"]);
    expect(await list({ limit: 1 })).toEqual(["01F2"]);
    expect(await list({ states: ["waiting", "dead"] })).toEqual(["01F1", "01F0"]);
    expect(await list({ states: [] })).toEqual([]);
    expect(await list({ type: "pagey.ping" })).toEqual(["01F2"]);
    expect(await list({ key: "incidents/Q0" })).toEqual(["01F0"]);
    const middle = (await readEvent(sql, "01F1"))?.receivedAt;
    expect(await list({ since: middle })).toEqual(["01F2", "01F1"]);
    expect((await readBacklog(sql)).oldest).toBeGreaterThanOrEqual(2000);
  });

  test(`pruneEvents() forgets what was done long ago, and nothing else, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const done = Array.from({ length: 1100 }, (_, place) =>
      createEvent(`done${place}`, { state: "done" }),
    );
    await addEvents(sql, [
      ...done,
      createEvent("waiting"),
      createEvent("dead", { state: "dead", key: undefined }),
    ]);
    shift = keptDone - 60_000;
    expect(await pruneEvents(sql)).toBe(0);
    shift = keptDone + 1;
    await addEvents(sql, [createEvent("late", { state: "done" })]);
    expect(await pruneEvents(sql)).toBe(1100);
    const left = await listEvents(sql, { limit: 10 });
    expect(left.map(({ id }) => id).toSorted()).toEqual(["dead", "late", "waiting"]);
  });
}
