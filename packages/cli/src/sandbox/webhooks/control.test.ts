import { expect, test } from "bun:test";
import { eventTypes } from "./event-types.ts";
import { startSubscriber } from "./subscriber.ts";
import { startSandbox } from "../../testing/start-sandbox.ts";

const small = { services: 6, incidents: 50, now: "2026-06-30T12:00:00Z" } as const;

test("the control path subscribes, changes, plays a day, and tells what was delivered", async () => {
  await using sandbox = await startSandbox(small);
  using subscriber = startSubscriber();
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return (await fetch(sandbox.controlUrl + path, init)).json();
  };
  const idOf = (answer: unknown): string => String(Reflect.get(Object(answer), "id"));
  const subscription = idOf(await call("POST", "/webhooks/subscriptions", { url: subscriber.url }));
  const [service] = [...sandbox.pagerduty.allServices()];
  const incident = idOf(await call("POST", "/incidents", { serviceId: service?.id }));
  const changes: [path: string, body?: unknown][] = [
    ["acknowledge"],
    ["unacknowledge"],
    ["escalate"],
    ["delegate"],
    ["reassign"],
    ["prioritize", ["P1"]],
    ["move", [[...sandbox.pagerduty.allServices()][1]?.id]],
    ["type", ["major_incident"]],
    ["annotate", ["A note"]],
    ["status-update", ["An update"]],
    ["conference-bridge", ["+1 555 0100", "https://meet.example.com"]],
    ["task", ["Look"]],
    ["workflow"],
    ["action"],
    ["resolve"],
    ["reopen"],
  ];
  for (const [path, body] of changes) {
    const answer = await call("POST", `/incidents/${incident}/${path}`, body);
    expect([path, answer]).toEqual([path, expect.objectContaining({ ok: true })]);
  }
  const user = idOf(await call("POST", `/incidents/${incident}/add-responder`));
  await call("POST", `/incidents/${incident}/reply-as-responder`, [user, "declined"]);
  await call("POST", `/incidents/${incident}/role`, ["Scribe", user]);
  await call("PATCH", `/custom-fields/${incident}`, { environment: "test" });
  await call("PATCH", `/services/${service?.id}`, { name: "Renamed" });
  expect(await call("POST", `/incidents/${incident}/explode`)).toMatchObject({
    error: "No such control path",
  });
  await call("POST", "/webhooks/settled");
  expect(new Set(subscriber.caught.map(({ event }) => event.event_type)).size).toBe(
    changes.length + 6,
  );
  expect(sandbox.pagerduty.incident(incident)).toMatchObject({
    status: "triggered",
    priority: { name: "P1" },
    service: { id: [...sandbox.pagerduty.allServices()][1]?.id },
  });

  expect(await call("POST", "/day", { incidents: 60 })).toMatchObject({
    events: Object.fromEntries(eventTypes.map((type) => [type, expect.any(Number)])),
  });
  expect(await call("POST", "/day", { incidents: 1, speed: 1 })).toEqual({ ok: true });
  expect(await call("POST", "/day", { incidents: 1, speed: -1 })).toMatchObject({
    error: expect.stringContaining("'speed'"),
  });
  await call("POST", "/webhooks/settled");
  expect(await call("GET", "/webhooks")).toMatchObject({
    deliveries: { delivered: subscriber.caught.length, waiting: 0 },
  });
  expect(await call("POST", "/webhooks/replay", { eventType: "service.deleted" })).toEqual({
    replayed: 1,
  });
  await call("POST", "/webhooks/settled");
  expect(
    await call("GET", "/webhooks/deliveries?eventType=service.deleted&status=delivered"),
  ).toMatchObject([{ eventType: "service.deleted" }]);
  expect(await call("POST", `/webhooks/subscriptions/${subscription}/rotate-secret`)).toEqual({
    secret: expect.stringMatching(/^.{64}$/),
  });
  await call("POST", `/webhooks/subscriptions/${subscription}/end-rotation`);
  await call("POST", `/webhooks/subscriptions/${subscription}/disable`);
  await call("POST", "/webhooks/send", { type: "incident.something_new", data: { type: "news" } });
  expect(await call("POST", "/webhooks/pass-time", { milliseconds: 1000 })).toMatchObject({
    deliveries: { dropped: 1 },
  });
  expect(await call("GET", "/webhooks/subscriptions")).toMatchObject([
    { id: subscription, secrets: [expect.any(String)] },
  ]);
});
