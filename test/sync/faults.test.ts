import { beforeAll, expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { readDefaultFile, type SyncReport } from "@pagerport/core";
import { readRunHolder } from "../../packages/core/src/store/runs.ts";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "../support/connect-sandbox.ts";
import { syncQuickly } from "../support/quick-clock.ts";
import { startSyncSetting, sumActions } from "../support/run-sync.ts";
import type { SyncOptions } from "../support/resync-sandbox.ts";
import { bySize } from "../support/size.ts";

const account = {
  services: bySize({ short: 60, long: 1000 }),
  incidents: bySize({ short: 1500, long: 10_000 }),
  schedules: 20,
  users: 30,
  now: "2026-06-30T12:00:00Z",
  from: "2026-05-31T00:00:00Z",
} as const;

const small = { services: 20, incidents: 200, schedules: 8, users: 12 } as const;

/** What the catalog holds by name, but for when it was written. */
function readCatalog({ port }: Sandbox): Record<string, object> {
  const named = port
    .entities()
    .map(({ identifier, blueprint, title, icon, team, properties, relations }) => [
      `${blueprint} ${identifier}`,
      { title, icon, team, properties, relations },
    ]);
  return Object.fromEntries(named);
}

interface Outcome {
  readonly reports: readonly SyncReport[];
  readonly catalog: Readonly<Record<string, object>>;
  readonly statuses: readonly string[];
}

/** What comes of the account where nothing goes wrong. */
let calm: Outcome;

beforeAll(async () => {
  calm = await liveThrough(() => undefined);
}, 300_000);

/** Brings an account to Port, changes it, and brings it again; on the way everything may go wrong. */
async function liveThrough(prepare: (sandbox: Sandbox) => void): Promise<Outcome> {
  await using setting = await startSyncSetting(account);
  const { sandbox } = setting;
  const gone = sandbox.pagerduty.createService({ name: "Short-lived" });
  prepare(sandbox);
  const first = await syncQuickly(setting);
  const [service, other] = [...sandbox.pagerduty.allServices()];
  sandbox.pagerduty.changeObject(String(service?.id), { description: "Changed by hand" });
  const at = account.now;
  const named = sandbox.pagerduty.createIncident({
    serviceId: String(other?.id),
    title: "New",
    at,
  });
  sandbox.pagerduty.acknowledgeIncident(named, at);
  sandbox.pagerduty.deleteService(gone);
  const second = await syncQuickly(setting);
  const { pagerduty, port } = sandbox.requests;
  const statuses = Object.keys({ ...pagerduty.byStatus, ...port.byStatus });
  return { reports: [first, second], catalog: readCatalog(sandbox), statuses };
}

/** Revokes all tokens of Port at every hundredth request. */
function revokeNowAndThen(sandbox: Sandbox): void {
  sandbox.onRequest(({ side, number }) => {
    if (side === "port" && number % 100 === 50) sandbox.port.revokeTokens();
  });
}

test.each<[string, (sandbox: Sandbox) => void, readonly string[]]>([
  [
    "5 % of all requests to both sides going wrong",
    (sandbox) => {
      const faults = { rate: 0.05, slowBodyMs: 5 };
      sandbox.configure({ faults, portApi: { faults } });
    },
    ["429", "500", "reset"],
  ],
  [
    "a third of all requests going wrong, and tokens being revoked",
    (sandbox) => {
      const faults = { rate: 0.3, slowBodyMs: 5 };
      sandbox.configure({ faults, portApi: { faults } });
      revokeNowAndThen(sandbox);
    },
    ["401", "408", "429", "500", "502", "reset"],
  ],
  ["Port's token revoked in the middle", revokeNowAndThen, ["401"]],
  [
    "tokens of Port that last for seconds",
    (sandbox) => sandbox.configure({ portApi: { tokenSeconds: bySize({ short: 2, long: 8 }) } }),
    [],
  ],
  [
    "tokens of Port that end before they said",
    (sandbox) =>
      sandbox.onRequest(({ side, number }) => {
        // Longer than they last; what is read begins and ends before.
        if (side === "port" && number === 40) sandbox.clock.advance(4 * 3_600_000);
      }),
    ["401"],
  ],
])(
  "resync() with %s brings the same catalog to Port",
  async (_name, prepare, met) => {
    const { reports, catalog, statuses } = await liveThrough(prepare);
    expect(reports.map(({ unfinished, refused }) => [unfinished, refused])).toEqual([
      [[], []],
      [[], []],
    ]);
    expect(catalog).toEqual(calm.catalog);
    expect(reports.map((report) => sumActions(report).deleted)).toEqual([0, 1]);
    expect(met.filter((status) => !statuses.includes(status))).toEqual([]);
  },
  bySize({ short: 20_000, long: 120_000 }),
);

test.each<[string, (sandbox: Sandbox) => SyncOptions, object]>([
  [
    "a token that PagerDuty does not know",
    (sandbox) => ({ pagerDuty: connectSandboxPagerDuty(sandbox, { token: "nobodys" }) }),
    { host: "PagerDuty", status: 401, message: expect.stringContaining("PD_TOKEN") },
  ],
  [
    "a secret that Port does not know",
    (sandbox) => ({ port: connectSandboxPort(sandbox, { clientSecret: "nobodys" }) }),
    { host: "Port", status: 401, message: expect.stringContaining("PORT_CLIENT_SECRET") },
  ],
])(
  "resync() with %s ends at once, and deletes and writes nothing",
  async (_name, connect, expected) => {
    await using setting = await startSyncSetting(small);
    const { sandbox, store } = setting;
    await setting.sync();
    const before = { ...sandbox.requests.pagerduty.byStatus };
    const writes = setting.countWrites();
    const catalog = readCatalog(sandbox);
    expect(await failureOf(setting.sync(connect(sandbox)))).toMatchObject(expected);
    const { byStatus } = sandbox.requests.pagerduty;
    expect((byStatus["401"] ?? 0) - (before["401"] ?? 0)).toBeLessThanOrEqual(1);
    expect(setting.countWrites()).toBe(writes);
    expect(readCatalog(sandbox)).toEqual(catalog);
    // The lock is free again.
    expect(await readRunHolder(store.sql)).toBeUndefined();
    expect((await setting.sync()).unfinished).toEqual([]);
  },
);

test(
  "resync() keeps to the limits of both sides, however much there is to write",
  async () => {
    await using setting = await startSyncSetting({
      services: 40,
      incidents: bySize({ short: 6500, long: 20_000 }),
      schedules: 10,
      users: 20,
      rate: { limit: 32, windowMs: 6000 },
      portApi: { rate: { limit: 100, windowMs: 10_000 } },
    });
    const { sandbox } = setting;
    const mapping = readDefaultFile("mapping.yaml").replace(
      "apiQueryParams:\n        include: [assignees]\n        statuses: [resolved]",
      "apiQueryParams:\n        date_range: all\n        include: [assignees]",
    );
    const report = await syncQuickly(setting, { mapping });
    expect(report.unfinished).toEqual([]);
    expect(setting.countWrites()).toBeGreaterThan(300);
    const { pagerduty, port } = sandbox.requests;
    expect(pagerduty.total).toBeGreaterThan(64);
    expect([pagerduty.throttled, port.throttled]).toEqual([0, 0]);
    expect(Object.keys(port.byStatus)).not.toContain("429");
  },
  bySize({ short: 20_000, long: 60_000 }),
);
