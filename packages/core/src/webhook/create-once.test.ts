import { expect, test } from "bun:test";
import { NetworkError } from "../errors.ts";
import { failureOf } from "../testing/failure-of.ts";
import { createFakeSubscriptions, type FakeSubscriptions } from "../testing/fake-subscriptions.ts";
import { createSubscriptionOnce } from "./create-once.ts";
import type { SubscriptionsApi } from "./subscriptions.ts";

const wanted = {
  url: "https://hooks.test/webhook",
  scope: { type: "account" },
  events: ["incident.triggered"],
} as const;

/** An account whose every change is made, and whose first answers do not arrive. */
function loseAnswers(fake: FakeSubscriptions, count: number): SubscriptionsApi {
  let lost = 0;
  return {
    get: (path, query, signal) => fake.get(path, query, signal),
    change: async (method, path, body, signal) => {
      const answer = await fake.change(method, path, body, signal);
      if (lost >= count) return answer;
      lost += 1;
      throw new NetworkError("lost", { host: "PagerDuty", method, url: path });
    },
  };
}

test("createSubscriptionOnce() removes the one whose answer never came", async () => {
  const fake = createFakeSubscriptions();
  const keepSecret = async (): Promise<void> => undefined;
  await fake.change("POST", "/webhook_subscriptions", {
    webhook_subscription: {
      delivery_method: { url: wanted.url },
      events: [],
      filter: { type: "team_reference", id: "PT" },
    },
  });
  const api = loseAnswers(fake, 1);
  const error = await failureOf(createSubscriptionOnce({ api, wanted, before: [], keepSecret }));
  expect(error.message).toBe("lost");
  expect(fake.rows.map(({ id }) => id)).toEqual(["P1"]);
});

test("createSubscriptionOnce() leaves none whose secret could not be kept", async () => {
  const api = createFakeSubscriptions();
  const kept: string[] = [];
  const keepSecret = async ({ value }: { readonly value: string }): Promise<void> => {
    kept.push(value);
    throw new Error("disk full");
  };
  const error = await failureOf(createSubscriptionOnce({ api, wanted, before: [], keepSecret }));
  expect(error.message).toBe("disk full");
  expect(kept).toEqual(["secret of P1"]);
  expect(api.rows).toEqual([]);
});
