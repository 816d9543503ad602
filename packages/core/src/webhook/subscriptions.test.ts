import { expect, test } from "bun:test";
import { ConfigError, HttpError } from "../errors.ts";
import { connectPagerDuty } from "../source/connect-pagerduty.ts";
import { failureOf } from "../testing/failure-of.ts";
import type { SubscriptionScope } from "./parse-subscription.ts";
import {
  createSubscription,
  deleteSubscription,
  enableSubscription,
  listSubscriptions,
  pingSubscription,
  type SubscriptionsApi,
  updateSubscription,
} from "./subscriptions.ts";
import { testClock } from "../testing/test-clock.ts";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** PagerDuty, answering what it is told to, over its real client. */
function connect(answers: (asked: Asked, count: number) => Response): {
  readonly api: SubscriptionsApi;
  readonly asked: Asked[];
} {
  const asked: Asked[] = [];
  const fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
    const request = new Request(String(input), init);
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const one = { method: request.method, path: `${pathname}${search}`, body };
    asked.push(one);
    return answers(one, asked.length);
  };
  const api = connectPagerDuty({
    fetch: Object.assign(fetch, { preconnect: () => undefined }),
    clock: testClock,
    random: () => 0,
    apiUrl: "https://api.pagerduty.com",
    token: "y_token",
    requestsPerMinute: 0,
    rateBudget: 1,
  });
  return { api, asked };
}

function describeSubscription(id: string, fields: Record<string, unknown> = {}): object {
  return {
    id,
    type: "webhook_subscription",
    active: true,
    description: "ours",
    events: ["incident.triggered"],
    filter: { type: "account_reference" },
    delivery_method: {
      type: "http_delivery_method",
      url: "https://hooks.test/webhook",
      secret: null,
      temporarily_disabled: false,
      custom_headers: [{ name: "x-team", value: "-- redacted --" }],
    },
    ...fields,
  };
}

const one = (fields: Record<string, unknown> = {}, status = 200): Response =>
  Response.json({ webhook_subscription: describeSubscription("PSUB", fields) }, { status });

function refuse(status: number, message: string): Response {
  return Response.json({ error: { code: 2010, message } }, { status });
}

test("listSubscriptions() reads every page, and knows what it does not know", async () => {
  const rows = [
    describeSubscription("P0", { filter: { type: "service_reference", id: "PS1" } }),
    describeSubscription("P1", { filter: { type: "team_reference", id: "PT1" }, active: false }),
    describeSubscription("P2", { filter: { type: "planet_reference", id: "PX" } }),
    describeSubscription("P3", { delivery_method: { type: "pigeon" } }),
    ...Array.from({ length: 150 }, (_, place) => describeSubscription(`P${place + 4}`)),
  ];
  const { api, asked } = connect(({ path }) => {
    const offset = Number(new URL(path, "https://a").searchParams.get("offset"));
    const page = rows.slice(offset, offset + 100);
    const more = offset + page.length < rows.length;
    return Response.json({ webhook_subscriptions: page, more, limit: 100, offset, total: null });
  });
  const found = await listSubscriptions(api);
  expect(found).toHaveLength(153);
  expect(found[0]).toEqual({
    id: "P0",
    url: "https://hooks.test/webhook",
    description: "ours",
    events: ["incident.triggered"],
    scope: { type: "service", id: "PS1" },
    isActive: true,
    isDisabled: false,
    headerNames: ["x-team"],
  });
  expect(found[1]).toMatchObject({ scope: { type: "team", id: "PT1" }, isActive: false });
  expect(found[2]?.scope).toBeUndefined();
  expect(asked.map(({ path }) => path)).toEqual([
    "/webhook_subscriptions?limit=100&offset=0",
    "/webhook_subscriptions?limit=100&offset=99",
  ]);
});

test("listSubscriptions() asks for one scope", async () => {
  const { api, asked } = connect(() => Response.json({ webhook_subscriptions: [], more: false }));
  const scopes: SubscriptionScope[] = [{ type: "account" }, { type: "service", id: "PS1" }];
  for (const scope of scopes) expect(await listSubscriptions(api, { scope })).toEqual([]);
  expect(asked.map(({ path }) => path.split("offset=0")[1])).toEqual([
    "&filter_type=account",
    "&filter_type=service&filter_id=PS1",
  ]);
});

test("listSubscriptions() reads again when rows have moved, and gives up when they always do", async () => {
  const page = (ids: readonly string[], more: boolean): Response =>
    Response.json({ webhook_subscriptions: ids.map((id) => describeSubscription(id)), more });
  const moving = connect(({ path }, count) => {
    if (path.endsWith("offset=0")) return page(["P1", "P2"], true);
    return count === 2 ? page(["P3", "P4"], false) : page(["P2", "P3"], false);
  });
  const found = await listSubscriptions(moving.api);
  expect(found.map(({ id }) => id)).toEqual(["P1", "P2", "P3"]);
  const single = connect(({ path }) => {
    const offset = Number(new URL(path, "https://a").searchParams.get("offset"));
    return page([`P${offset}`], offset < 2);
  });
  expect((await listSubscriptions(single.api)).map(({ id }) => id)).toEqual(["P0", "P1", "P2"]);
  const restless = connect(({ path }) =>
    page(path.endsWith("offset=0") ? ["P1", "P2"] : ["P9"], true),
  );
  const error = await failureOf(listSubscriptions(restless.api));
  expect(error.message).toContain("changed while they were read, 3 times in a row");
});

const wanted = {
  url: "https://hooks.test/webhook",
  scope: { type: "account" },
  events: ["incident.triggered", "service.created"],
  description: "pagerport",
} as const;

test.each([200, 201])("createSubscription() takes %d and gives the secret once", async (status) => {
  const delivery_method = { url: wanted.url, secret: "s3cret" };
  const { api, asked } = connect(() => one({ delivery_method }, status));
  const { subscription, secret } = await createSubscription(api, wanted);
  expect([subscription.id, secret]).toEqual(["PSUB", "s3cret"]);
  expect(JSON.stringify(subscription)).not.toContain("s3cret");
  expect(asked).toEqual([
    {
      method: "POST",
      path: "/webhook_subscriptions",
      body: {
        webhook_subscription: {
          type: "webhook_subscription",
          delivery_method: { type: "http_delivery_method", url: wanted.url },
          events: wanted.events,
          filter: { type: "account_reference" },
          description: "pagerport",
        },
      },
    },
  ]);
});

test("createSubscription() sends headers and the scope's id", async () => {
  const { api, asked } = connect(() => one({ delivery_method: { url: "", secret: "s" } }));
  const headers = { "X-Team": "é 1", authorization: "Bearer t" };
  await createSubscription(api, { ...wanted, scope: { type: "team", id: "PT1" }, headers });
  expect(asked[0]?.body).toMatchObject({
    webhook_subscription: {
      filter: { type: "team_reference", id: "PT1" },
      delivery_method: {
        custom_headers: [
          { name: "X-Team", value: "é 1" },
          { name: "authorization", value: "Bearer t" },
        ],
      },
    },
  });
});

test("createSubscription() refuses headers that cannot be sent, and shows no value of one", async () => {
  const { api, asked } = connect(() => one());
  for (const [name, value] of [
    ["a b", "c4nary"],
    ["", "c4nary"],
    ["a", "c4nary\r\nb: c"],
    ["a", "c4nary→"],
  ] as const) {
    const headers = Object.fromEntries([[name, value]]);
    const error = await failureOf(createSubscription(api, { ...wanted, headers }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).not.toContain("c4nary");
  }
  expect(asked).toEqual([]);
});

test("createSubscription() tells PagerDuty's reason, what right is missing, and a missing secret", async () => {
  const limit = "Subscription limit exceeded for the selected scope";
  const full = connect(() => refuse(400, limit));
  const refused = await failureOf(createSubscription(full.api, wanted));
  expect(refused).toBeInstanceOf(HttpError);
  expect(refused.message).toContain(limit);
  const readOnly = connect(() => refuse(403, "Access Denied"));
  const denied = await failureOf(createSubscription(readOnly.api, wanted));
  expect(denied.message).toMatch(
    /^PagerDuty does not let the token that is used .+\n.+Access Denied/,
  );
  const silent = connect(() => one());
  const secretless = await failureOf(createSubscription(silent.api, wanted));
  expect(secretless.message).toContain("PSUB but did not tell its secret");
  const odd = connect(() => Response.json({ webhook_subscription: {} }));
  const other = await failureOf(createSubscription(odd.api, wanted));
  expect(other.message).toContain("holds no webhook subscription: POST /webhook_subscriptions");
});

test("a subscription is changed, enabled, tested and deleted by its id", async () => {
  const { api, asked } = connect(({ method, path }) => {
    if (method === "DELETE") return new Response(null, { status: 204 });
    return path.endsWith("/ping") ? new Response(null, { status: 202 }) : one({ active: false });
  });
  const changed = await updateSubscription(api, "PSUB", { isActive: false, events: ["a"] });
  expect(changed.isActive).toBe(false);
  await updateSubscription(api, "PSUB", { description: "d" });
  expect((await enableSubscription(api, "P/1")).id).toBe("PSUB");
  await pingSubscription(api, "PSUB");
  expect(await deleteSubscription(api, "PSUB")).toBe(true);
  expect(asked).toEqual([
    {
      method: "PUT",
      path: "/webhook_subscriptions/PSUB",
      body: { webhook_subscription: { events: ["a"], active: false } },
    },
    {
      method: "PUT",
      path: "/webhook_subscriptions/PSUB",
      body: { webhook_subscription: { description: "d" } },
    },
    { method: "POST", path: "/webhook_subscriptions/P%2F1/enable", body: undefined },
    { method: "POST", path: "/webhook_subscriptions/PSUB/ping", body: undefined },
    { method: "DELETE", path: "/webhook_subscriptions/PSUB", body: undefined },
  ]);
});

test("deleteSubscription() minds none that is gone, and every other refusal", async () => {
  const gone = connect(() => refuse(404, "Not Found"));
  expect(await deleteSubscription(gone.api, "PSUB")).toBe(false);
  const denied = connect(() => refuse(403, "Access Denied"));
  expect(await failureOf(deleteSubscription(denied.api, "PSUB"))).toBeInstanceOf(HttpError);
});
