import { expect, test } from "bun:test";
import type { Sandbox } from "../start-sandbox.ts";
import { isSignedWith, startSubscriber } from "./subscriber.ts";
import { startSandbox } from "../../testing/start-sandbox.ts";

const now = "2026-06-30T12:00:00Z";
const small = { services: 6, incidents: 50, now } as const;
const hour = 3_600_000;
const status = (code: number) => (): Response => new Response(null, { status: code });

function firstService({ pagerduty }: Sandbox): string {
  return [...pagerduty.allServices()][0]?.id ?? "";
}

function isDisabled({ webhooks, clock }: Sandbox): boolean {
  return (webhooks.subscriptions()[0]?.disabledUntil ?? 0) > clock.traffic();
}

test("a webhook is one event with PagerDuty's headers, signed over its very bytes", async () => {
  await using sandbox = await startSandbox(small);
  using subscriber = startSubscriber();
  const { pagerduty, webhooks } = sandbox;
  const url = subscriber.url.replace("http://", "http://me:p%40ss@");
  const customHeaders = [{ name: "X-Key", value: "mine" }];
  const { id, secrets } = webhooks.subscribe({ url, customHeaders });
  const incident = pagerduty.createIncident({ serviceId: firstService(sandbox), title: "Störung" });
  await webhooks.settled();

  const [caught] = subscriber.caught;
  expect(Object.fromEntries(caught?.headers ?? [])).toMatchObject({
    "content-type": "application/json",
    accept: "application/json",
    "user-agent": "PagerDuty-Webhook/V3.0",
    "x-webhook-subscription": id,
    "x-webhook-id": expect.stringMatching(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    ),
    "x-key": "mine",
    authorization: `Basic ${btoa("me:p@ss")}`,
  });
  expect(caught !== undefined && isSignedWith(caught, secrets[0] ?? "")).toBe(true);
  expect(caught?.body).toBe(webhooks.deliveries()[0]?.body ?? "");
  expect(caught?.body).toStartWith('{"event":{"id":"01');
  expect(caught?.event).toMatchObject({
    id: expect.stringMatching(/^01[0-9A-Z]{24}$/),
    occurred_at: "2026-06-30T12:00:00.000Z",
    data: { id: incident, type: "incident", title: "Störung", status: "triggered" },
  });
  expect(webhooks.deliveries()).toMatchObject([
    {
      number: 1,
      status: "delivered",
      attempts: [{ status: 202 }],
      resource: `incidents/${incident}`,
    },
  ]);
});

test("while a secret is changed each webhook is signed with both", async () => {
  await using sandbox = await startSandbox(small);
  using subscriber = startSubscriber();
  const { pagerduty, webhooks } = sandbox;
  const { id, secrets } = webhooks.subscribe({ url: subscriber.url });
  const [old = ""] = secrets;
  const happen = async (): Promise<boolean[]> => {
    pagerduty.createIncident({ serviceId: firstService(sandbox) });
    await webhooks.settled();
    const caught = subscriber.caught.at(-1);
    if (caught === undefined) return [];
    return [old, renewed].map((secret) => isSignedWith(caught, secret));
  };
  let renewed = "";
  expect(await happen()).toEqual([true, false]);
  renewed = webhooks.rotateSecret(id);
  expect(await happen()).toEqual([true, true]);
  webhooks.endRotation(id);
  expect(await happen()).toEqual([false, true]);
});

test("what may pass is tried again under the same id, anything else is dropped at once", async () => {
  const table: [answer: () => Response, tried: number, ends: string][] = [
    [status(200), 1, "delivered"],
    [status(204), 1, "delivered"],
    [status(500), 2, "delivered"],
    [status(503), 2, "delivered"],
    [status(429), 2, "delivered"],
    [status(400), 1, "dropped"],
    [status(401), 1, "dropped"],
    [status(404), 1, "dropped"],
    [status(410), 1, "dropped"],
    [status(413), 1, "dropped"],
    [() => Response.redirect("http://127.0.0.1:9/"), 1, "dropped"],
  ];
  for (const [answer, tried, ends] of table) {
    await using sandbox = await startSandbox(small);
    using subscriber = startSubscriber();
    const { pagerduty, webhooks } = sandbox;
    webhooks.subscribe({ url: subscriber.url });
    subscriber.answer = answer;
    pagerduty.createIncident({ serviceId: firstService(sandbox) });
    await webhooks.settled();
    subscriber.answer = status(202);
    await webhooks.passTime(2000);
    const [delivery] = webhooks.deliveries();
    const found = { answer: answer().status, tried: delivery?.attempts.length };
    expect({ ...found, ends: String(delivery?.status) }).toEqual({ ...found, tried, ends });
    const ids = subscriber.caught.map(({ headers }) => headers.get("x-webhook-id"));
    expect(new Set(ids).size).toBe(1);
  }
});

test("a subscriber that does not answer within five seconds, or is not there, is tried again", async () => {
  await using sandbox = await startSandbox(small);
  const { pagerduty, webhooks, clock } = sandbox;
  const hanging = startSubscriber();
  const { promise, resolve } = Promise.withResolvers<void>();
  hanging.answer = async () => {
    resolve();
    await new Promise(() => {});
    return new Response();
  };
  webhooks.subscribe({ url: hanging.url });
  pagerduty.createIncident({ serviceId: firstService(sandbox) });
  await promise;
  clock.advance(5000);
  await webhooks.settled();
  const [delivery] = webhooks.deliveries();
  expect(delivery).toMatchObject({
    status: "waiting",
    attempts: [{ status: undefined, error: "No answer within 5000 ms" }],
  });
  hanging[Symbol.dispose]();
  await webhooks.passTime(1000);
  expect(delivery).toMatchObject({ status: "waiting", attempts: [{}, { status: undefined }] });
});

test("events of one incident wait for each other, those of others do not", async () => {
  await using sandbox = await startSandbox(small);
  using subscriber = startSubscriber();
  const { pagerduty, webhooks } = sandbox;
  webhooks.subscribe({ url: subscriber.url });
  const serviceId = firstService(sandbox);
  subscriber.answer = status(503);
  const stuck = pagerduty.createIncident({ serviceId });
  await webhooks.settled();
  subscriber.answer = ({ event }) =>
    new Response(null, { status: event.data["id"] === stuck ? 503 : 202 });
  pagerduty.acknowledgeIncident(stuck);
  pagerduty.resolveIncident(stuck);
  const free = pagerduty.createIncident({ serviceId });
  pagerduty.resolveIncident(free);
  await webhooks.settled();
  expect(webhooks.deliveries({ resource: `incidents/${free}` })).toMatchObject([
    { eventType: "incident.triggered", status: "delivered" },
    { eventType: "incident.resolved", status: "delivered" },
  ]);
  expect(webhooks.deliveries({ resource: `incidents/${stuck}` })).toMatchObject([
    { status: "waiting", attempts: [{ status: 503 }] },
    { status: "queued", attempts: [] },
    { status: "queued", attempts: [] },
  ]);
  subscriber.answer = status(202);
  await webhooks.passTime(hour);
  const types = subscriber.caught
    .filter(({ event }) => event.data["id"] === stuck)
    .map(({ event }) => event.event_type);
  expect(types.slice(-3)).toEqual([
    "incident.triggered",
    "incident.acknowledged",
    "incident.resolved",
  ]);
});

test("three drops in a row disable a subscription for a day, and drop what waits", async () => {
  await using sandbox = await startSandbox(small);
  using subscriber = startSubscriber();
  const { pagerduty, webhooks, clock } = sandbox;
  const { id } = webhooks.subscribe({ url: subscriber.url });
  const serviceId = firstService(sandbox);
  const happen = async (answer: number): Promise<void> => {
    subscriber.answer = status(answer);
    pagerduty.createIncident({ serviceId });
    await webhooks.settled();
  };
  await happen(503);
  for (const answer of [401, 401, 202, 401, 401]) await happen(answer);
  expect(isDisabled(sandbox)).toBe(false);
  await happen(401);
  expect(isDisabled(sandbox)).toBe(true);
  expect(webhooks.deliveries()[0]).toMatchObject({ status: "dropped", reason: "disabled" });
  const tried = subscriber.caught.length;
  await happen(202);
  expect(subscriber.caught.length).toBe(tried);

  clock.advance(24 * hour);
  await happen(202);
  expect(subscriber.caught.length).toBe(tried + 1);
  for (let drop = 0; drop < 3; drop++) await happen(404);
  const headers = { authorization: `Token token=${sandbox.token}` };
  const url = `${sandbox.pagerDutyUrl}/webhook_subscriptions/${id}`;
  expect(await (await fetch(url, { headers })).text()).toContain('"temporarily_disabled":true');
  const enabled = await fetch(`${url}/enable`, { method: "POST", headers });
  expect(await enabled.text()).toContain('"temporarily_disabled":false');
  await happen(202);
  expect(webhooks.deliveries().at(-1)?.status).toBe("delivered");
});

test("after two days of failures a webhook is dropped", async () => {
  await using sandbox = await startSandbox(small);
  using subscriber = startSubscriber();
  const { pagerduty, webhooks } = sandbox;
  webhooks.subscribe({ url: subscriber.url });
  subscriber.answer = status(500);
  pagerduty.createIncident({ serviceId: firstService(sandbox) });
  await webhooks.passTime(47 * hour);
  expect(webhooks.counts.waiting).toBe(1);
  await webhooks.passTime(hour);
  expect(webhooks.deliveries()).toMatchObject([{ status: "dropped", reason: "expired" }]);
  expect(subscriber.caught.length).toBeWithin(100, 300);
});

test("order, duplicates, losses and delays are switches", async () => {
  const deliver = async (
    webhooks: object,
  ): Promise<{ types: string[]; ids: (string | null)[] }> => {
    await using sandbox = await startSandbox({ ...small, webhooks });
    using subscriber = startSubscriber();
    const { pagerduty } = sandbox;
    sandbox.webhooks.subscribe({ url: subscriber.url });
    const serviceId = firstService(sandbox);
    const ids = Array.from({ length: 20 }, () => pagerduty.createIncident({ serviceId }));
    for (const id of ids) pagerduty.acknowledgeIncident(id);
    for (const id of ids) pagerduty.resolveIncident(id);
    await sandbox.webhooks.settled();
    return {
      types: subscriber.caught.map(
        ({ event }) => `${ids.indexOf(String(event.data["id"]))} ${event.event_type}`,
      ),
      ids: subscriber.caught.map(({ headers }) => headers.get("x-webhook-id")),
    };
  };
  const inOrder = (types: readonly string[]): boolean =>
    Array.from({ length: 20 }, (_, index) =>
      types.filter((type) => type.startsWith(`${index} `)).map((type) => type.split(".")[1]),
    ).every((own) => own.join() === "triggered,acknowledged,resolved");

  const one = await deliver({ concurrency: 1 });
  expect([one.types.length, inOrder(one.types)]).toEqual([60, true]);
  expect(one.types.slice(0, 3)).toEqual([0, 1, 2].map((index) => `${index} incident.triggered`));
  const mixed = await deliver({ concurrency: 1, order: "mixed" });
  expect([mixed.types.length, inOrder(mixed.types)]).toEqual([60, true]);
  expect(mixed.types).not.toEqual(one.types);
  const any = await deliver({ concurrency: 1, order: "any" });
  expect([any.types.length, inOrder(any.types)]).toEqual([60, false]);
  expect(any.types.toSorted()).toEqual(one.types.toSorted());
  expect(await deliver({ concurrency: 1, order: "any" })).toEqual(any);

  const twice = await deliver({ duplicates: 1 });
  expect([twice.ids.length, new Set(twice.ids).size]).toEqual([120, 60]);
  const half = await deliver({ losses: 0.5 });
  expect(half.ids.length).toBeWithin(15, 45);

  await using sandbox = await startSandbox({
    ...small,
    webhooks: { delay: { minMs: 60_000, maxMs: 120_000 } },
  });
  using subscriber = startSubscriber();
  sandbox.webhooks.subscribe({ url: subscriber.url });
  sandbox.pagerduty.createIncident({ serviceId: firstService(sandbox) });
  await sandbox.webhooks.passTime(59_000);
  expect([subscriber.caught.length, sandbox.webhooks.counts.waiting]).toEqual([0, 1]);
  await sandbox.webhooks.passTime(61_000);
  expect(subscriber.caught.length).toBe(1);
});

test("bodies are escaped where that is wanted, cut where they are long, and never larger than 256 kB", async () => {
  await using sandbox = await startSandbox({ ...small, webhooks: { escapeUnicode: true } });
  using subscriber = startSubscriber();
  const { pagerduty, webhooks } = sandbox;
  webhooks.subscribe({ url: subscriber.url });
  const id = pagerduty.createIncident({ serviceId: firstService(sandbox), title: "für 🔥" });
  pagerduty.annotateIncident(id, "n".repeat(100_000));
  webhooks.send({
    type: "incident.something_new",
    data: { type: "news", text: "x".repeat(200_000) },
  });
  webhooks.send({ type: "incident.something_new", data: { text: "x".repeat(300_000) } });
  await webhooks.settled();
  expect(subscriber.caught.length).toBe(3);
  const byType = new Map(subscriber.caught.map((caught) => [caught.event.event_type, caught]));
  expect(byType.get("incident.triggered")?.body).toContain(String.raw`f\u00fcr \ud83d\udd25`);
  expect(byType.get("incident.triggered")?.event.data["title"]).toBe("für 🔥");
  expect(byType.get("incident.annotated")?.event.data["trimmed"]).toBe(true);
  expect(webhooks.deliveries().at(-1)).toMatchObject({ status: "dropped", reason: "too-large" });
});

test("deliveries can be sent again, and events be listened to", async () => {
  await using sandbox = await startSandbox(small);
  using subscriber = startSubscriber();
  const { pagerduty, webhooks } = sandbox;
  const heard: string[] = [];
  const stop = webhooks.onEvent(({ event_type }) => heard.push(event_type));
  webhooks.subscribe({ url: subscriber.url });
  webhooks.subscribe({ url: subscriber.url });
  pagerduty.createIncident({ serviceId: firstService(sandbox) });
  await webhooks.settled();
  expect(new Set(subscriber.caught.map(({ event }) => event.id)).size).toBe(1);
  expect(webhooks.replay({ status: "delivered" })).toBe(2);
  await webhooks.finished();
  expect(subscriber.caught.length).toBe(4);
  expect(new Set(subscriber.caught.map(({ body }) => body)).size).toBe(1);
  expect(webhooks.counts).toMatchObject({ delivered: 2, queued: 0, waiting: 0 });

  stop();
  sandbox.configure({ webhooks: { sharedEventIds: false, keep: 1 } });
  pagerduty.createIncident({ serviceId: firstService(sandbox) });
  await webhooks.settled();
  expect(new Set(subscriber.caught.map(({ event }) => event.id)).size).toBe(3);
  expect(webhooks.deliveries().length).toBe(1);
  expect(heard).toEqual(["incident.triggered"]);
});
