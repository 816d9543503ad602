import { expect, test } from "bun:test";
import { listMappedEventTypes, type SubscriptionReport, watchSubscription } from "@pagerport/core";
import { watchPeriod } from "../../packages/core/src/sync/webhook/watch-subscription.ts";
import { connectSandboxPagerDuty } from "../support/connect-sandbox.ts";
import {
  serverAddress,
  type ServiceSetting,
  startServiceSetting,
  waitUntil,
} from "../support/run-service.ts";
import { followSandbox } from "../support/sandbox-clock.ts";

const hour = 3_600_000;

interface Watch extends AsyncDisposable {
  readonly reports: readonly SubscriptionReport[];
  /** Resolves with the first report from a place on. */
  report(place: number): Promise<SubscriptionReport>;
}

/** Looks after the subscription as a server does. */
function startWatch({ sandbox, store, service }: ServiceSetting): Watch {
  const stop = new AbortController();
  const reports: SubscriptionReport[] = [];
  const watching = watchSubscription({
    api: connectSandboxPagerDuty(sandbox),
    sql: store.sql,
    clock: followSandbox(sandbox),
    owner: "test",
    baseUrl: serverAddress,
    pathPrefix: "",
    configured: [],
    signal: stop.signal,
    onReport: (report) => void reports.push(report),
    onGap: (since) => service.coverGap(since),
  });
  return {
    reports,
    async report(place) {
      await waitUntil(() => reports.length > place);
      const report = reports[place];
      if (report === undefined) throw new Error("There is no such report");
      return report;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watching;
    },
  };
}

/** A service without a subscription, that only looks at what it is told of. */
function startUnsubscribed(): Promise<ServiceSetting> {
  const listener = { type: "WEBHOOKS_ONLY" } as const;
  const small = { services: 4, incidents: 40, schedules: 1, users: 3, years: 0.5 };
  return startServiceSetting(small, { isTimed: true, isSubscribed: false, listener });
}

/** Types of the runs that have begun. */
function listRuns({ events }: ServiceSetting): string[] {
  return events.flatMap((event) => (event.type === "run-started" ? [event.runType] : []));
}

function readStatus({ sandbox }: ServiceSetting, id: string): unknown {
  return sandbox.port.entity("pagerdutyIncident", id)?.properties["status"];
}

type Damage = (setting: ServiceSetting, id: string) => Promise<unknown> | void;

const change =
  (webhook_subscription: object): Damage =>
  ({ sandbox }, id) =>
    connectSandboxPagerDuty(sandbox).change("PUT", `/webhook_subscriptions/${id}`, {
      webhook_subscription,
    });

test.each<[string, string, Damage]>([
  ["switched off", "activated", change({ active: false })],
  ["disabled for a day", "enabled", ({ sandbox }, id) => sandbox.webhooks.disable(id)],
  ["left without events", "events", change({ events: ["service.created"] })],
])(
  "a subscription that was %s is repaired within a period (%s), and what was missed is made good",
  async (_title, repair, damage) => {
    await using setting = await startUnsubscribed();
    const { sandbox } = setting;
    await using watch = startWatch(setting);
    const { id = "" } = await watch.report(0);
    await setting.settleRuns(1);
    expect(listRuns(setting)).toEqual(["full"]);

    await damage(setting, id);
    const [old] = sandbox.pagerduty.allIncidents();
    const missed = String(old?.id);
    sandbox.pagerduty.reopenIncident(missed);
    await setting.settle();
    expect(readStatus(setting, missed)).not.toBe("triggered");

    setting.pass(watchPeriod);
    expect(await watch.report(1)).toMatchObject({ state: "ready", id, repaired: [repair] });
    await setting.settleRuns(2);
    expect(listRuns(setting)).toEqual(["full", "delta"]);
    expect(readStatus(setting, missed)).toBe("triggered");

    // From then on events come again, and nothing is left to repair.
    sandbox.pagerduty.acknowledgeIncident(missed);
    await setting.settle();
    expect(readStatus(setting, missed)).toBe("acknowledged");
    setting.pass(watchPeriod);
    expect(await watch.report(2)).toMatchObject({ repaired: [], missedSince: undefined });
    expect(listRuns(setting)).toHaveLength(2);
  },
);

test("a subscription that PagerDuty disabled while the server was away for days is enabled at its start, and all is read", async () => {
  await using setting = await startUnsubscribed();
  const { sandbox } = setting;
  const first = startWatch(setting);
  const { id = "" } = await first.report(0);
  await setting.settleRuns(1);
  await first[Symbol.asyncDispose]();
  sandbox.webhooks.disable(id);
  const [old] = sandbox.pagerduty.allIncidents();
  const missed = String(old?.id);
  sandbox.pagerduty.reopenIncident(missed);
  await sandbox.webhooks.settled();
  setting.pass(23 * hour);
  // Disabled once more, before the day was over.
  sandbox.webhooks.disable(id);
  setting.pass(2 * hour);
  await using second = startWatch(setting);
  expect(await second.report(0)).toMatchObject({ state: "ready", id, repaired: ["enabled"] });
  await setting.settleRuns(2);
  expect(listRuns(setting)).toEqual(["full", "full"]);
  expect(readStatus(setting, missed)).toBe("triggered");
});

test("Ocean's subscription is taken over: no event is lost, none is taken with a secret that nobody knows", async () => {
  await using setting = await startUnsubscribed();
  const { sandbox } = setting;
  const ocean = sandbox.webhooks.subscribe({
    url: `${serverAddress}/integration/webhook`,
    events: ["incident.triggered", "incident.resolved"],
  });
  await using watch = startWatch(setting);
  const made = await watch.report(0);
  expect(made).toMatchObject({ repaired: ["replaced"], replacing: [ocean.id] });
  await setting.settleRuns(1);
  const [service] = sandbox.pagerduty.allServices();
  const id = sandbox.pagerduty.createIncident({ serviceId: String(service?.id) });
  await setting.settle();
  expect(readStatus(setting, id)).toBe("triggered");
  setting.pass(5000);
  expect(await watch.report(1)).toMatchObject({ id: made.id, removed: [ocean.id] });
  const left = sandbox.webhooks.subscriptions();
  expect(left.map((one) => one.id)).toEqual([String(made.id)]);
  expect(left[0]?.events).toEqual(listMappedEventTypes());
  const taken = sandbox.webhooks.deliveries({ status: "delivered" });
  expect(new Set(taken.map(({ subscriptionId }) => subscriptionId))).toEqual(
    new Set([String(made.id)]),
  );
});
