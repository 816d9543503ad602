import { expect, test } from "bun:test";
import { ReadOnlyError } from "../errors.ts";
import { failureOf } from "../testing/failure-of.ts";
import { createReadOnlyPagerDuty, limitToSubscriptions } from "./create-read-only-pagerduty.ts";
import type { PagerDutyClient, PagerDutyWriter } from "./pagerduty-client.ts";

function record(): { readonly client: PagerDutyClient & PagerDutyWriter; readonly sent: string[] } {
  const sent: string[] = [];
  const answer = { body: {}, date: undefined };
  return {
    sent,
    client: {
      get(path) {
        sent.push(`GET ${path}`);
        return Promise.resolve(answer);
      },
      ask(path) {
        sent.push(`ask ${path}`);
        return Promise.resolve(answer);
      },
      change(method, path) {
        sent.push(`${method} ${path}`);
        return Promise.resolve({});
      },
    },
  };
}

test("createReadOnlyPagerDuty() asks, and changes nothing", async () => {
  const { client, sent } = record();
  const only = createReadOnlyPagerDuty(client);
  await only.get("/services", []);
  await only.ask("/analytics/raw/incidents", {});
  const error = await failureOf(only.change("POST", "/webhook_subscriptions", {}));
  expect(error).toBeInstanceOf(ReadOnlyError);
  expect(sent).toEqual(["GET /services", "ask /analytics/raw/incidents"]);
});

test("limitToSubscriptions() changes webhook subscriptions alone", async () => {
  const { client, sent } = record();
  const only = limitToSubscriptions(client);
  await only.get("/webhook_subscriptions", []);
  await only.change("POST", "/webhook_subscriptions", {});
  await only.change("POST", "/webhook_subscriptions/P1/enable");
  await only.change("DELETE", "/webhook_subscriptions/P1");
  for (const path of [
    "/services/P1",
    "/incidents/webhook_subscriptions",
    "/webhook_subscriptions/a/b/c",
  ]) {
    expect(await failureOf(only.change("DELETE", path))).toBeInstanceOf(ReadOnlyError);
  }
  expect(sent).toEqual([
    "GET /webhook_subscriptions",
    "POST /webhook_subscriptions",
    "POST /webhook_subscriptions/P1/enable",
    "DELETE /webhook_subscriptions/P1",
  ]);
});
