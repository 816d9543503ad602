import { expect, test } from "bun:test";
import { deleteEntities } from "../../sink/port/delete-entities.ts";
import { readIntegration } from "../../sink/port/integration.ts";
import { listOwnedEntities } from "../../sink/port/list-owned-entities.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import { searchEntities } from "../../sink/port/search-entities.ts";
import { createEntityWriter } from "../../sink/port/write-entities.ts";
import { setPause } from "../../store/pause.ts";
import { failureOf } from "../../testing/failure-of.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { openTestStore } from "../../testing/open-test-store.ts";
import { ScriptedPort } from "../../testing/scripted-port.ts";
import { guardPort } from "./guard-port.ts";
import { createPauseGate } from "./pause-gate.ts";
import { PausedError } from "./paused-error.ts";

const entity = { blueprint: "b", identifier: "Q1", title: "One", properties: {}, relations: {} };
const plain = { merge: true, createMissingRelatedEntities: false };

test("guardPort() reads on, and writes nothing, while writing is paused", async () => {
  await using store = await openTestStore();
  const scripted = new ScriptedPort(() => ({ integration: {}, entities: [] }));
  const gate = createPauseGate({ sql: store.sql, clock: new FakeClock() });
  await setPause(store.sql, { scope: "all", by: "ana" });
  const port = guardPort(scripted, gate, "write");
  await readIntegration(port, { integrationIdentifier: "mine" });
  const query = { combinator: "and", rules: [] };
  for await (const page of searchEntities(port, { blueprint: "b", query }))
    expect(page).toEqual([]);
  for await (const page of listOwnedEntities(port, { integrationIdentifier: "mine" })) {
    expect(page).toEqual([]);
  }
  expect(scripted.requests).toHaveLength(3);
  const refused = [
    createEntityWriter({ port, ...plain }).write([entity]),
    deleteEntities(port, "b", ["Q1"]),
    port.send({ method: "PATCH", path: "/integration/mine/config" }),
    port.send({ method: "POST", path: "/blueprints" }),
  ];
  for (const one of refused) expect(await failureOf(one)).toBeInstanceOf(PausedError);
  expect(scripted.requests).toHaveLength(3);
});

test("guardPort() of deletions holds back its writes where deletions alone are paused", async () => {
  await using store = await openTestStore();
  const scripted = new ScriptedPort(() => ({ entities: [], deletedEntities: ["Q1"] }));
  const gate = createPauseGate({ sql: store.sql, clock: new FakeClock() });
  await setPause(store.sql, { scope: "deletions", by: "ana" });
  const writing = guardPort(scripted, gate, "write");
  await createEntityWriter({ port: writing, ...plain }).write([entity]);
  expect(scripted.requests).toHaveLength(1);
  const deleting = guardPort(writing, gate, "deletion");
  expect(await failureOf(deleteEntities(deleting, "b", ["Q1"]))).toBeInstanceOf(PausedError);
  const stubbing = createEntityWriter({ port: deleting, ...plain }).write([entity]);
  expect(await failureOf(stubbing)).toBeInstanceOf(PausedError);
  expect(scripted.requests).toHaveLength(1);
});

test("guardPort() gives up a write that waits for its turn when a pause begins", async () => {
  await using store = await openTestStore();
  const clock = new FakeClock();
  const gate = createPauseGate({ sql: store.sql, clock });
  // As a client that waits for the rate limit, or for another attempt.
  const waiting: PortClient = {
    send: ({ signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  };
  const port = guardPort(waiting, gate, "write");
  const writing = createEntityWriter({ port, ...plain }).write([entity]);
  const failed = failureOf(writing);
  await clock.advance(500);
  await setPause(store.sql, { scope: "all", by: "ana" });
  expect(await clock.drive(failed)).toBeInstanceOf(PausedError);
  expect(clock.now() - new FakeClock().now()).toBeLessThanOrEqual(2000);
});
