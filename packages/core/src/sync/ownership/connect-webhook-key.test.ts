import { expect, test } from "bun:test";
import { ForeignHostError } from "../../errors.ts";
import type { PinMemory } from "../../store/pins/pins.ts";
import { failureOf } from "../../testing/failure-of.ts";
import { ScriptedPagerDuty } from "../../testing/scripted-pagerduty.ts";
import { testClock } from "../../testing/test-clock.ts";
import { connectWebhookKey, type ConnectWebhookKeyOptions } from "./connect-webhook-key.ts";

const names = {
  token: "PD_WEBHOOK_TOKEN",
  reading: "PD_TOKEN",
  apiUrl: "PD_API_URL",
  expectAccount: "PAGERPORT_EXPECT_ACCOUNT",
};

type Answers = Readonly<Record<string, object | number>>;

const service = (account: string) => ({
  id: "PS1",
  html_url: `https://${account}.pagerduty.com/s/PS1`,
});
const subscription = { id: "PSUB1" };

/** A key whose requests are answered by path, and one that reads. */
function connect(
  answers: Answers,
  reading: ScriptedPagerDuty | undefined,
  options: Partial<ConnectWebhookKeyOptions> = {},
) {
  const changes: string[] = [];
  const answer = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const { method, url } = new Request(input, init);
    const { pathname } = new URL(url);
    if (method !== "GET") changes.push(`${method} ${pathname}`);
    const body = answers[pathname] ?? 403;
    return Promise.resolve(
      typeof body === "number" ? new Response("{}", { status: body }) : Response.json(body),
    );
  };
  const api = connectWebhookKey({
    token: "key",
    apiUrl: "https://api.test",
    fetch: Object.assign(answer, { preconnect: () => undefined }),
    clock: testClock,
    random: () => 0,
    retries: 0,
    requestsPerMinute: 0,
    reading,
    expected: undefined,
    names,
    ...options,
  });
  const make = (): Promise<unknown> => api.change("POST", "/webhook_subscriptions", {});
  return { api, make, changes };
}

function createReading(account: string | undefined): ScriptedPagerDuty {
  const reading = new ScriptedPagerDuty();
  reading.services = account === undefined ? [] : [service(account)];
  reading.lists = { users: [], escalation_policies: [] };
  return reading;
}

const made = { webhook_subscription: {} };

test("connectWebhookKey() makes a subscription where both keys are of one account", async () => {
  const answers = { "/services": { services: [service("acme")] }, "/webhook_subscriptions": made };
  const { make, changes } = connect(answers, createReading("acme"));
  await make();
  await make();
  expect(changes).toEqual(["POST /webhook_subscriptions", "POST /webhook_subscriptions"]);
});

test("connectWebhookKey() neither reads nor changes anything in another account", async () => {
  const answers = { "/services": { services: [service("beta")] }, "/webhook_subscriptions": made };
  const { api, make, changes } = connect(answers, createReading("acme"));
  const error = await failureOf(make());
  expect(error).toBeInstanceOf(ForeignHostError);
  expect(error.message).toContain(
    "PD_WEBHOOK_TOKEN is of the PagerDuty account beta (beta.pagerduty.com), and PD_TOKEN of acme (acme.pagerduty.com)",
  );
  expect(await failureOf(api.get("/webhook_subscriptions", []))).toBeInstanceOf(ForeignHostError);
  expect(changes).toEqual([]);
});

test("connectWebhookKey() knows a key that lists nothing else by a subscription that both see", async () => {
  const listed = {
    "/webhook_subscriptions": {
      webhook_subscriptions: [subscription],
      webhook_subscription: subscription,
    },
  };
  const reading = createReading("acme");
  const unseen = connect(listed, reading);
  const error = await failureOf(unseen.make());
  expect(error.message).toContain("Nothing tells that PD_WEBHOOK_TOKEN is of the same PagerDuty");
  expect(unseen.changes).toEqual([]);
  reading.answers["/webhook_subscriptions/PSUB1"] = { webhook_subscription: subscription };
  const seen = connect(listed, reading);
  await seen.make();
  expect(seen.changes).toHaveLength(1);
});

test("connectWebhookKey() compares a key that is there alone with what is expected, if anything is", async () => {
  const answers = { "/services": { services: [service("acme")] }, "/webhook_subscriptions": made };
  await connect(answers, undefined).make();
  await connect(answers, undefined, { expected: "acme" }).make();
  const other = connect(answers, undefined, { expected: "beta" });
  expect((await failureOf(other.make())).message).toContain(
    "PAGERPORT_EXPECT_ACCOUNT expects beta",
  );
  const blind = connect({ "/webhook_subscriptions": made }, undefined, { expected: "acme" });
  expect(await failureOf(blind.make())).toBeInstanceOf(ForeignHostError);
  expect([other.changes, blind.changes]).toEqual([[], []]);
});

test("connectWebhookKey() compares again when the integration goes over to another account", async () => {
  let account = "acme.pagerduty.com";
  const pins: PinMemory = {
    read: () => Promise.resolve({ account }),
    keep: () => Promise.resolve(),
  };
  const answers = { "/services": { services: [service("acme")] }, "/webhook_subscriptions": made };
  const reading = createReading("acme");
  const { make, changes } = connect(answers, reading, { pins });
  await make();
  account = "beta.pagerduty.com";
  reading.services = [service("beta")];
  expect(await failureOf(make())).toBeInstanceOf(ForeignHostError);
  expect(changes).toHaveLength(1);
});
