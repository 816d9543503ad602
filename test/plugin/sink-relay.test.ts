import { expect, test } from "bun:test";
import { type JsonObject, type PortClient, watchWrites } from "@pagerport/core";
import { FakeClock } from "../../packages/core/src/testing/fake-clock.ts";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { ScriptedPort } from "../../packages/core/src/testing/scripted-port.ts";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import type { Sink } from "../../packages/plugin/src/sink.ts";
import { createSinkRelay } from "../../packages/plugin/src/sink-relay.ts";

/** Port, which has Q1 and not Q2, and takes all that is written. */
function createPort(): ScriptedPort {
  return new ScriptedPort((what): JsonObject => {
    if (what.includes("search")) {
      return { entities: [{ identifier: "Q1", blueprint: "a b", title: "As Port has it" }] };
    }
    if (what.includes("delete")) return { deletedEntities: ["Q2"] };
    return { entities: [{ index: 0, created: true, identifier: "Q1" }] };
  });
}

/** A sink that notes what it is told, once it works. */
function createSink(name: string): { sink: Sink; told: unknown[]; repair: () => void } {
  const told: unknown[] = [];
  let isBroken = true;
  const take = async (kind: string, entities: readonly object[]): Promise<void> => {
    if (isBroken) throw new Error("it is full");
    told.push([kind, ...entities]);
  };
  const write: Sink["write"] = (entities) => take("write", entities);
  const remove: Sink["delete"] = (entities) => take("delete", entities);
  return { sink: { name, write, delete: remove }, told, repair: () => void (isBroken = false) };
}

function send(port: PortClient, action: string, entities: string[] | { identifier: string }[]) {
  return port.send({ method: "POST", path: `/blueprints/a%20b/${action}`, body: { entities } });
}

for (const [name, createDatabase] of databaseSorts) {
  test(`createSinkRelay() tells a sink until it has taken it, as Port has it by then, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const [good, bad] = [createSink("good"), createSink("bad")];
    good.repair();
    const errors: string[] = [];
    const logger = { error: (message: string) => void errors.push(message) };
    const sinks = [good.sink, bad.sink];
    const clock = new FakeClock();
    const port = createPort();
    const relay = createSinkRelay({ sinks, port, sql, clock, logger });
    const watched = watchWrites({ port, begin: relay.begin });
    await send(watched, "entities/bulk", [{ identifier: "Q1" }]);
    await send(watched, "bulk/entities/delete", ["Q2"]);
    const [ref, blueprint] = [{ blueprint: "a b", identifier: "Q2" }, "a b"];
    const whole = { blueprint, identifier: "Q1", created: true, entity: { identifier: "Q1" } };
    expect(good.told).toEqual([
      ["write", whole],
      ["delete", ref],
    ]);
    expect(errors).toEqual([
      "The sink 'bad' did not take 1 written entities: it is full",
      "The sink 'bad' did not take 1 deleted entities: it is full",
    ]);

    bad.repair();
    shift = 61_000;
    // Another process, which knows what the store knows.
    const later = createSinkRelay({ sinks, port, sql, clock, logger });
    const stop = new AbortController();
    const running = later.run(stop.signal);
    while (bad.told.length < 2) await Bun.sleep(1);
    shift = 130_000;
    await clock.advance(60_000);
    while (clock.sleeping === 0) await Bun.sleep(1);
    stop.abort();
    await running;
    const entity = { identifier: "Q1", blueprint, title: "As Port has it" };
    expect(bad.told).toEqual([
      ["write", { blueprint, identifier: "Q1", created: false, entity }],
      ["delete", ref],
    ]);
    expect(good.told).toHaveLength(2);
  });
}

test("createSinkRelay() finds out what became of a write that Port did not answer", async () => {
  const [, createDatabase] = databaseSorts[0] ?? [];
  await using database = await createDatabase?.();
  let shift = 0;
  const { sql } = (await database?.open({ shiftClock: () => shift })) ?? {};
  if (sql === undefined) throw new Error("There is no database");
  const { sink, told, repair } = createSink("good");
  repair();
  let isDown = true;
  const port = createPort();
  const shaky: PortClient = {
    send: (request) => (isDown ? Promise.reject(new Error("No answer")) : port.send(request)),
  };
  const clock = new FakeClock();
  const logger = { error: () => undefined };
  const relay = createSinkRelay({ sinks: [sink], port: shaky, sql, clock, logger });
  const watched = watchWrites({ port: shaky, begin: relay.begin });
  await failureOf(send(watched, "entities/bulk", [{ identifier: "Q1" }]));
  expect(told).toEqual([]);
  isDown = false;
  shift = 61_000;
  const stop = new AbortController();
  const running = relay.run(stop.signal);
  while (told.length === 0) await Bun.sleep(1);
  stop.abort();
  await running;
  expect(told).toHaveLength(1);
});
