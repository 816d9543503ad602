import { expect, test } from "bun:test";
import type { EventParams } from "@backstage/plugin-events-node";
import type { ProcessedEvent } from "@pagerport/core";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { FakeClock } from "../../packages/core/src/testing/fake-clock.ts";
import { createEvent } from "../../packages/core/src/testing/inbox-event.ts";
import {
  createEventPublisher,
  createWholeInbox,
} from "../../packages/plugin/src/publish-events.ts";

const payload = { event: { id: "01A", event_type: "incident.triggered" } };
const event: ProcessedEvent = {
  id: "01A",
  type: "incident.triggered",
  outcome: "applied",
  payload: new TextEncoder().encode(JSON.stringify(payload)),
};

function setUp(publish: (params: EventParams) => Promise<void>) {
  const clock = new FakeClock();
  const warnings: string[] = [];
  const logger = { warn: (message: string) => void warnings.push(message) };
  const events = { publish, subscribe: () => Promise.resolve() };
  return { clock, warnings, send: createEventPublisher({ events, clock, logger }) };
}

test("createEventPublisher() publishes on the topic of all and on that of the type", async () => {
  const published: EventParams[] = [];
  const { clock, send } = setUp(async (params) => void published.push(params));
  await send(event);
  const metadata = {
    "x-pagerduty-event-id": "01A",
    "x-pagerduty-event-type": "incident.triggered",
    "x-pagerport-outcome": "applied",
  };
  expect(published).toEqual([
    { topic: "pagerduty", eventPayload: payload, metadata },
    { topic: "pagerduty.incident.triggered", eventPayload: payload, metadata },
  ]);
  expect(clock.sleeping).toBe(0);
});

test("createEventPublisher() passes on that the events service did not take an event", async () => {
  const { send } = setUp(() => Promise.reject(new Error("Service is shutting down")));
  expect((await failureOf(send(event))).message).toBe("Service is shutting down");
});

test("createEventPublisher() does not wait for a subscriber that never ends", async () => {
  const { clock, warnings, send } = setUp(() => new Promise(() => undefined));
  const sent = send(event);
  await clock.advance(10_000);
  await sent;
  expect(warnings).toHaveLength(1);
});

test("createWholeInbox() lets events wait that are done when they come", async () => {
  const added: unknown[] = [];
  const inbox = createWholeInbox({
    waiting: 3,
    add: async ({ state, key }) => added.push([state, key]) > 0,
  });
  await inbox.add(createEvent("01A", { state: "done", key: undefined }));
  await inbox.add(createEvent("01B"));
  await inbox.add(createEvent("01C", { state: "dead", key: undefined }));
  expect(added).toEqual([
    ["waiting", "events/01A"],
    ["waiting", "incidents/Q1"],
    ["dead", undefined],
  ]);
  expect(inbox.waiting).toBe(3);
});
