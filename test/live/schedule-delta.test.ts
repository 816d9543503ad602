import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { type JsonObject, parseMapping, readDefaultFile } from "@pagerport/core";
import { pick, unit } from "../../packages/cli/src/sandbox/random.ts";
import { endRun, startRun } from "../../packages/core/src/store/runs.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "../support/connect-sandbox.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { resyncSandbox } from "../support/resync-sandbox.ts";
import { startServiceSetting } from "../support/run-service.ts";
import { bySize } from "../support/size.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

const hour = 3_600_000;
const day = 24 * hour;

/** Every incident there is, as little of each as can be told to be right. */
const mapping = JSON.stringify({
  resources: [
    {
      kind: "incidents",
      selector: { query: "true", apiQueryParams: { date_range: "all" } },
      port: {
        entity: {
          mappings: {
            identifier: ".id",
            title: ".title",
            blueprint: '"pagerdutyIncident"',
            properties: { status: ".status" },
          },
        },
      },
    },
  ],
});

/** Requests that were about incidents: lists, single ones, and what happened to them. */
function countIncidentRequests({ requests }: Sandbox): number {
  return Object.entries(requests.pagerduty.byRoute)
    .filter(([route]) => /^GET \/(incidents|log_entries)/.test(route))
    .reduce((sum, [, count]) => sum + count, 0);
}

test("a delta asks PagerDuty for a small part of what a full run asks for", async () => {
  const incidents = bySize({ short: 30_000, long: 300_000 });
  await using sandbox = await startSandbox({
    services: 20,
    schedules: 0,
    users: 10,
    incidents,
    now: "2026-06-30T12:00:00Z",
  });
  putBlueprints(sandbox);
  await using store = await openTestStore();
  let read = 0;
  await resyncSandbox(sandbox, {
    mapping,
    store,
    dryRun: true,
    onAction: () => {
      read += 1;
    },
  });
  expect(read).toBe(incidents);
  const full = countIncidentRequests(sandbox);

  // What it would have left behind, two hours ago.
  const { run } = await startRun(store.sql, { type: "full", owner: "test" });
  if (run === undefined) throw new Error("Another run goes on");
  const sourceStart = sandbox.clock.now() - 2 * hour;
  await endRun(store.sql, run, { outcome: "complete", sourceStart });
  const [old] = sandbox.pagerduty.allIncidents();
  sandbox.pagerduty.reopenIncident(String(old?.id));
  await resyncSandbox(sandbox, { mapping, store, type: "delta" });
  const delta = countIncidentRequests(sandbox) - full;
  expect(sandbox.port.entity("pagerdutyIncident", String(old?.id))).toBeDefined();
  expect(delta / full).toBeLessThan(bySize({ short: 0.1, long: 0.02 }));
});

interface Happenings {
  /** From 0 to 1. */
  readonly roll: () => number;
  /** All incidents there are. */
  readonly touched: Set<string>;
  /** Lets so many things happen. */
  readonly happen: (many: number) => void;
}

/** What happens by itself, the same each time. */
function createHappenings({ pagerduty, clock }: Sandbox, seed: number): Happenings {
  const services = [...pagerduty.allServices()].map(({ id }) => id);
  const touched = new Set([...pagerduty.allIncidents()].map(({ id }) => id));
  let count = 0;
  const roll = (): number => unit(seed, (count += 1));
  const pickIncident = (): string => pick([...touched], Math.floor(roll() * 1e6));
  const verbs: readonly (() => void)[] = [
    () => {
      const serviceId = pick(services, Math.floor(roll() * 1e6));
      touched.add(pagerduty.createIncident({ serviceId, at: clock.now() - roll() * hour }));
    },
    () => pagerduty.acknowledgeIncident(pickIncident()),
    () => pagerduty.resolveIncident(pickIncident()),
    () => pagerduty.resolveIncident(pickIncident()),
    () => pagerduty.reopenIncident(pickIncident()),
    () => pagerduty.changeUrgency(pickIncident(), roll() < 0.5 ? "high" : "low"),
  ];
  return {
    roll,
    touched,
    happen: (many: number): void => {
      for (let one = 0; one < many; one += 1) verbs[Math.floor(roll() * verbs.length)]?.();
    },
  };
}

const { document } = await parseMapping(readDefaultFile("mapping.yaml"));
const ours = document as { readonly resources: readonly JsonObject[] };
const isOfIncidents = ({ kind }: JsonObject): boolean => kind === "incidents";

test("sixty days of deltas and full runs lose no incident and leave none stale, though nobody tells of any", async () => {
  const interval = bySize({ short: 24, long: 1 }) * hour;
  await using setting = await startServiceSetting(
    { services: 4, incidents: 30, schedules: 1, users: 3, years: 0.25 },
    {
      isTimed: true,
      isSubscribed: false,
      mapping: JSON.stringify({ ...ours, resources: ours.resources.filter(isOfIncidents) }),
      listener: { type: "POLLING", interval: 86_400, resyncOnStart: true },
      scheduledResyncInterval: interval / 60_000,
      fullResyncInterval: bySize({ short: 96, long: 24 }),
      connect: async (sandbox) => ({
        // Whatever is asked again is asked at once.
        pagerDuty: connectSandboxPagerDuty(sandbox, { random: () => 0 }),
        port: connectSandboxPort(sandbox, { random: () => 0 }),
      }),
    },
  );
  const { sandbox, events } = setting;
  const { roll, touched, happen } = createHappenings(sandbox, 20_260);
  // Our mapping reads resolved incidents of a month only: those before it are nobody's loss.
  for (const id of touched) {
    if (sandbox.port.entity("pagerdutyIncident", id) === undefined) touched.delete(id);
  }
  const good = new Set<string>();
  const ended = (): number => events.filter(({ type }) => type === "run-ended").length;
  for (let time = 0; time < 60 * day; time += interval) {
    happen(Math.floor(roll() * 6));
    const luck = roll();
    // The log of what happened may be refused, and now and then PagerDuty does not answer at all.
    if (luck < 0.1) sandbox.configure({ refused: { log_entries: 403 } });
    else if (luck < 0.2) sandbox.configure({ refused: { incidents: 500 } });
    const before = ended();
    setting.pass(interval);
    await setting.settleRuns(before + 1);
    sandbox.configure({ refused: {} });
    const last = events.findLast((event) => event.type === "run-ended");
    if (last?.report === undefined || last.report.unfinished.length > 0) continue;
    good.add(last.runType);
    const stale = [...touched].filter((id) => {
      const stored = sandbox.port.entity("pagerdutyIncident", id);
      return stored?.properties["status"] !== sandbox.pagerduty.incident(id)?.status;
    });
    expect([time / hour, stale]).toEqual([time / hour, []]);
  }
  expect(good).toEqual(new Set(["full", "delta"]));
});
