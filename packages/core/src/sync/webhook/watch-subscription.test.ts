import { expect, test } from "bun:test";
import { NetworkError } from "../../errors.ts";
import { addEvents } from "../../store/inbox.ts";
import type { Store } from "../../store/open-store.ts";
import {
  createFakeSubscriptions,
  type FakeSubscriptions,
} from "../../testing/fake-subscriptions.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { createEvent } from "../../testing/inbox-event.ts";
import type { SubscriptionReport } from "./subscription-report.ts";
import { retryPeriod, watchPeriod, watchSubscription } from "./watch-subscription.ts";
import { readGap } from "./webhook-gap.ts";
import { openTestStore } from "../../testing/open-test-store.ts";

interface Watch extends AsyncDisposable {
  readonly api: FakeSubscriptions;
  readonly clock: FakeClock;
  readonly store: Store;
  readonly reports: SubscriptionReport[];
  readonly gaps: number[];
  stop(): Promise<void>;
}

async function start(
  given: {
    readonly api?: FakeSubscriptions;
    readonly fillGap?: (since: number) => Promise<void>;
  } = {},
): Promise<Watch> {
  const clock = new FakeClock();
  const begin = clock.now();
  const store = await openTestStore({ shiftClock: () => clock.now() - begin });
  const reports: SubscriptionReport[] = [];
  const gaps: number[] = [];
  const api = given.api ?? createFakeSubscriptions();
  const controller = new AbortController();
  const watching = watchSubscription({
    api,
    sql: store.sql,
    clock,
    owner: "test",
    baseUrl: "https://hooks.test",
    pathPrefix: "/pager",
    configured: [],
    signal: controller.signal,
    onReport: (report) => void reports.push(report),
    onGap: async (since) => {
      gaps.push(since);
      await given.fillGap?.(since);
    },
  });
  const stop = async (): Promise<void> => {
    controller.abort();
    await watching;
  };
  await clock.advance(0);
  return {
    api,
    clock,
    store,
    reports,
    gaps,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** Lets some looks end: each is a few turns of the event loop. */
async function settle({ clock }: Watch): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await clock.settle();
}

async function receive({ store }: Watch, signedBy: string): Promise<void> {
  await addEvents(store.sql, [createEvent(`E${crypto.randomUUID()}`, { signedBy })]);
}

test("watchSubscription() makes one at once, pings it, and fills the gap of the start", async () => {
  await using watch = await start();
  await settle(watch);
  expect(watch.reports).toMatchObject([{ state: "ready", repaired: ["created"] }]);
  expect(watch.reports[0]?.url).toBe("https://hooks.test/pager/webhook");
  expect(watch.api.changes).toEqual([
    "POST /webhook_subscriptions",
    "POST /webhook_subscriptions/P1/ping",
  ]);
  expect(watch.gaps).toEqual([0]);
  expect(await readGap(watch.store.sql)).toBeUndefined();
});

test("watchSubscription() repairs within one period, and fills the gap from before", async () => {
  await using watch = await start();
  await settle(watch);
  await receive(watch, "P1");
  await watch.clock.advance(watchPeriod / 2);
  Object.assign(watch.api.rows[0]?.["delivery_method"] as object, { temporarily_disabled: true });
  await watch.clock.advance(watchPeriod / 2);
  await settle(watch);
  const [, repaired] = watch.reports;
  expect(repaired).toMatchObject({ state: "ready", repaired: ["enabled"] });
  expect(watch.gaps).toEqual([0, repaired?.missedSince ?? -1]);
  expect(watch.gaps[1]).toBeGreaterThan(0);
  await watch.clock.advance(watchPeriod);
  await settle(watch);
  expect(watch.reports).toHaveLength(3);
  expect(watch.gaps).toHaveLength(2);
});

test("watchSubscription() asks again for a gap that could not be filled", async () => {
  let attempts = 0;
  await using watch = await start({
    fillGap: async () => {
      attempts += 1;
      if (attempts < 3) throw new Error("Port is away");
    },
  });
  await settle(watch);
  expect(watch.gaps).toEqual([0]);
  expect(await readGap(watch.store.sql)).toBe(0);
  await watch.clock.advance(watchPeriod * 2);
  await settle(watch);
  expect(watch.gaps).toEqual([0, 0, 0]);
  expect(await readGap(watch.store.sql)).toBeUndefined();
});

test("watchSubscription() is not held up by a gap that takes long, and fills one at a time", async () => {
  let end: (() => void) | undefined;
  await using watch = await start({
    fillGap: () =>
      new Promise((resolve) => {
        end = resolve;
      }),
  });
  await settle(watch);
  await watch.clock.advance(watchPeriod);
  watch.api.rows[0] = { ...watch.api.rows[0], active: false };
  await watch.clock.advance(watchPeriod);
  await settle(watch);
  expect(watch.reports.map(({ repaired }) => repaired)).toEqual([["created"], [], ["activated"]]);
  expect(watch.gaps).toEqual([0]);
  end?.();
  await settle(watch);
  // What was missed while the first was being filled may not be in it.
  expect(watch.gaps).toEqual([0, 0]);
  end?.();
});

test("watchSubscription() looks again soon where nobody answered, and then fills what was missed", async () => {
  const api = createFakeSubscriptions();
  const where = { host: "PagerDuty", method: "GET", url: "x" };
  api.failure = new NetworkError("PagerDuty does not answer", where);
  await using watch = await start({ api });
  await settle(watch);
  expect(watch.reports).toMatchObject([{ state: "failed", missedSince: undefined }]);
  expect(watch.gaps).toEqual([]);
  api.failure = undefined;
  await watch.clock.advance(retryPeriod);
  await settle(watch);
  expect(watch.reports[1]).toMatchObject({ state: "ready", repaired: ["created"] });
  expect(watch.gaps).toEqual([0]);
  await receive(watch, "P1");
  api.failure = new NetworkError("PagerDuty does not answer", where);
  await watch.clock.advance(watchPeriod);
  api.failure = undefined;
  await watch.clock.advance(retryPeriod);
  await settle(watch);
  expect(watch.reports.map(({ state }) => state)).toEqual(["failed", "ready", "failed", "ready"]);
  expect(watch.gaps).toHaveLength(2);
});

test("watchSubscription() deletes the one that it replaces as soon as the new one's first event came", async () => {
  const api = createFakeSubscriptions();
  await api.change("POST", "/webhook_subscriptions", {
    webhook_subscription: {
      delivery_method: { url: "https://hooks.test/pager/integration/webhook" },
      events: ["incident.triggered"],
      filter: { type: "account_reference" },
    },
  });
  await using watch = await start({ api });
  await settle(watch);
  expect(watch.reports[0]).toMatchObject({ repaired: ["replaced"], replacing: ["P1"] });
  await watch.clock.advance(60_000);
  expect(watch.reports).toHaveLength(1);
  await receive(watch, "P2");
  await watch.clock.advance(10_000);
  await settle(watch);
  expect(watch.reports[1]).toMatchObject({ removed: ["P1"], replacing: [] });
  expect(api.rows.map(({ id }) => id)).toEqual(["P2"]);
});

test("watchSubscription() ends when it is told to", async () => {
  const watch = await start();
  await watch.stop();
  await watch.clock.advance(watchPeriod * 3);
  expect(watch.reports.length).toBeLessThan(2);
  expect(watch.clock.sleeping).toBe(0);
  await watch.store[Symbol.asyncDispose]();
});
