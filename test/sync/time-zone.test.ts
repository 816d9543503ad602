import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import type { JsonObject } from "@pagerport/core";
import { startServiceSetting } from "../support/run-service.ts";
import { startSyncSetting, sumActions } from "../support/run-sync.ts";
import { resyncSandbox } from "../support/resync-sandbox.ts";

type Row = Readonly<Record<string, unknown>>;

/** What is read, with which zone, and the list that tells the truth. */
interface Reading {
  readonly kind: "incidents" | "services" | "oncalls";
  readonly blueprint: string;
  readonly zone: string | undefined;
}

const account = {
  services: 6,
  incidents: 60,
  schedules: 4,
  users: 6,
  now: "2026-06-30T12:00:00Z",
  accountTimeZone: "America/New_York",
} as const;

/** One list with two zones, and without any. */
const readings: readonly Reading[] = [
  { kind: "incidents", blueprint: "incidentThere", zone: "America/Los_Angeles" },
  { kind: "incidents", blueprint: "incidentHere", zone: "Asia/Tokyo" },
  { kind: "incidents", blueprint: "incident", zone: undefined },
  { kind: "services", blueprint: "serviceThere", zone: "America/Los_Angeles" },
  { kind: "services", blueprint: "service", zone: undefined },
  { kind: "oncalls", blueprint: "oncallThere", zone: "America/Los_Angeles" },
  { kind: "oncalls", blueprint: "oncall", zone: undefined },
];

const extra: Readonly<Record<Reading["kind"], JsonObject>> = {
  incidents: { date_range: "all", include: ["assignees"] },
  services: {},
  oncalls: { until: 1 },
};

const time: Readonly<Record<Reading["kind"], string>> = {
  incidents: "created_at",
  services: "created_at",
  oncalls: "end",
};

const identifiers: Readonly<Record<Reading["kind"], string>> = {
  incidents: ".id",
  services: ".id",
  oncalls:
    '"\\(.escalation_policy.id)-\\(.escalation_level)-\\(.user.id)-\\(.schedule.id // "direct")-\\(.start // "always")"',
};

function write(all: readonly Reading[]): string {
  return JSON.stringify({
    resources: all.map(({ kind, blueprint, zone }) => ({
      kind,
      selector: {
        query: "true",
        apiQueryParams: { ...extra[kind], ...(zone === undefined ? {} : { time_zone: zone }) },
      },
      port: {
        entity: {
          mappings: {
            identifier: identifiers[kind],
            title: `(.${time[kind]} // "always")[0:10]`,
            blueprint: `"${blueprint}"`,
            properties: {
              at: `.${time[kind]}`,
              changed: ".last_status_change_at",
              assigned: ".assignments[0].at?",
            },
          },
        },
      },
    })),
  });
}

const blueprints: readonly JsonObject[] = readings.map(({ blueprint }) => ({
  identifier: blueprint,
  title: blueprint,
  schema: {
    properties: {
      at: { type: "string" },
      changed: { type: "string" },
      assigned: { type: "string" },
    },
    required: [],
  },
  relations: {},
}));

/** What PagerDuty's list gives in the zone, as Ocean would have it; without one in UTC, as ever. */
async function expectAsListed(sandbox: Sandbox, all: readonly Reading[]): Promise<void> {
  for (const { kind, blueprint, zone = "UTC" } of all) {
    const query =
      kind === "incidents" ? "date_range=all&" : kind === "oncalls" ? until(sandbox) : "";
    const rows: readonly Row[] = await sandbox.pagerduty.list(
      `/${kind}?${query}time_zone=${zone}`,
      kind,
    );
    const textOf = (row: Row): string | null => {
      const value = row[time[kind]];
      return typeof value === "string" ? value : null;
    };
    const expected = rows.map((row) => [
      (textOf(row) ?? "always").slice(0, 10),
      textOf(row),
      row["last_status_change_at"] ?? null,
    ]);
    const stored = sandbox.port
      .entities(blueprint)
      .map(({ title, properties }) => [
        title,
        properties["at"] ?? null,
        properties["changed"] ?? null,
      ]);
    expect([blueprint, stored.toSorted(byText)]).toEqual([blueprint, expected.toSorted(byText)]);
    expect(stored.length).toBeGreaterThan(0);
  }
}

function until(sandbox: Sandbox): string {
  const end = new Date(sandbox.clock.now() + 30 * 86_400_000).toISOString().slice(0, 19);
  return `until=${end}Z&`;
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

test("resync() writes times in each selector's zone as PagerDuty does, and nothing twice", async () => {
  await using setting = await startSyncSetting(account, blueprints);
  const { sandbox } = setting;
  const mapping = write(readings);
  const [service] = sandbox.pagerduty.allServices();
  const open = Array.from({ length: 4 }, () =>
    sandbox.pagerduty.createIncident({ serviceId: String(service?.id) }),
  );
  await setting.sync({ mapping });
  await expectAsListed(sandbox, readings);
  const dates = (blueprint: string): unknown[] =>
    sandbox.port.entities(blueprint).map(({ identifier, title }) => [identifier, title]);
  // The days of some differ: a test in which they do not would show nothing.
  expect(dates("incidentThere")).not.toEqual(dates("incidentHere"));

  // Windows, marks and what tells one on-call from another do not move with the zone.
  for (const type of ["full", "delta", "full"] as const) {
    const report = await setting.sync({ mapping, type });
    expect([type, sumActions(report)]).toMatchObject([
      type,
      { created: 0, updated: 0, deleted: 0 },
    ]);
    expect(report.unfinished).toEqual([]);
  }
  // Changed ones are read by their ids, which take no zone.
  for (const id of open) sandbox.pagerduty.resolveIncident(id);
  const { updated } = sumActions(await setting.sync({ mapping, type: "delta" }));
  expect(updated).toBeGreaterThanOrEqual(3 * open.length);
  await expectAsListed(sandbox, readings);
});

test("createSyncService() writes the text by an event that the run before wrote", async () => {
  const live = readings.filter(({ kind }) => kind !== "oncalls");
  const mapping = write(live);
  await using setting = await startServiceSetting(account, { mapping, blueprints });
  const { sandbox, store } = setting;
  await expectAsListed(sandbox, live);
  const day = await sandbox.playDay({ incidents: 12, hours: 0 });
  await setting.settle();
  expect(day.incidents.length).toBeGreaterThan(0);
  await expectAsListed(sandbox, live);
  sandbox.clock.advance(10_000);
  const report = await resyncSandbox(sandbox, { store, mapping });
  expect(sumActions(report)).toMatchObject({ created: 0, updated: 0, deleted: 0 });
});
