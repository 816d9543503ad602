import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { judgeStatus, type StatusReport } from "@pagerport/core";
import { formatStatus } from "../../packages/cli/src/status/format-status.ts";
import { emptyStatus } from "../../packages/core/src/testing/empty-status.ts";
import { expectScreen, measureWidth, paintOf, places } from "./screens.ts";

/**
 * What `pagerport status` shows, character by character, is in `status/`, one file for each status and place.
 * After a change: PAGERPORT_UPDATE_GOLDEN=1 bun test test/golden/status.test.ts
 */
const folder = `${import.meta.dir}/status`;

const at = "2026-11-25T10:00:00.000Z";

/** A moment so many minutes before. */
function ago(minutes: number): string {
  return new Date(Date.parse(at) - minutes * 60_000).toISOString();
}

const full = {
  number: 41,
  type: "full",
  startedAt: ago(487),
  endedAt: ago(480),
  outcome: "complete",
} as const;
const delta = { ...full, number: 49, type: "delta", startedAt: ago(21), endedAt: ago(20) } as const;

const well: StatusReport = {
  ...emptyStatus,
  at,
  store: { place: "/var/lib/pagerport/my-pagerduty-integration_3f9a.sqlite", isPersistent: true },
  hosts: { account: "acme.pagerduty.com", portOrg: "org_AbC123", foreign: null },
  server: {
    owner: "pagerport-0, process 7",
    seenAt: ago(0.5),
    isAlive: true,
    resyncMinutes: 60,
    verifyHours: 24,
  },
  mapping: {
    origin: "the mapping of integration my-pagerduty-integration in Port",
    hash: "Jx3fq0LmP2aB",
    since: ago(7200),
    deletions: "through",
    blocked: [],
  },
  runs: {
    running: null,
    queued: null,
    lastFull: full,
    lastDelta: delta,
    last: [delta, full],
    nextAt: ago(-39),
    isOverdue: false,
  },
  webhook: { state: "ready", reason: null, lastEvent: ago(0.1) },
  pausedHosts: [],
  budgets: [
    { host: "PagerDuty", part: null, limit: 960, remaining: 913, seenAt: ago(0.2) },
    { host: "Port", part: null, limit: 1000, remaining: 988, seenAt: ago(0.2) },
  ],
  check: {
    at: ago(400),
    by: "pagerport-0, process 7",
    sample: 200,
    verdict: "in-step",
    blueprints: [
      { blueprint: "pagerdutyService", compared: 200, changed: 0, missing: 0, extra: 0 },
      { blueprint: "pagerdutyIncident", compared: 200, changed: 0, missing: 0, extra: 0 },
    ],
  },
};

const plan = {
  id: 7,
  blueprint: "pagerdutyService",
  brake: "share",
  reason: "12 of 40 would go in 7 days, 8 may",
  entities: 12,
  approved: 0,
  rejected: 0,
  openedAt: ago(480),
  since: ago(480),
  run: 41,
  sort: "deletions",
} as const;

const statuses: Readonly<Record<string, StatusReport>> = {
  well: { ...well, from: "server" },
  wrong: {
    ...well,
    mapping: {
      ...well.mapping,
      hash: "pQ81",
      origin: "mapping.yaml",
      since: ago(480),
      deletions: "withheld",
      blocked: ["pagerdutyTeam"],
    },
    runs: { ...well.runs, nextAt: ago(12), isOverdue: true },
    lag: { since: ago(41), events: ago(41), runs: ago(21) },
    webhook: {
      state: "denied",
      reason: "403: the token may not read subscriptions",
      lastEvent: ago(900),
    },
    inbox: { waiting: 1204, dead: 2, oldest: ago(40) },
    plans: [
      plan,
      {
        ...plan,
        id: 8,
        blueprint: "pagerdutyTeam",
        brake: "reader",
        entities: 4,
        sort: "mapping",
        reason: "the mapping names its entities otherwise than in run 40",
      },
    ],
    withheld: [
      {
        blueprint: "pagerdutyService",
        brake: "share",
        reason: plan.reason,
        entities: 12,
        isGuardStop: false,
      },
      {
        blueprint: "pagerdutyIncident",
        brake: "guard",
        reason: "incidents were not read whole: 502 from PagerDuty",
        entities: 3,
        isGuardStop: true,
      },
    ],
    pausedHosts: [
      {
        host: "Port",
        since: ago(41),
        error:
          "503 from Port: https://api.getport.io/v1/blueprints/pagerdutyIncident/entities/bulk",
      },
    ],
    check: {
      at: ago(400),
      by: "verify",
      sample: null,
      verdict: "drifted",
      blueprints: [
        { blueprint: "pagerdutyService", compared: 40, changed: 2, missing: 0, extra: 0 },
        { blueprint: "pagerdutyIncident", compared: 12_040, changed: 0, missing: 1, extra: 4 },
      ],
    },
  },
  paused: {
    ...well,
    inbox: { waiting: 310, dead: 0, oldest: ago(32) },
    lag: { since: ago(32), events: ago(32), runs: null },
    pause: {
      scope: "all",
      since: ago(33),
      until: ago(-87),
      by: "ann",
      reason: "moving the organisation",
    },
  },
  new: { ...emptyStatus, at },
  port: {
    ...emptyStatus,
    from: "port",
    at,
    store: null,
    inbox: null,
    runs: { ...emptyStatus.runs, last: [{ ...full, number: null }], nextAt: ago(-12) },
  },
};

const cases = Object.keys(statuses).flatMap((name) => places.map((place) => ({ name, place })));

test.each(cases.map((one) => [one.name, one.place.name, one] as const))(
  "pagerport status shows %s at %s as it should",
  async (name, _place, { place }) => {
    const report = statuses[name] ?? emptyStatus;
    const width = place.output.columns;
    const lines = formatStatus(report, judgeStatus(report), { width, colour: paintOf(place) });
    await expectScreen(`${folder}/${name}-${place.name}.txt`, lines);
    // An address may stick out: it is to be copied whole.
    if (name !== "wrong") expect(measureWidth(lines)).toBeLessThanOrEqual(width);
  },
);

test("pagerport status is one screen where all is well, and without colours the same on every sort of terminal", async () => {
  const read = (place: string) => Bun.file(`${folder}/well-${place}.txt`).text();
  expect((await read("80")).split("\n").length).toBeLessThanOrEqual(24);
  expect(await read("no-color")).toBe(await read("no-terminal"));
  expect(await read("dumb")).toBe(await read("no-terminal"));
  expect(await read("80")).not.toBe(await read("no-terminal"));
});

test("status/ has a file for every case, and no other", () => {
  const files = cases.map(({ name, place }) => `${name}-${place.name}.txt`);
  expect(readdirSync(folder).toSorted()).toEqual(files.toSorted());
});
