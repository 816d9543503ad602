import { expect, test } from "bun:test";
import { ConfigError } from "@pagerport/core";
import { eventTypes } from "../webhooks/event-types.ts";
import { startSubscriber } from "../webhooks/subscriber.ts";
import { startSandbox } from "../../testing/start-sandbox.ts";

const now = "2026-06-30T12:00:00Z";
const small = { services: 12, incidents: 50, now } as const;

test("playDay() lets events of every type happen, the same ones for the same options", async () => {
  const bodies: string[] = [];
  for (const _ of [1, 2]) {
    await using sandbox = await startSandbox(small);
    const { webhooks, pagerduty, clock } = sandbox;
    webhooks.subscribe({ url: "http://subscriber.example" });
    sandbox.configure({ webhooks: { losses: 1 } });
    const day = await sandbox.playDay({ incidents: 60 });
    await webhooks.settled();
    expect(Object.keys(day.events).toSorted()).toEqual([...eventTypes].toSorted());
    expect([day.incidents.length, day.services.length]).toEqual([60, 3]);
    expect(clock.now() - Date.parse(now)).toBeWithin(20 * 3_600_000, 24 * 3_600_000);
    expect(pagerduty.incidentCount).toBe(110);
    const entries = await pagerduty.list(`/log_entries?since=${now}`);
    const incidentEvents = Object.entries(day.events).filter(([type]) =>
      type.startsWith("incident"),
    );
    expect(entries.length).toBe(incidentEvents.reduce((sum, [, count]) => sum + count, 0));
    bodies.push(
      webhooks
        .deliveries()
        .map(({ body }) => body)
        .join("\n"),
    );
    const other = await sandbox.playDay({ incidents: 60 });
    expect(other.events).not.toEqual(day.events);
  }
  expect(bodies[1]).toBe(bodies[0] ?? "");
});

test("playDay() changes each incident as often as it is told, at once or at a chosen speed", async () => {
  await using sandbox = await startSandbox(small);
  using subscriber = startSubscriber();
  sandbox.webhooks.subscribe({ url: subscriber.url });
  const options = { incidents: 20, services: 0, changes: 20 } as const;
  await sandbox.playDay({ ...options, hours: 0 });
  await sandbox.webhooks.settled();
  expect(subscriber.caught.length).toBe(20 * 21);
  expect(sandbox.clock.now()).toBe(Date.parse(now));

  const begin = performance.now();
  await sandbox.playDay({ ...options, hours: 1, speed: 360_000 });
  await sandbox.webhooks.settled();
  expect(subscriber.caught.length).toBe(20 * 42);
  expect(performance.now() - begin).toBeGreaterThan(5);

  const stopped = await sandbox.playDay({ ...options, speed: 1, signal: AbortSignal.abort() });
  expect(stopped.incidents).toEqual([]);
});

test("playDay() refuses what cannot be", async () => {
  await using sandbox = await startSandbox(small);
  for (const options of [{ incidents: -1 }, { speed: 0 }, { hours: Number.NaN }]) {
    const error = await sandbox.playDay(options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
  }
});
