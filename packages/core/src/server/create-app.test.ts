import { expect, test } from "bun:test";
import { addEvents } from "../store/inbox.ts";
import { createInboxWriter } from "../store/inbox-writer.ts";
import type { Store } from "../store/open-store.ts";
import type { Sql } from "../store/sql.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { signWebhook } from "../testing/index.ts";
import { createEvent } from "../testing/inbox-event.ts";
import { type AppOptions, createApp, createMetricsApp } from "./create-app.ts";
import { createReadinessProbe, storeTimeLimit } from "./readiness.ts";
import { createWebhookSecrets } from "./webhook-secrets.ts";
import { testClock } from "../testing/test-clock.ts";
import { openTestStore } from "../testing/open-test-store.ts";

const secret = "the secret";
const metrics = { contentType: "text/plain; version=0.0.4", render: async () => "a_total 1\n" };
const readWebhook = () => ({ state: "by-hand" as const });

async function create(options: Partial<AppOptions> = {}) {
  const store = await openTestStore();
  const probe = createReadinessProbe({ store, clock: new FakeClock(), readWebhook });
  const configured = [{ name: "PD_WEBHOOK_SECRET", value: secret }];
  const app = createApp({
    webhook: {
      inbox: createInboxWriter({ sql: store.sql, clock: testClock }),
      secrets: createWebhookSecrets({ sql: store.sql, configured }),
      clock: testClock,
      onReceipt: probe.onReceipt,
    },
    readReadiness: probe.read,
    metrics,
    version: "1.2.3",
    ...options,
  });
  return { app, store, probe };
}

const data = { id: "Q1", type: "incident" };
const body = JSON.stringify({ event: { id: "01F", event_type: "incident.triggered", data } });
const headers = {
  "content-type": "application/json",
  "x-pagerduty-signature": signWebhook(body, secret),
};
const post = { method: "POST", headers, body } as const;

const routes: readonly (readonly [string, string, number, string | null])[] = [
  ["POST", "/webhook", 202, null],
  ["POST", "/integration/webhook", 202, null],
  ["GET", "/webhook", 405, "POST"],
  ["HEAD", "/webhook", 405, "POST"],
  ["PUT", "/integration/webhook", 405, "POST"],
  ["OPTIONS", "/webhook", 405, "POST"],
  ["GET", "/health/live", 200, null],
  ["HEAD", "/health/live", 200, null],
  ["POST", "/health/live", 405, "GET, HEAD"],
  ["GET", "/health/ready", 200, null],
  ["HEAD", "/health/ready", 200, null],
  ["DELETE", "/health/ready", 405, "GET, HEAD"],
  ["GET", "/metrics", 200, null],
  ["GET", "/metrics/", 200, null],
  ["HEAD", "/metrics", 200, null],
  ["POST", "/metrics", 405, "GET, HEAD"],
  ["GET", "/", 404, null],
  ["POST", "/", 404, null],
  ["POST", "/webhook/", 404, null],
  ["POST", "/webhooks", 404, null],
  ["GET", "/health", 404, null],
  ["GET", "/HEALTH/LIVE", 404, null],
  ["GET", "/health/live?a=b", 200, null],
  ["GET", "/health/%6cive", 200, null],
  ["GET", "//health/live", 404, null],
];

test("createApp() answers each route and method as it says", async () => {
  const { app } = await create();
  for (const [method, path, status, allow] of routes) {
    const init = method === "POST" || method === "PUT" ? { ...post, method } : { method };
    const response = await app.fetch(new Request(`http://pagerport.test${path}`, init));
    const answer = [method, path, response.status, response.headers.get("allow")];
    expect(answer).toEqual([method, path, status, allow]);
    if (method === "HEAD") expect(await response.text()).toBe("");
    else expect((await response.text()).length).toBeGreaterThan(0);
  }
});

const prefixed: readonly (readonly [string, string, number])[] = [
  ["POST", "/ocean/pd/webhook", 202],
  ["POST", "/ocean/pd/integration/webhook", 202],
  ["GET", "/ocean/pd/health/live", 200],
  ["GET", "/ocean/pd/health/ready", 200],
  ["GET", "/ocean/pd/metrics", 200],
  // The chart's probes do not know the prefix; whoever comes from outside does.
  ["GET", "/health/live", 200],
  ["GET", "/health/ready", 200],
  ["GET", "/metrics", 404],
  ["POST", "/webhook", 404],
  ["POST", "/integration/webhook", 404],
  ["GET", "/ocean/pd", 404],
];

test("createApp() begins every route with the prefix, and answers probes without it too", async () => {
  const { app } = await create({ pathPrefix: "/ocean/pd" });
  for (const [method, path, status] of prefixed) {
    const response = await app.request(path, method === "POST" ? post : { method });
    expect([path, response.status]).toEqual([path, status]);
  }
});

test("createApp() reads no body but a webhook's", async () => {
  const { app } = await create();
  for (const path of ["/", "/metrics", "/health/ready"]) {
    let pulled = 0;
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(1024));
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: "POST", body: stream, duplex: "half" };
    const response = await app.fetch(new Request(`http://a${path}`, init));
    expect([path, response.status >= 400, pulled]).toEqual([path, true, 0]);
  }
});

test("createApp() and metrics elsewhere", async () => {
  const { app } = await create({ metrics: undefined });
  expect((await app.request("/metrics")).status).toBe(404);
  const alone = createMetricsApp({ metrics, pathPrefix: "/p" });
  for (const path of ["/metrics", "/metrics/", "/p/metrics"]) {
    const response = await alone.request(path);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4");
    expect(await response.text()).toBe("a_total 1\n");
  }
  expect((await alone.request("/health/live")).status).toBe(404);
  expect((await alone.request("/webhook", post)).status).toBe(404);
});

test("createApp() answers 500 to what should not happen, and tells only the log why", async () => {
  const errors: unknown[] = [];
  const error = new Error("canary");
  const broken = { ...metrics, render: () => Promise.reject(error) };
  const { app } = await create({ metrics: broken, onError: (one) => errors.push(one) });
  const response = await app.request("/metrics");
  expect([response.status, (await response.text()).includes("canary")]).toEqual([500, false]);
  expect(errors).toEqual([error]);
});

test("/health/live says that the process lives, whatever the store does", async () => {
  const { app, store } = await create();
  await store[Symbol.asyncDispose]();
  const response = await app.request("/health/live");
  expect([response.status, await response.json()]).toEqual([
    200,
    { status: "healthy", check: "live", version: "1.2.3" },
  ]);
});

test("/health/ready tells of store, webhook, backlog and hosts", async () => {
  const since = Date.UTC(2026, 0, 1);
  const store = await openTestStore();
  const clock = new FakeClock(since);
  const probe = createReadinessProbe({
    store,
    clock,
    readWebhook: () => ({ state: "no-url", reason: "There is no public address" }),
    readStatus: async () => ({
      paused: [{ host: "Port", since, error: "canary" }],
      running: { number: 7, type: "full" },
      foreignHosts: undefined,
    }),
  });
  await addEvents(store.sql, [createEvent("1"), createEvent("2", { state: "dead" })]);
  const { app } = await create({ readReadiness: probe.read });
  const receipt = {
    outcome: "accepted",
    reason: undefined,
    eventId: "1",
    eventType: undefined,
    key: undefined,
    signature: undefined,
    signedBy: undefined,
    milliseconds: 1,
  } as const;
  probe.onReceipt({ ...receipt, status: 202 });
  await clock.advance(1000);
  probe.onReceipt({ ...receipt, status: 401, outcome: "refused" });
  const response = await app.request("/health/ready");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect([response.status, await response.json()]).toEqual([
    200,
    {
      status: "healthy",
      check: "ready",
      version: "1.2.3",
      store: { reachable: true, persistent: false },
      webhook: {
        state: "no-url",
        reason: "There is no public address",
        lastEvent: "2026-01-01T00:00:00.000Z",
        lastRefused: "2026-01-01T00:00:01.000Z",
      },
      backlog: { waiting: 1, dead: 1, oldest: expect.any(Number) },
      paused: [{ host: "Port", since: "2026-01-01T00:00:00.000Z" }],
      running: { number: 7, type: "full" },
    },
  ]);
});

test("/health/ready answers 503 while the store fails, and 200 when it is back", async () => {
  const store = await openTestStore();
  let isBroken = true;
  const { sql } = store;
  const broken: Sql = {
    dialect: sql.dialect,
    now: sql.now,
    all: (text, values) => sql.all(text, values),
    run: async (text, values) => {
      if (isBroken) throw new Error("database or disk is full");
      return sql.run(text, values);
    },
    transaction: (work) => sql.transaction(work),
  };
  const clock = new FakeClock();
  const failing: Store = { ...store, sql: broken };
  const probe = createReadinessProbe({ store: failing, clock, readWebhook });
  const { app } = await create({ readReadiness: probe.read });
  const first = await app.request("/health/ready");
  expect([first.status, (await first.text()).includes("disk")]).toEqual([503, false]);
  isBroken = false;
  // One look is good for a second.
  expect((await app.request("/health/ready")).status).toBe(503);
  await clock.advance(1000);
  expect((await app.request("/health/ready")).status).toBe(200);
});

test("/health/ready answers 503 when the store takes too long, and 200 when only the service fails", async () => {
  const store = await openTestStore();
  const clock = new FakeClock();
  const never = (): Promise<never> => new Promise(() => undefined);
  const hanging: Store = { ...store, sql: { ...store.sql, run: never } };
  const stuck = createReadinessProbe({ store: hanging, clock, readWebhook });
  const reading = stuck.read();
  await clock.advance(storeTimeLimit);
  expect(await reading).toMatchObject({ isReady: false, store: { reachable: false } });
  const readStatus = (): Promise<never> => Promise.reject(new Error("no"));
  const probe = createReadinessProbe({ store, clock, readWebhook, readStatus });
  expect(await probe.read()).toMatchObject({ isReady: true, paused: [] });
  expect(clock.sleeping).toBe(0);
});
