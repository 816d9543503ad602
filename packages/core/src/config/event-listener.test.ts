import { expect, test } from "bun:test";
import { loadEventListener } from "./event-listener.ts";

const polling = { type: "POLLING", interval: 60, resyncOnStart: true };

test.each([
  [{}, polling],
  [{ OCEAN__EVENT_LISTENER: '{"type":"POLLING"}' }, polling],
  [{ OCEAN__EVENT_LISTENER__TYPE: "POLLING" }, polling],
  [{ OCEAN__EVENT_LISTENER: '{"type":"ONCE"}' }, { type: "ONCE" }],
  [{ OCEAN__EVENT_LISTENER: '{"type":"once"}' }, { type: "ONCE" }],
  [{ OCEAN__EVENT_LISTENER: '{"type":"WEBHOOKS_ONLY"}' }, { type: "WEBHOOKS_ONLY" }],
  [
    { OCEAN__EVENT_LISTENER: '{"type":"POLLING","resyncOnStart":false,"interval":5}' },
    { type: "POLLING", interval: 5, resyncOnStart: false },
  ],
  [
    { OCEAN__EVENT_LISTENER: '{"type":"POLLING","resync_on_start":"false"}' },
    { ...polling, resyncOnStart: false },
  ],
  [{ OCEAN__EVENT_LISTENER: '{"type":"KAFKA"}', OCEAN__EVENT_LISTENER__TYPE: "POLLING" }, polling],
  [{ OCEAN__EVENT_LISTENER: '{"type":"ONCE"}', PAGERPORT_EVENT_LISTENER: "POLLING" }, polling],
])("loadEventListener() of %j", (environment, listener) => {
  expect(loadEventListener({ environment })).toEqual({
    listener: listener as never,
    warning: undefined,
  });
});

test.each(["KAFKA", "WEBHOOK"])(
  "loadEventListener() polls in the place of %s, and says so",
  (type) => {
    const value = JSON.stringify({ type, brokers: ["b-1:9196"], appHost: "https://x.test" });
    expect(loadEventListener({ environment: { OCEAN__EVENT_LISTENER: value } })).toEqual({
      listener: { type: "POLLING", interval: 60, resyncOnStart: true },
      warning: `The event listener ${type} is not one of ours: Port is polled instead (POLLING)`,
    });
  },
);

test.each([
  ['{"type":"POLING"}', "OCEAN__EVENT_LISTENER (type) must be one of POLLING, ONCE"],
  ['{"type":"POLLING","interval":0}', "OCEAN__EVENT_LISTENER (interval) must be a whole number"],
  ["{type: ONCE}", "OCEAN__EVENT_LISTENER must be a JSON object"],
])("loadEventListener() refuses %s", (value, message) => {
  expect(() => loadEventListener({ environment: { OCEAN__EVENT_LISTENER: value } })).toThrow(
    message,
  );
});
