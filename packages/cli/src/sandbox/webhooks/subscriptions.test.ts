import { expect, test } from "bun:test";
import type { Sandbox } from "../start-sandbox.ts";
import { eventTypes } from "./event-types.ts";
import { isSignedWith, startSubscriber } from "./subscriber.ts";
import { startSandbox } from "../../testing/start-sandbox.ts";

const now = "2026-06-30T12:00:00Z";
const small = { services: 6, incidents: 50, now } as const;

interface SubscriptionAnswer {
  readonly id: string;
  readonly active: boolean;
  readonly description: string | null;
  readonly events: readonly string[];
  readonly filter: { readonly id?: string; readonly type: string };
  readonly delivery_method: {
    readonly secret: string | null;
    readonly temporarily_disabled: boolean;
    readonly url: string;
    readonly custom_headers: readonly { readonly name: string; readonly value: string }[];
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly one: SubscriptionAnswer;
  readonly all: readonly SubscriptionAnswer[];
  readonly more: boolean;
  readonly error: { readonly code: number; readonly errors?: readonly string[] } | undefined;
}

async function call(
  sandbox: Sandbox,
  method: string,
  path: string,
  body?: object,
  token = sandbox.token,
): Promise<Answer> {
  const response = await fetch(`${sandbox.pagerDutyUrl}/webhook_subscriptions${path}`, {
    method,
    headers: { authorization: `Token token=${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify({ webhook_subscription: body }) }),
  });
  const text = await response.text();
  const parsed = text === "" ? {} : JSON.parse(text);
  const { webhook_subscription: one, webhook_subscriptions: all, more, error } = parsed;
  return { status: response.status, text, one, all, more, error };
}

const good = {
  type: "webhook_subscription",
  delivery_method: { type: "http_delivery_method", url: "http://127.0.0.1:9/webhook" },
  events: ["incident.triggered", "incident.resolved"],
  filter: { type: "account_reference" },
};

test("POST /webhook_subscriptions tells the secret, once", async () => {
  await using sandbox = await startSandbox(small);
  const custom_headers = [{ name: "X-Key", value: "hidden" }];
  const delivery_method = { ...good.delivery_method, custom_headers };
  const { status, one } = await call(sandbox, "POST", "", { ...good, delivery_method });
  expect(status).toBe(201);
  expect(one.delivery_method.secret).toMatch(/^[A-Za-z0-9+/]{64}$/);
  expect(one).toMatchObject({ type: "webhook_subscription", active: true, description: null });

  const shown = [{ name: "X-Key", value: "-- redacted --" }];
  const changed = await call(sandbox, "PUT", `/${one.id}`, { description: "Mine" });
  const found = await call(sandbox, "GET", `/${one.id}`);
  const listed = await call(sandbox, "GET", "");
  for (const seen of [changed.one, found.one, listed.all[0]]) {
    expect(seen?.delivery_method).toMatchObject({ secret: null, custom_headers: shown });
    expect(seen?.description).toBe("Mine");
  }
  sandbox.configure({ webhooks: { createStatus: 200 } });
  expect((await call(sandbox, "POST", "", good)).status).toBe(200);
});

test("a subscription that cannot be is refused with 400", async () => {
  await using sandbox = await startSandbox(small);
  const table: [string, object][] = [
    ["no type", { ...good, type: undefined }],
    ["no delivery", { ...good, delivery_method: undefined }],
    ["no url", { ...good, delivery_method: { type: "http_delivery_method" } }],
    [
      "a literal that is no url",
      { ...good, delivery_method: { ...good.delivery_method, url: "string" } },
    ],
    ["no events", { ...good, events: [] }],
    ["an unknown event", { ...good, events: ["incident.opened"] }],
    ["an event twice", { ...good, events: ["incident.triggered", "incident.triggered"] }],
    ["no filter", { ...good, filter: undefined }],
    ["an unknown filter", { ...good, filter: { type: "user_reference", id: "P1" } }],
    ["a service without id", { ...good, filter: { type: "service_reference" } }],
    ["a team without id", { ...good, filter: { type: "team_reference" } }],
  ];
  for (const [name, body] of table) {
    const { status, error } = await call(sandbox, "POST", "", body);
    expect([name, status, error?.code]).toEqual([name, 400, 2001]);
  }
  sandbox.configure({ webhooks: { unknownEvents: "accept" } });
  const later = { ...good, events: ["incident.opened"] };
  expect((await call(sandbox, "POST", "", later)).status).toBe(201);
});

test("each scope has room for ten subscriptions, also of one URL", async () => {
  await using sandbox = await startSandbox(small);
  const scopes = [
    { type: "account_reference" },
    { type: "service_reference", id: "PSERVICE" },
    { type: "team_reference", id: "PTEAM" },
  ];
  for (const filter of scopes) {
    for (let count = 0; count < 10; count++) {
      expect((await call(sandbox, "POST", "", { ...good, filter })).status).toBe(201);
    }
    const { status, error } = await call(sandbox, "POST", "", { ...good, filter });
    expect([status, error?.errors?.[0]]).toEqual([
      400,
      expect.stringContaining("limit exceeded for the selected scope"),
    ]);
  }
  const first = await call(sandbox, "GET", "?limit=20&total=true");
  expect([first.all.length, first.more]).toEqual([20, true]);
  const ofTeam = await call(sandbox, "GET", "?filter_type=team&filter_id=PTEAM");
  expect(ofTeam.all.length).toBe(10);
  expect((await call(sandbox, "GET", "?filter_type=account")).all.length).toBe(10);
  expect((await call(sandbox, "GET", "?filter_type=service")).status).toBe(400);
  expect((await call(sandbox, "GET", "?filter_type=user")).status).toBe(400);
  // The eleventh fits after one of the ten has gone.
  expect((await call(sandbox, "DELETE", `/${ofTeam.all[0]?.id}`)).status).toBe(204);
  const filter = scopes[2];
  expect((await call(sandbox, "POST", "", { ...good, filter })).status).toBe(201);
  const ofService = await call(sandbox, "GET", "?filter_type=service&filter_id=PSERVICE");
  const moved = await call(sandbox, "PUT", `/${ofService.all[0]?.id}`, { filter });
  expect(moved.status).toBe(400);
});

test("PUT changes events, filter, active and description, and never the URL", async () => {
  await using sandbox = await startSandbox(small);
  const { id } = (await call(sandbox, "POST", "", good)).one;
  const delivery_method = { type: "http_delivery_method", url: "http://elsewhere.example" };
  const changes = { events: ["service.created"], active: false, description: "x" };
  const { one } = await call(sandbox, "PUT", `/${id}`, { ...changes, delivery_method });
  expect(one).toMatchObject({ ...changes, delivery_method: { url: good.delivery_method.url } });
  sandbox.configure({ webhooks: { changedDelivery: "reject" } });
  expect((await call(sandbox, "PUT", `/${id}`, { delivery_method })).status).toBe(400);
  expect((await call(sandbox, "PUT", `/${id}`, { events: [] })).status).toBe(400);
});

test("a read-only key reads subscriptions and changes none", async () => {
  await using sandbox = await startSandbox(small);
  const { id } = (await call(sandbox, "POST", "", good)).one;
  const key = sandbox.readOnlyToken;
  expect((await call(sandbox, "GET", `/${id}`, undefined, key)).status).toBe(200);
  const writes: [string, string][] = [
    ["POST", ""],
    ["PUT", `/${id}`],
    ["DELETE", `/${id}`],
    ["POST", `/${id}/enable`],
    ["POST", `/${id}/ping`],
  ];
  for (const [method, path] of writes) {
    expect((await call(sandbox, method, path, good, key)).status).toBe(403);
  }
  expect((await call(sandbox, "GET", "/PNOTHING")).status).toBe(404);
});

test("a ping is answered 202 and delivered, unless the subscription is inactive", async () => {
  await using sandbox = await startSandbox(small);
  using subscriber = startSubscriber();
  const delivery_method = { ...good.delivery_method, url: subscriber.url };
  const { id, delivery_method: made } = (
    await call(sandbox, "POST", "", { ...good, delivery_method })
  ).one;
  const pinged = await call(sandbox, "POST", `/${id}/ping`);
  expect([pinged.status, pinged.text]).toEqual([202, ""]);
  await sandbox.webhooks.settled();
  const [caught] = subscriber.caught;
  expect(caught?.event).toMatchObject({
    event_type: "pagey.ping",
    resource_type: "pagey",
    data: { message: "Hello from your friend Pagey!", type: "ping" },
  });
  expect(caught !== undefined && isSignedWith(caught, made.secret ?? "")).toBe(true);

  await call(sandbox, "PUT", `/${id}`, { active: false });
  expect((await call(sandbox, "POST", `/${id}/ping`)).status).toBe(202);
  await sandbox.webhooks.settled();
  expect(subscriber.caught.length).toBe(1);
  sandbox.configure({ webhooks: { pingInactive: true } });
  await call(sandbox, "POST", `/${id}/ping`);
  await sandbox.webhooks.settled();
  expect(subscriber.caught.length).toBe(2);
});

test("subscriptions get the events of their scope that they named, while they are active", async () => {
  await using sandbox = await startSandbox({ ...small, services: 20 });
  const { pagerduty, webhooks } = sandbox;
  using subscriber = startSubscriber();
  const withTeam = [...pagerduty.allServices()].filter(({ teams }) => teamOf(teams) !== undefined);
  const [mine, other] = withTeam;
  if (mine === undefined || other === undefined) throw new Error("There are services with teams");
  const team = teamOf(mine["teams"]) ?? "";
  const { url } = subscriber;
  const account = webhooks.subscribe({ url });
  const service = webhooks.subscribe({ url, filter: { type: "service_reference", id: mine.id } });
  const ofTeam = webhooks.subscribe({ url, filter: { type: "team_reference", id: team } });
  const none = webhooks.subscribe({ url, active: false });
  const created = webhooks.subscribe({ url, events: ["service.created"] });
  const got = async (happen: () => unknown): Promise<number[]> => {
    const before = webhooks.deliveries().length;
    happen();
    await webhooks.settled();
    const ids = webhooks
      .deliveries()
      .slice(before)
      .map(({ subscriptionId }) => subscriptionId);
    return [account, service, ofTeam, none, created].map(
      ({ id }) => ids.filter((each) => each === id).length,
    );
  };
  const otherTeam = teamOf(other["teams"]) === team ? 1 : 0;
  expect(await got(() => pagerduty.createIncident({ serviceId: mine.id }))).toEqual([
    1, 1, 1, 0, 0,
  ]);
  expect(await got(() => pagerduty.createIncident({ serviceId: other.id }))).toEqual([
    1,
    0,
    otherTeam,
    0,
    0,
  ]);
  expect(await got(() => pagerduty.renameService(mine.id, "New"))).toEqual([1, 1, 1, 0, 0]);
  const [first, , , , last] = await got(() => pagerduty.createService());
  expect([first, last]).toEqual([1, 1]);
  expect(new Set(subscriber.caught.map(({ headers }) => headers.get("x-webhook-id"))).size).toBe(
    subscriber.caught.length,
  );
  expect(account.events).toEqual(eventTypes);
});

function teamOf(teams: unknown): string | undefined {
  if (!Array.isArray(teams)) return undefined;
  const [team]: { readonly id: string }[] = teams;
  return team?.id;
}
