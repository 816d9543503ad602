import { expect, test } from "bun:test";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import {
  type Clock,
  connectPagerDuty,
  describeSubscription,
  ensureSubscription,
  type EnsureSubscriptionOptions,
  listMappedEventTypes,
  listWebhookUrls,
  pingSubscription,
  type Store,
  type SubscriptionReport,
  type SubscriptionsApi,
} from "@pagerport/core";
import { readLastEvent } from "../../packages/core/src/store/inbox.ts";
import { keepSecret, readSecrets, webhookPurpose } from "../../packages/core/src/store/secrets.ts";
import { closeGap } from "../../packages/core/src/sync/webhook/webhook-gap.ts";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { startWebhookServer } from "../support/webhook-server.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

const margin = 600_000;
const configured = [{ name: "PD_WEBHOOK_SECRET", value: "by hand" }];
/** Waits for nobody long. */
const hurried: Clock = {
  now: () => testClock.now(),
  sleep: (milliseconds, signal) => testClock.sleep(Math.min(milliseconds, 5), signal),
};
const account = { type: "account_reference", id: undefined } as const;

interface Setting extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly store: Store;
  readonly baseUrl: string;
  readonly urls: readonly string[];
  ensure(options?: Partial<EnsureSubscriptionOptions>): Promise<SubscriptionReport>;
  kept(): Promise<string[]>;
  ids(): string[];
}

async function start(options: SandboxOptions = {}): Promise<Setting> {
  const sandbox = await startSandbox({ services: 2, incidents: 0, ...options });
  const store = await openTestStore();
  const server = await startWebhookServer(store);
  const { baseUrl } = server;
  return {
    sandbox,
    store,
    baseUrl,
    urls: listWebhookUrls({ baseUrl, pathPrefix: "" }),
    ensure: (given = {}) =>
      ensureSubscription({
        api: connect(sandbox),
        sql: store.sql,
        clock: hurried,
        owner: "test",
        baseUrl,
        pathPrefix: "",
        configured: [],
        ...given,
      }),
    kept: async () => [...(await readSecrets(store.sql, webhookPurpose)).keys()],
    ids: () => sandbox.webhooks.subscriptions().map(({ id }) => id),
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      await server[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

function connect(
  sandbox: Sandbox,
  token = sandbox.token,
  fetch = globalThis.fetch,
): SubscriptionsApi {
  return connectPagerDuty({
    fetch,
    clock: testClock,
    random: () => 0.02,
    apiUrl: sandbox.pagerDutyUrl,
    token,
    requestsPerMinute: 0,
    rateBudget: 1,
  });
}

function countChanges({ requests }: Sandbox): number {
  return Object.entries(requests.pagerduty.byRoute)
    .filter(([route]) => !route.startsWith("GET "))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** Has PagerDuty send an event, which arrives. */
async function prove({ sandbox, store }: Setting, id: string): Promise<number> {
  await pingSubscription(connect(sandbox), id);
  await sandbox.webhooks.settled();
  const moment = await readLastEvent(store.sql, id);
  return moment ?? Number.NaN;
}

test("ensureSubscription() makes one, keeps its secret, and finds all right the second time", async () => {
  await using setting = await start();
  const { sandbox, urls } = setting;
  const made = await setting.ensure();
  const [subscription] = sandbox.webhooks.subscriptions();
  expect(subscription).toMatchObject({ url: urls[0], filter: account, active: true });
  expect(subscription?.events).toEqual(listMappedEventTypes());
  expect(made).toMatchObject({
    state: "ready",
    hasSecret: true,
    url: urls[0],
    id: subscription?.id,
    scope: { type: "account" },
    repaired: ["created"],
    missedSince: 0,
    error: undefined,
  });
  expect(await setting.kept()).toEqual([made.id ?? ""]);
  expect(Number.isNaN(await prove(setting, made.id ?? ""))).toBe(false);

  const changes = countChanges(sandbox);
  const again = await setting.ensure();
  expect(again).toMatchObject({ state: "ready", id: made.id, repaired: [], removed: [] });
  expect(again.missedSince).toBeUndefined();
  expect(countChanges(sandbox)).toBe(changes);
});

test("ensureSubscription() replaces Ocean's: new first, old deleted after the first event", async () => {
  await using setting = await start();
  const { sandbox, urls } = setting;
  const ocean = sandbox.webhooks.subscribe({ url: urls[1] ?? "", active: false });
  const replaced = await setting.ensure();
  expect(replaced).toMatchObject({
    repaired: ["replaced"],
    replacing: [ocean.id],
    removed: [],
    url: urls[1],
  });
  expect(setting.ids()).toEqual([ocean.id, replaced.id ?? ""]);
  expect(describeSubscription(replaced)).toEqual([
    `Made the webhook subscription ${replaced.id} at PagerDuty in place of one whose secret is not known here`,
    `Webhook subscriptions whose secret is not known are deleted as soon as the first event of ${replaced.id} has come: ${ocean.id}`,
  ]);
  expect((await setting.ensure()).replacing).toEqual([ocean.id]);
  await prove(setting, replaced.id ?? "");
  const after = await setting.ensure();
  expect(after).toMatchObject({ state: "ready", removed: [ocean.id], replacing: [], repaired: [] });
  expect(setting.ids()).toEqual([replaced.id ?? ""]);
});

test("ensureSubscription() makes room where the scope is full, and tells what there is where it cannot", async () => {
  await using setting = await start();
  const { sandbox, urls } = setting;
  for (let count = 1; count < 10; count += 1) {
    sandbox.webhooks.subscribe({
      url: `https://elsewhere.test/key-${count}`,
      description: "theirs",
    });
  }
  const ocean = sandbox.webhooks.subscribe({ url: urls[1] ?? "" });
  const replaced = await setting.ensure();
  expect(replaced).toMatchObject({ repaired: ["replaced"], removed: [ocean.id], replacing: [] });

  await using full = await start();
  for (let count = 0; count < 10; count += 1) {
    full.sandbox.webhooks.subscribe({ url: `https://elsewhere.test/key-${count}` });
  }
  const refused = await full.ensure();
  expect(refused).toMatchObject({ state: "refused", hasSecret: false, id: undefined });
  expect(refused.error?.message).toContain("limit exceeded for the selected scope");
  expect(refused.error?.message).toContain(`${full.ids()[3]}  https://elsewhere.test/…\n`);
  expect(refused.error?.message).not.toContain("key-");
});

test("ensureSubscription() uses the one that is there with a configured secret, and never replaces it", async () => {
  await using setting = await start();
  const { sandbox, urls } = setting;
  const theirs = sandbox.webhooks.subscribe({
    url: `${urls[1]}/`,
    events: ["incident.triggered", "incident.annotated"],
  });
  const used = await setting.ensure({ configured });
  expect(used).toMatchObject({
    state: "ready",
    id: theirs.id,
    repaired: ["events"],
    missedSince: 0,
    removed: [],
  });
  const events = sandbox.webhooks.subscriptions()[0]?.events ?? [];
  expect(events).toContain("incident.annotated");
  expect(listMappedEventTypes().every((type) => events.includes(type))).toBe(true);
  expect(await setting.kept()).toEqual([]);
});

const damages: readonly (readonly [
  string,
  string,
  (setting: Setting, id: string) => Promise<void>,
])[] = [
  ["that is disabled", "enabled", async ({ sandbox }, id) => sandbox.webhooks.disable(id)],
  [
    "that is inactive",
    "activated",
    async ({ sandbox }, id) => {
      const path = `/webhook_subscriptions/${id}`;
      await connect(sandbox).change("PUT", path, { webhook_subscription: { active: false } });
    },
  ],
  [
    "that lacks events",
    "events",
    async ({ sandbox }, id) => {
      const webhook_subscription = { events: ["service.created"] };
      await connect(sandbox).change("PUT", `/webhook_subscriptions/${id}`, {
        webhook_subscription,
      });
    },
  ],
];

for (const [title, repair, damage] of damages) {
  test(`ensureSubscription() repairs one ${title}, and tells from when events may be missing`, async () => {
    await using setting = await start();
    const { id = "" } = await setting.ensure();
    const last = await prove(setting, id);
    await damage(setting, id);
    // That of the first start has been made good.
    await closeGap(setting.store.sql, 0);
    const report = await setting.ensure();
    expect(report).toMatchObject({ state: "ready", id, repaired: [repair], lastEvent: last });
    // All was seen to be right before the last event came.
    const since = (report.missedSince ?? 0) + margin;
    expect(since).toBeLessThanOrEqual(last);
    expect(since).toBeGreaterThan(last - 60_000);
    const [subscription] = setting.sandbox.webhooks.subscriptions();
    expect(subscription).toMatchObject({ active: true, disabledUntil: 0 });
    expect(subscription?.events).toContain("incident.triggered");
  });
}

test("ensureSubscription() tells a read-only token's refusal, and that the subscription is off", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const api = connect(sandbox, sandbox.readOnlyToken);
  const denied = await setting.ensure({ api });
  expect(denied).toMatchObject({ state: "denied", hasSecret: false, id: undefined });
  expect(denied.error?.message).toContain("must not be read-only");

  const { id = "" } = await setting.ensure();
  expect(await setting.ensure({ api })).toMatchObject({ state: "ready", id });
  const last = await prove(setting, id);
  sandbox.webhooks.disable(id);
  const off = await setting.ensure({ api });
  expect(off).toMatchObject({ state: "denied", id, hasSecret: true, disabledSince: last });
  expect(off.repaired).toEqual([]);
});

test("ensureSubscription() removes the one that was made twice because an answer got lost", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  let lost = 0;
  const losing = async (input: unknown, init?: RequestInit): Promise<Response> => {
    const response = await fetch(input as string, init);
    const isCreation = new Request(input as string, init).method === "POST";
    if (!isCreation || lost > 0) return response;
    lost += 1;
    throw new TypeError("fetch failed");
  };
  const api = connect(sandbox, undefined, Object.assign(losing, { preconnect: () => undefined }));
  const made = await setting.ensure({ api });
  expect(lost).toBe(1);
  expect(made.removed).toHaveLength(1);
  expect(setting.ids()).toEqual([made.id ?? ""]);
  expect(await setting.kept()).toEqual([made.id ?? ""]);
});

test("ensureSubscription() leaves what is of services, teams and other addresses, and names it", async () => {
  await using setting = await start();
  const { sandbox, store, urls } = setting;
  const serviceId = "PSERVICE";
  const ofService = sandbox.webhooks.subscribe({
    url: urls[0] ?? "",
    filter: { type: "service_reference", id: serviceId },
  });
  sandbox.webhooks.subscribe({ url: "https://elsewhere.test/webhook" });
  const moved = sandbox.webhooks.subscribe({ url: "https://before.test/webhook" });
  await keepSecret(store.sql, webhookPurpose, { name: moved.id, value: "x" });
  const report = await setting.ensure();
  expect(report.repaired).toEqual(["created"]);
  expect(report.others.map(({ id }) => id)).toEqual([ofService.id]);
  expect(report.moved.map(({ id }) => id)).toEqual([moved.id]);
  expect(setting.ids()).toHaveLength(4);
  const told = describeSubscription(report).join("\n");
  expect(told).toContain(`${ofService.id} (of service ${serviceId})`);
  expect(told).toContain(`pagerport webhook delete ${moved.id}`);
});

test("ensureSubscription() replaces its own where the store was lost", async () => {
  await using setting = await start();
  const first = await setting.ensure();
  const empty = await openTestStore();
  const second = await setting.ensure({ sql: empty.sql });
  await empty[Symbol.asyncDispose]();
  expect(second).toMatchObject({ repaired: ["replaced"], replacing: [first.id], missedSince: 0 });
});

test("ensureSubscription() makes another where it was deleted, and forgets the old secret", async () => {
  await using setting = await start();
  const { id = "" } = await setting.ensure({ isStart: true });
  const path = `/webhook_subscriptions/${id}`;
  await connect(setting.sandbox).change("DELETE", path);
  const again = await setting.ensure();
  expect(again.repaired).toEqual(["created"]);
  expect(again.id).not.toBe(id);
  await setting.ensure();
  expect(await setting.kept()).toEqual([again.id ?? ""]);
});

test("ensureSubscription() without a public address tells what to do", async () => {
  await using setting = await start();
  const none = await setting.ensure({ baseUrl: undefined });
  expect(none).toMatchObject({ state: "no-url", hasSecret: false, missedSince: undefined });
  expect(none.error?.message).toContain("PAGERPORT_BASE_URL");
  const byHand = await setting.ensure({ baseUrl: undefined, configured, isStart: true });
  expect(byHand).toMatchObject({ state: "by-hand", hasSecret: true, missedSince: 0 });
  expect(setting.ids()).toEqual([]);
});

test("ensureSubscription() tells that PagerDuty does not answer", async () => {
  await using setting = await start();
  const refuse = async (): Promise<Response> => new Response(null, { status: 404 });
  const api = connect(
    setting.sandbox,
    undefined,
    Object.assign(refuse, { preconnect: () => undefined }),
  );
  expect(await setting.ensure({ api })).toMatchObject({ state: "refused" });
  const broken: SubscriptionsApi = {
    get: () => Promise.reject(new TypeError("oops")),
    change: () => Promise.reject(new TypeError("oops")),
  };
  const failed = await setting.ensure({ api: broken });
  expect(failed).toMatchObject({ state: "failed" });
  expect(failed.error?.message).toBe("oops");
});

for (const [name, createDatabase] of databaseSorts) {
  test(`replicas that start together make one subscription, in ${name}`, async () => {
    await using setting = await start();
    await using database = await createDatabase();
    const stores = [await database.open(), await database.open(), await database.open()];
    const reports = await Promise.all(stores.map(({ sql }) => setting.ensure({ sql })));
    expect(new Set(reports.map(({ id }) => id)).size).toBe(1);
    expect(reports.flatMap(({ repaired }) => repaired)).toEqual(["created"]);
    expect(setting.ids()).toHaveLength(1);
  });

  test(`a start tells from when events may be missing, by ${name}'s clock`, async () => {
    await using setting = await start();
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const first = await setting.ensure({ sql });
    const [row] = await sql.all(`SELECT ${sql.now} AS moment`);
    shift += 3_600_000;
    const again = await setting.ensure({ sql, isStart: true });
    expect(again).toMatchObject({ id: first.id, repaired: [] });
    // Never made good: the first start's.
    expect(again.missedSince).toBe(0);
    await closeGap(sql, 0);
    shift += 3_600_000;
    const later = await setting.ensure({ sql, isStart: true });
    const expected = Number(row?.["moment"]) + 3_600_000 - margin;
    expect(Math.abs((later.missedSince ?? 0) - expected)).toBeLessThan(60_000);
  });
}
