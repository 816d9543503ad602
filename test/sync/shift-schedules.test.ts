import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import type { SyncReport } from "@pagerport/core";
import { syncQuickly } from "../support/quick-clock.ts";
import { startSyncSetting, sumActions, type SyncSetting } from "../support/run-sync.ts";
import { listLooseOncalls, readGoldenSchedules, showSchedules } from "../support/shift-account.ts";
import { bySize } from "../support/size.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

const count = bySize({ short: 60, long: 800 });
/** Schedules that PagerDuty moves between two runs, and within one. */
const atOnce = Math.ceil(count / 6);

const account = {
  // Nearly all schedules are named by policies, of which there is one for four services.
  services: count * 4,
  incidents: 0,
  users: 30,
  schedules: count,
  now: "2026-06-30T12:00:00Z",
} as const;

const small = { services: 20, incidents: 40, schedules: 8, users: 12, now: account.now } as const;

const hour = 3_600_000;

/** What became of schedules. */
function reportOf(report: SyncReport): SyncReport["blueprints"][number] {
  const found = report.blueprints.find(({ blueprint }) => blueprint === "pagerdutySchedule");
  if (found === undefined) throw new Error("The report has no schedules");
  return found;
}

/** Moves one more with each so many requests to PagerDuty, while a run goes on. @returns a function that ends it */
function moveMeanwhile(sandbox: Sandbox, ids: string[], move: (id: string) => void): () => void {
  return sandbox.onRequest(({ side, path }) => {
    if (side !== "pagerduty" || !path.includes("schedules")) return;
    const id = ids.shift();
    if (id !== undefined) move(id);
  });
}

const ways: [name: string, status: 400 | 404, faults: number][] = [
  ["404 for the other kind", 404, 0],
  ["400 for the other kind", 400, 0],
  ["faults on the way", 404, 0.1],
];

test.each(ways)(
  `resync() keeps ${count} schedules that PagerDuty moves one by one, %s`,
  async (_, otherScheduleStatus, rate) => {
    await using setting = await startSyncSetting({ ...account, otherScheduleStatus });
    const { sandbox } = setting;
    const golden = await readGoldenSchedules(sandbox);
    await setting.sync();
    expect(showSchedules(sandbox)).toEqual(golden);
    if (rate > 0) sandbox.configure({ faults: { rate, slowBodyMs: 5 } });

    const rest = [...golden.keys()];
    for (let run = 0; rest.length > 0; run += 1) {
      for (const id of rest.splice(0, atOnce)) sandbox.pagerduty.upgradeSchedule(id);
      const stop = moveMeanwhile(sandbox, rest.splice(0, 5), (id) =>
        sandbox.pagerduty.upgradeSchedule(id),
      );
      const type = run % 3 === 2 ? "delta" : "full";
      const report = await syncQuickly(setting, { type });
      stop();
      expect(reportOf(report)).toMatchObject({ deleted: 0, waiting: 0, withheld: 0 });
      expect(report.unfinished).toEqual([]);
      expect(showSchedules(sandbox)).toEqual(golden);
      expect(await listLooseOncalls(sandbox)).toEqual([]);
    }
    sandbox.configure({ faults: null });
    expect(await sandbox.pagerduty.list("/schedules")).toEqual([]);
    expect(sumActions(await setting.sync())).toMatchObject({ updated: 0, deleted: 0 });

    // Some go back, in the middle of a run too.
    const back = [...golden.keys()].slice(0, 12);
    for (const id of back.splice(0, 6)) sandbox.pagerduty.downgradeSchedule(id);
    const stop = moveMeanwhile(sandbox, back, (id) => sandbox.pagerduty.downgradeSchedule(id));
    for (let run = 0; run < 2; run += 1) {
      const report = await setting.sync();
      expect(reportOf(report)).toMatchObject({ deleted: 0, waiting: 0 });
      expect(showSchedules(sandbox)).toEqual(golden);
    }
    stop();
    expect((await setting.sync()).unfinished).toEqual([]);

    // What is really gone goes, of either kind.
    const gone = [...golden.keys()].filter((_id, at) => at === 1 || at === 20 || at === 21);
    for (const id of gone) {
      sandbox.pagerduty.deleteSchedule(id);
      golden.delete(id);
    }
    for (let run = 0; run < 3; run += 1) {
      sandbox.clock.advance(hour);
      await setting.sync();
    }
    expect(showSchedules(sandbox)).toEqual(golden);
  },
  600_000,
);

/** Starts an account whose first schedules are shift-based, and brings it to Port. */
async function startMixed(shifts: number): Promise<SyncSetting & { readonly ids: string[] }> {
  const setting = await startSyncSetting(small);
  const { sandbox } = setting;
  const ids = (await sandbox.pagerduty.list("/schedules")).map(({ id }) => String(id));
  for (const id of ids.slice(0, shifts)) sandbox.pagerduty.upgradeSchedule(id);
  await setting.sync();
  return Object.assign(setting, { ids });
}

test.each([402, 403, 404, 500, 503])(
  "resync() leaves schedules as they are when the shift-based list answers %i after it worked",
  async (status) => {
    await using setting = await startMixed(3);
    const { sandbox } = setting;
    const before = showSchedules(sandbox);
    expect(before.size).toBe(8);
    sandbox.configure({ refused: { "v3/schedules": status } });
    for (let run = 0; run < 3; run += 1) {
      sandbox.clock.advance(hour);
      const report = await syncQuickly(setting);
      expect(reportOf(report).deleted).toBe(0);
      expect(report.unfinished.join()).toContain("v3/schedules");
      expect(showSchedules(sandbox)).toEqual(before);
    }
    sandbox.configure({ refused: {} });
    expect((await setting.sync()).unfinished).toEqual([]);
    expect(showSchedules(sandbox)).toEqual(before);
  },
);

test.each([402, 403, 404])(
  "resync() says once, and no more, that an account has no shift-based schedules (%i)",
  async (status) => {
    await using setting = await startSyncSetting(small);
    const { sandbox } = setting;
    sandbox.configure({ refused: { "v3/schedules": status } });
    const reports = [await setting.sync(), await setting.sync({ type: "delta" })];
    expect(reports.map(({ unfinished }) => unfinished)).toEqual([[], []]);
    const told = reports.map(({ notices }) =>
      notices.filter((notice) => notice.includes("no shift-based schedules")),
    );
    expect(told.map(({ length }) => length)).toEqual([1, 0]);
    expect(showSchedules(sandbox).size).toBe(8);
  },
);

test.each([403, 404, 500])(
  "resync() by a store that knows nothing keeps shift-based schedules of Port where their list answers %i",
  async (status) => {
    await using setting = await startMixed(3);
    const { sandbox } = setting;
    const before = showSchedules(sandbox);
    // The list alone, and both.
    for (const isAll of [false, true]) {
      const refuse = (path: string): number | undefined =>
        path.startsWith(isAll ? "/v3/schedules" : "/v3/schedules?") ? status : undefined;
      sandbox.configure({ refuse });
      await using store = await openTestStore();
      const report = await syncQuickly(setting, { store });
      expect(reportOf(report).deleted).toBe(0);
      expect(showSchedules(sandbox)).toEqual(before);
    }
  },
);

test("resync() finds a schedule that its lists lack by its id, of either kind, and keeps it", async () => {
  await using setting = await startMixed(3);
  const { sandbox, ids } = setting;
  const before = showSchedules(sandbox);
  sandbox.configure({ unlisted: [String(ids[0]), String(ids[7])] });
  sandbox.clock.advance(hour);
  const report = await setting.sync();
  expect(reportOf(report)).toMatchObject({ deleted: 0, waiting: 0 });
  expect(showSchedules(sandbox)).toEqual(before);
});

test("resync() asks an unchanged account with shift-based schedules for their details, and writes nothing", async () => {
  await using setting = await startMixed(3);
  const { sandbox } = setting;
  const asked = (route: string): number => sandbox.requests.pagerduty.byRoute[route] ?? 0;
  const before = [asked("GET /v3/schedules"), asked("GET /v3/schedules/:id")];
  const report = await setting.sync();
  expect(sumActions(report)).toMatchObject({ created: 0, updated: 0, deleted: 0 });
  expect([asked("GET /v3/schedules"), asked("GET /v3/schedules/:id")]).toEqual(
    before.map((one, at) => one + (at === 0 ? 1 : 3)),
  );
});

test("resync() brings a renamed shift-based schedule, and one that only its detail tells of", async () => {
  await using setting = await startMixed(3);
  const { sandbox, ids } = setting;
  const [first = "", second = ""] = ids;
  sandbox.pagerduty.changeObject(first, { name: "Renamed" });
  sandbox.pagerduty.changeObject(second, { description: "By hand" });
  await setting.sync({ type: "delta" });
  expect(showSchedules(sandbox).get(first)).toMatchObject({ title: "Renamed" });
  expect(showSchedules(sandbox).get(second)).toMatchObject({ description: "By hand" });
});

test("resync() as a dry run knows what is remembered, and remembers nothing itself", async () => {
  await using setting = await startMixed(3);
  const { sandbox } = setting;
  sandbox.configure({ refused: { "v3/schedules": 403 } });
  const { unfinished } = await setting.sync({ dryRun: true });
  expect(unfinished.join()).toContain("v3/schedules");
});

test("resync() of the kind v3/schedules makes named entities of the same shape", async () => {
  await using setting = await startMixed(3);
  const { sandbox, ids } = setting;
  const mapping = JSON.stringify({
    resources: [
      {
        kind: "v3/schedules",
        selector: { query: "true" },
        port: {
          entity: {
            mappings: {
              identifier: '"shifts-" + .id',
              title: ".name",
              blueprint: '"pagerdutySchedule"',
              properties: {
                timezone: ".time_zone",
                users: "[.users[].__email]",
                description: ".type",
              },
            },
          },
        },
      },
    ],
  });
  await using store = await openTestStore();
  await setting.sync({ mapping, store });
  const shown = showSchedules(sandbox);
  for (const id of ids.slice(0, 3)) {
    const { title, timezone, users } = shown.get(id) ?? {};
    expect(shown.get(`shifts-${id}`)).toMatchObject({
      title,
      timezone,
      users,
      description: "schedule_v3",
    });
  }
});
