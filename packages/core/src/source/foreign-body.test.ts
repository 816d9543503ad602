import { expect, test } from "bun:test";
import { describeForeignBody } from "./foreign-body.ts";

test.each([
  ["GET", "/services", { services: [] }],
  ["GET", "/services/P1", { service: { id: "P1" } }],
  ["GET", "/users/me", { user: {} }],
  ["GET", "/v3/schedules", { schedules: [] }],
  ["GET", "/v3/schedules/P1", { schedule: {} }],
  ["GET", "/event_orchestrations", { orchestrations: [] }],
  ["GET", "/incidents/Q1/custom_fields/values", { custom_fields: [] }],
  ["GET", "/abilities", { abilities: ["teams"] }],
  ["POST", "/analytics/raw/incidents", { data: [], more: false }],
  ["POST", "/webhook_subscriptions", { webhook_subscription: {} }],
  ["PUT", "/webhook_subscriptions/P1", { webhook_subscription: {} }],
  ["POST", "/webhook_subscriptions/P1/enable", { webhook_subscription: {} }],
  ["POST", "/webhook_subscriptions/P1/ping", {}],
  ["DELETE", "/webhook_subscriptions/P1", { ok: true }],
] as const)("describeForeignBody() takes PagerDuty's answer to %s %s", (method, path, body) => {
  expect(describeForeignBody(method, path, body)).toBeUndefined();
});

test.each([
  ["GET", "/services"],
  ["GET", "/services/P1"],
  ["GET", "/users/me"],
  ["GET", "/v3/schedules"],
  ["GET", "/v3/schedules/P1"],
  ["GET", "/incidents/Q1/custom_fields/values"],
  ["POST", "/analytics/metrics/incidents/services"],
  ["POST", "/webhook_subscriptions"],
  ["PUT", "/webhook_subscriptions/P1"],
] as const)("describeForeignBody() refuses a stranger's answer to %s %s", (method, path) => {
  for (const body of [{}, { ok: true }, { error: { message: "Sign in" } }, { services: {} }]) {
    // Of some paths no more is known than that there is something in the answer.
    if (path.split("/").length > 3 && "services" in body) continue;
    expect([body, describeForeignBody(method, path, body)]).toEqual([
      body,
      expect.stringMatching(/^JSON /),
    ]);
  }
});
