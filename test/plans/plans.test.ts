import { describe, expect, test } from "bun:test";
import {
  approvePlan,
  listPlans,
  PlanError,
  type PlanSummary,
  readDefaultFile,
  readPlan,
  rejectPlan,
  type Store,
  type SyncReport,
} from "@pagerport/core";
import {
  databaseSorts,
  type TestDatabase,
} from "../../packages/core/src/testing/test-databases.ts";
import { testShift } from "../../packages/core/src/testing/test-clock.ts";
import { startSyncSetting, type SyncSetting } from "../support/run-sync.ts";

const account = {
  services: 15,
  incidents: 0,
  users: 6,
  schedules: 2,
  now: "2026-06-30T12:00:00Z",
} as const;
const hour = 3_600_000;
const blueprint = "pagerdutyService";

interface PlanSetting extends AsyncDisposable {
  readonly setting: SyncSetting;
  readonly store: Store;
  /** Of all services. */
  readonly ids: readonly string[];
  /** An hour later. */
  run(options?: Parameters<SyncSetting["sync"]>[0]): Promise<SyncReport>;
  /** Lets PagerDuty show some services no more, whoever asks. */
  lose(ids: readonly string[]): void;
  /** Services that Port has. */
  listServices(): string[];
  readOnly(): Promise<PlanSummary>;
}

async function startPlans(database: TestDatabase): Promise<PlanSetting> {
  const setting = await startSyncSetting(account);
  const { sandbox } = setting;
  const store = await database.open({ shiftClock: () => testShift });
  const ids = [...sandbox.pagerduty.allServices()].map(({ id }) => id);
  const run: PlanSetting["run"] = (given) => {
    sandbox.clock.advance(hour);
    return setting.sync({ store, ...given });
  };
  await run();
  return {
    setting,
    store,
    ids,
    run,
    lose: (lost) => sandbox.configure({ unlisted: lost, missing: lost }),
    listServices: () =>
      [...sandbox.port.entities()]
        .filter((entity) => entity.blueprint === blueprint)
        .map(({ identifier }) => identifier),
    async readOnly() {
      const [plan, ...others] = await listPlans(store.sql);
      if (plan === undefined) throw new Error("There is no plan");
      expect(others).toEqual([]);
      return plan;
    },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await setting[Symbol.asyncDispose]();
    },
  };
}

/** Eight of fifteen services are gone, and a plan has them. */
async function startWithPlan(database: TestDatabase) {
  const plans = await startPlans(database);
  const lost = plans.ids.slice(0, 8);
  plans.lose(lost);
  await plans.run();
  await plans.run();
  return Object.assign(plans, { lost });
}

describe.each(databaseSorts)("on %s", (_name, open) => {
  test("resync() makes a plan of what is too much, and the same in each run that sees the same", async () => {
    await using plans = await startWithPlan(await open());
    const { store, lost } = plans;
    const first = await plans.readOnly();
    expect(first).toMatchObject({
      blueprint,
      brake: "share",
      sort: "deletions",
      entities: 8,
      approved: 0,
      rejected: 0,
    });
    expect(first.run).toBeGreaterThan(0);
    const plan = await readPlan(store.sql, first.id);
    expect(plan?.entities.map(({ identifier }) => identifier)).toEqual(lost.toSorted());
    for (const { title, related, why, state } of plan?.entities ?? []) {
      expect([title, state]).toEqual([expect.any(String), "open"]);
      expect(why).toContain("would go");
      expect(related).toBeGreaterThanOrEqual(0);
    }
    const again = await plans.run();
    expect(again.blueprints.find((one) => one.blueprint === blueprint)?.withheld).toBe(8);
    expect(await plans.readOnly()).toEqual(first);
  });

  test("approvePlan() lets go what it names, and nothing else", async () => {
    await using plans = await startWithPlan(await open());
    const { store, lost } = plans;
    const { id } = await plans.readOnly();
    const only = lost.slice(0, 2);
    const by = "maria@example.com";
    expect(await approvePlan(store.sql, { id, only, by })).toEqual({
      id,
      changed: 2,
      already: 0,
      by,
    });
    // A second person learns who was first.
    expect(await approvePlan(store.sql, { id, only, by: "tom" })).toEqual({
      id,
      changed: 0,
      already: 2,
      by,
    });
    const report = await plans.run();
    expect(report.blueprints.find((one) => one.blueprint === blueprint)).toMatchObject({
      deleted: 2,
      withheld: 6,
    });
    expect(report.notices).toContain(`Plan ${id}: 2 went`);
    expect(plans.listServices()).not.toContain(only[0]);
    expect(await plans.readOnly()).toMatchObject({ id, entities: 6, approved: 0 });

    await approvePlan(store.sql, { id, by });
    const last = await plans.run();
    expect(last.unfinished).toEqual([]);
    expect(plans.listServices()).toHaveLength(7);
    expect(await listPlans(store.sql)).toEqual([]);
    expect(approvePlan(store.sql, { id, by })).rejects.toThrow(PlanError);
    expect(approvePlan(store.sql, { id, by })).rejects.toThrow("is settled");
    expect(approvePlan(store.sql, { id: 99, by })).rejects.toThrow("There is no plan 99");
  });

  test("approvePlan() of what PagerDuty has again by then deletes nothing of it, and says so", async () => {
    await using plans = await startWithPlan(await open());
    const { store, lost } = plans;
    const { id } = await plans.readOnly();
    await approvePlan(store.sql, { id, by: "maria" });
    plans.lose(lost.slice(3));
    const report = await plans.run();
    expect(report.blueprints.find((one) => one.blueprint === blueprint)?.deleted).toBe(5);
    expect(plans.listServices()).toEqual(expect.arrayContaining(lost.slice(0, 3)));
    expect(report.notices.join("\n")).toMatch(
      new RegExp(`Plan ${id}: 5 went; 3 stay, .*PagerDuty has it again`),
    );
    // The word was for that run: of what is gone later, one 404 is not enough.
    plans.lose(lost);
    const later = await plans.run();
    expect(later.blueprints.find((one) => one.blueprint === blueprint)?.deleted).toBe(0);
  });

  test("an approval does not let go what PagerDuty cannot be asked for now, and holds until it can", async () => {
    await using plans = await startWithPlan(await open());
    const { store } = plans;
    const { id } = await plans.readOnly();
    await approvePlan(store.sql, { id, by: "maria" });
    plans.setting.sandbox.configure({ refused: { services: 503 } });
    await plans.run().catch(() => undefined);
    expect(plans.listServices()).toHaveLength(15);
    plans.setting.sandbox.configure({ refused: {} });
    await plans.run();
    expect(plans.listServices()).toHaveLength(7);
  });

  test("a run that leaves the kind out leaves its plans and approvals as they are", async () => {
    await using plans = await startWithPlan(await open());
    const { id } = await plans.readOnly();
    await approvePlan(plans.store.sql, { id, only: plans.lost.slice(0, 3), by: "maria" });
    const { notices } = await plans.run({ kinds: ["users"] });
    expect(notices.filter((notice) => notice.includes(`Plan ${id}`))).toEqual([]);
    expect(await plans.readOnly()).toMatchObject({ id, entities: 5, approved: 3 });
    await plans.run({ type: "delta" });
    expect(plans.listServices().length).toBeGreaterThanOrEqual(12);
    await plans.run();
    expect(plans.listServices()).toHaveLength(12);
  });

  test("an approval or a rejection that comes while a run goes on holds for the next one", async () => {
    for (const decide of [approvePlan, rejectPlan]) {
      await using plans = await startWithPlan(await open());
      const { store, setting } = plans;
      const { id } = await plans.readOnly();
      let isDecided = false;
      const stop = setting.sandbox.onRequest(({ side, path }) => {
        // The run has read what was decided before it reads lists.
        if (side !== "pagerduty" || !path.startsWith("/services") || isDecided) return;
        isDecided = true;
        void decide(store.sql, { id, by: "maria" });
      });
      const during = await plans.run();
      stop();
      expect(isDecided).toBe(true);
      expect(during.blueprints.find((one) => one.blueprint === blueprint)?.deleted).toBe(0);
      const isApproved = decide === approvePlan;
      expect(await plans.readOnly()).toMatchObject({
        id,
        entities: 0,
        ...(isApproved ? { approved: 8 } : { rejected: 8 }),
      });
      const report = await plans.run();
      expect(report.unfinished).toEqual([]);
      expect(plans.listServices()).toHaveLength(isApproved ? 7 : 15);
    }
  });

  test("a rejection that comes while a run carries out the approval counts, and is told", async () => {
    await using plans = await startWithPlan(await open());
    const { store, setting } = plans;
    const { id } = await plans.readOnly();
    await approvePlan(store.sql, { id, by: "maria" });
    let isDecided = false;
    const stop = setting.sandbox.onRequest(({ side, path }) => {
      if (side !== "pagerduty" || !path.startsWith("/services") || isDecided) return;
      isDecided = true;
      void rejectPlan(store.sql, { id, only: plans.lost.slice(0, 3), by: "tom" });
    });
    const report = await plans.run();
    stop();
    expect(plans.listServices()).toHaveLength(10);
    expect(report.unfinished.join()).toContain("rejected while the run went on");
    expect(await plans.readOnly()).toMatchObject({ id, entities: 0, rejected: 3 });
    expect((await plans.run()).unfinished).toEqual([]);
    expect(plans.listServices()).toHaveLength(10);
  });

  test("a plan never grows: with one more it is another, and the old number says which", async () => {
    await using plans = await startWithPlan(await open());
    const { store, ids, lost } = plans;
    const before = await plans.readOnly();
    const { entities: then = [] } = (await readPlan(store.sql, before.id)) ?? {};
    plans.lose([...lost, String(ids[8])]);
    await plans.run();
    await plans.run();
    const now = await plans.readOnly();
    expect(now).toMatchObject({ entities: 9 });
    expect(now.id).toBeGreaterThan(before.id);
    const { entities = [] } = (await readPlan(store.sql, now.id)) ?? {};
    // Since when is not forgotten.
    for (const { identifier, since } of then) {
      expect(entities.find((one) => one.identifier === identifier)?.since).toBe(since);
    }
    expect(approvePlan(store.sql, { id: before.id, by: "maria" })).rejects.toThrow(
      `has grown, and is plan ${now.id} now`,
    );
    // One less is the same plan.
    plans.lose(lost.slice(1));
    await plans.run();
    expect(await plans.readOnly()).toMatchObject({ entities: 7 });
  });

  test("rejectPlan() keeps what it names, out of every count, until PagerDuty lists it again", async () => {
    await using plans = await startWithPlan(await open());
    const { store, lost } = plans;
    const { id } = await plans.readOnly();
    await rejectPlan(store.sql, { id, by: "maria" });
    for (let run = 0; run < 2; run += 1) {
      const report = await plans.run();
      expect(report.unfinished).toEqual([]);
      const services = report.blueprints.find((one) => one.blueprint === blueprint);
      expect(services).toMatchObject({ deleted: 0, withheld: 0, waiting: 8 });
      expect(report.waiting.some(({ reason }) => reason.includes("maria rejected"))).toBe(true);
    }
    expect(plans.listServices()).toHaveLength(15);
    expect(await plans.readOnly()).toMatchObject({ id, entities: 0, rejected: 8 });
    // One that comes back, and is gone again, is judged anew: alone it may go.
    plans.lose(lost.slice(1));
    await plans.run();
    plans.lose(lost);
    await plans.run();
    await plans.run();
    expect(plans.listServices()).toHaveLength(14);
    expect(plans.listServices()).not.toContain(lost[0]);
    // Another mapping of the blueprint ends it.
    const mapping = readDefaultFile("mapping.yaml").replace(
      /(kind: services\n\s+selector:\n\s+query: )"true"/,
      '$1.status != "nonsense"',
    );
    await plans.run({ mapping });
    expect(await plans.readOnly()).toMatchObject({ entities: 7, rejected: 0 });
  });

  test("an approval is for the mapping that it was given under", async () => {
    await using plans = await startWithPlan(await open());
    const { store } = plans;
    const { id } = await plans.readOnly();
    await approvePlan(store.sql, { id, by: "maria" });
    const mapping = readDefaultFile("mapping.yaml").replace(
      /(kind: services\n\s+selector:\n\s+query: )"true"/,
      '$1.status != "nonsense"',
    );
    const report = await plans.run({ mapping });
    expect(report.blueprints.find((one) => one.blueprint === blueprint)?.deleted).toBe(0);
    expect(plans.listServices()).toHaveLength(15);
    expect(await plans.readOnly()).toMatchObject({ entities: 8, approved: 0 });
  });

  test("approvePlan() of a mapping that names things otherwise writes the new ones and deletes the old", async () => {
    await using plans = await startPlans(await open());
    const { store, ids } = plans;
    const mapping = readDefaultFile("mapping.yaml").replace(
      /(kind: services[\s\S]*?identifier: )\.id/,
      `$1'"s-" + .id'`,
    );
    const blocked = await plans.run({ mapping });
    expect(blocked.unfinished.join("\n")).toContain("names 15 of the first 15 objects otherwise");
    const plan = await plans.readOnly();
    expect(plan).toMatchObject({ brake: "reader", sort: "mapping", entities: 15 });
    const { writes } = (await readPlan(store.sql, plan.id)) ?? {};
    expect(writes).toEqual(ids.map((id) => `s-${id}`).toSorted());
    expect(rejectPlan(store.sql, { id: plan.id, by: "maria" })).rejects.toThrow("mend the mapping");
    const only = ids.slice(0, 1);
    expect(approvePlan(store.sql, { id: plan.id, only, by: "maria" })).rejects.toThrow(
      "approved whole",
    );
    await approvePlan(store.sql, { id: plan.id, by: "maria" });
    const report = await plans.run({ mapping });
    expect(report.unfinished).toEqual([]);
    expect(plans.listServices().toSorted()).toEqual(ids.map((id) => `s-${id}`).toSorted());
    expect(await listPlans(store.sql)).toEqual([]);
  });

  test("a mapping that is mended ends its plan", async () => {
    await using plans = await startPlans(await open());
    const mapping = readDefaultFile("mapping.yaml").replace(
      /(kind: services[\s\S]*?identifier: )\.id/,
      `$1'"s-" + .id'`,
    );
    await plans.run({ mapping });
    expect(await plans.readOnly()).toMatchObject({ sort: "mapping" });
    await plans.run();
    expect(await listPlans(plans.store.sql)).toEqual([]);
    expect(plans.listServices()).toHaveLength(15);
  });
});
