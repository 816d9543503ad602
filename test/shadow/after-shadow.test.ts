import { expect, test } from "bun:test";
import { createMapper, parseMapping, resync, type Store, type SyncAction } from "@pagerport/core";
import { startRun } from "../../packages/core/src/store/runs.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";
import { testShift } from "../../packages/core/src/testing/test-clock.ts";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "../support/connect-sandbox.ts";
import type { ShadowSetting } from "../support/run-shadow.ts";
import { followSandbox } from "../support/sandbox-clock.ts";
import { liveBeside, mappingText, nameRows, startBeside, writer } from "./beside-ocean.ts";

const account = { services: 6, users: 8, schedules: 2, incidents: 20 };

/** What a resync does, or would do, but for what is as it should be. */
async function syncAfter(
  { sandbox }: ShadowSetting,
  store: Store,
  dryRun: boolean,
): Promise<{ readonly actions: readonly string[]; readonly unfinished: readonly string[] }> {
  const clock = followSandbox(sandbox);
  const integration = { integrationIdentifier: writer };
  const actions: SyncAction[] = [];
  await using mapper = createMapper(await parseMapping(mappingText));
  const { unfinished } = await resync({
    pagerDuty: connectSandboxPagerDuty(sandbox, { clock }),
    port: connectSandboxPort(sandbox, { clock, ...integration }),
    store,
    clock,
    mapper,
    ...integration,
    owner: "test",
    createJournal: () => ({ append: () => undefined, flush: () => Promise.resolve() }),
    dryRun,
    onAction: (action) => void actions.push(action),
  });
  return {
    actions: actions
      .filter(({ action }) => action !== "unchanged")
      .map(
        ({ action, blueprint, identifier }) =>
          `${action} ${blueprint} ${JSON.stringify(identifier)}`,
      )
      .toSorted(),
    unfinished,
  };
}

for (const [sort, createDatabase] of databaseSorts) {
  test(`a sync after a shadow writes and deletes just what one without a memory does, on ${sort}`, async () => {
    await using database = await createDatabase();
    const beside = await startBeside({
      account,
      fullResyncInterval: 2,
      store: ({ shiftClock }) => database.open({ shiftClock: () => testShift + shiftClock() }),
      plant: ({ pagerduty }) =>
        Promise.resolve({
          distort: (entity) =>
            entity.identifier === [...pagerduty.allServices()][0]?.id
              ? { ...entity, title: "Wrong" }
              : entity,
          adds: ["G1", "G2"].map((identifier) => ({
            identifier,
            blueprint: "pagerdutyUser",
            title: "Ghost",
            properties: {},
            relations: {},
          })),
        }),
    });
    const { setting } = beside;
    await using _ = setting;
    const { sandbox, store } = setting;
    await liveBeside(beside, {
      hours: 5,
      happen({ pagerduty }, hour) {
        const services = [...pagerduty.allServices()].map(({ id }) => id);
        pagerduty.createIncident({ serviceId: services[hour % services.length] ?? "" });
        if (hour === 3) pagerduty.createUser();
      },
    });
    const report = await setting.end();
    expect(report.fullRuns).toBeGreaterThan(1);
    // Ocean is stopped. What is to be done is what a first run without any memory says.
    await using forgetful = await openTestStore();
    const wanted = await syncAfter(setting, forgetful, true);
    expect(wanted.actions.filter((action) => action.startsWith("delete"))).toEqual([
      'delete pagerdutyUser "G1"',
      'delete pagerdutyUser "G2"',
    ]);
    expect(wanted.actions.length).toBeGreaterThan(3);
    const done = await syncAfter(setting, store, false);
    expect([done.actions, done.unfinished]).toEqual([wanted.actions, []]);
    sandbox.clock.advance(60_000);
    expect(await syncAfter(setting, store, false)).toEqual({ actions: [], unfinished: [] });
    // What an earlier shadow saw was before all that.
    await setting.restart();
    expect((await setting.service.report()).startedAt).toBeGreaterThan(report.startedAt);
  });
}

test("a shadow whose store a run that writes has begun in leaves events to it, and says so", async () => {
  const beside = await startBeside({ account });
  const { setting } = beside;
  await using _ = setting;
  const { sandbox, store } = setting;
  await liveBeside(beside, { hours: 1 });
  expect((await startRun(store.sql, { type: "full", owner: "sync" })).run).toBeDefined();
  await setting.pass(60_000);
  expect(setting.troubles).toEqual([expect.stringContaining("the shadow looks no more")]);
  const [service] = sandbox.pagerduty.allServices();
  sandbox.pagerduty.createIncident({ serviceId: service?.id ?? "" });
  await sandbox.webhooks.settled();
  await setting.pass(60_000);
  const waiting = await store.sql.all("SELECT state FROM inbox");
  expect(waiting.map(({ state }) => state)).toContain("waiting");
});

test("a shadow goes on after a restart, tells of resyncs that fail, and of services that are gone", async () => {
  const beside = await startBeside({
    account,
    fullResyncInterval: 3,
    plant: async ({ pagerduty }) => {
      const [user] = await pagerduty.list("/users");
      return { distort: (entity) => (entity.identifier === user?.["id"] ? undefined : entity) };
    },
  });
  const { setting } = beside;
  await using _ = setting;
  const { sandbox } = setting;
  let short = "";
  await liveBeside(beside, {
    hours: 8,
    failing: () => "schedules",
    async happen({ pagerduty }, hour) {
      // One that is gone before Ocean has ever written it.
      if (hour === 3) short = pagerduty.createUser();
      if (hour === 5) pagerduty.deleteUser(short);
      if (hour === 2) pagerduty.deleteUser(String((await pagerduty.list("/users")).at(-1)?.["id"]));
    },
  });
  await setting.restart();
  await setting.pass(60_000);
  const { startedAt, toLookAt, byDesign, failedResyncs, fullRuns } = await setting.service.report();
  expect(startedAt).toBe(setting.reports[0]?.startedAt ?? 0);
  expect([nameRows(toLookAt), failedResyncs]).toEqual([{}, 1]);
  expect(fullRuns).toBeGreaterThan(2);
  const failed = byDesign.filter(({ reason }) => reason === "failed-resync");
  // Nothing is deleted then; and what it left out it may only not have come to.
  expect(nameRows(failed)).toEqual({ "pagerdutyUser (extra)": 1, "pagerdutyUser (missing)": 1 });
  await liveBeside(beside, { first: 9, hours: 13 });
  const report = await setting.end();
  expect(nameRows(report.toLookAt)).toEqual({ "pagerdutyUser (missing)": 1 });
  expect(setting.troubles).toEqual([]);
  expect(sandbox.webhooks.subscriptions()).toEqual([]);
});
