import { expect, test } from "bun:test";
import type { Clock, Store } from "@pagerport/core";
import {
  type ClaimAttempt,
  claimObjects,
  completeClaim,
  releaseClaim,
} from "../../packages/core/src/store/claims.ts";
import { recordApplied, takeNumber } from "../../packages/core/src/store/freshness.ts";
import { LeaseLostError } from "../../packages/core/src/store/lease.ts";
import { readRunHolder, runLeaseDuration, startRun } from "../../packages/core/src/store/runs.ts";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { connectSandboxPagerDuty } from "../support/connect-sandbox.ts";
import { startSyncSetting, sumActions, type SyncSetting } from "../support/run-sync.ts";
import { delayAnswer, watchWrites } from "../support/watch-traffic.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

const small = { services: 25, incidents: 200, schedules: 5, users: 8 } as const;

/** Starting PostgreSQL is part of the first test. Milliseconds. */
const timeout = 20_000;

/** The machine's clock, on which nobody waits long for another. @param onWait called instead */
function createImpatientClock(onWait: () => Promise<void> | void = () => undefined): Clock {
  return {
    ...testClock,
    async sleep(milliseconds, signal) {
      if (milliseconds !== 2000) return testClock.sleep(milliseconds, signal);
      await onWait();
      return testClock.sleep(10, signal);
    },
  };
}

/** Objects that live events are about, as the sandbox lists, changes and stores them. */
const liveObjects = [
  ["incidents", "pagerdutyIncident", "title"],
  ["services", "pagerdutyService", "name"],
] as const;

const cases = databaseSorts.flatMap(([sort, create]) =>
  liveObjects.map(
    ([kind, blueprint, field]) => [kind, sort, { create, blueprint, field }] as const,
  ),
);

/** An object of a kind that both sides have. */
function chooseObject({ sandbox }: SyncSetting, kind: "incidents" | "services"): string {
  const [service] = [...sandbox.pagerduty.allServices()];
  return kind === "services"
    ? String(service?.id)
    : sandbox.pagerduty.createIncident({ serviceId: String(service?.id) });
}

function claim({ sql }: Store, object: string): Promise<ClaimAttempt> {
  return claimObjects(sql, { objects: [object], owner: "live" });
}

test.each(cases)(
  "resync() reads one of %s again that another works on (%s), and brings its newest state",
  async (kind, _sort, { create, blueprint, field }) => {
    await using database = await create();
    const [store, live] = [await database.open(), await database.open()];
    await using setting = await startSyncSetting(small);
    const { pagerduty, port } = setting.sandbox;
    const id = chooseObject(setting, kind);
    await setting.sync({ store });

    pagerduty.changeObject(id, { [field]: "Old" });
    let held: ClaimAttempt | undefined;
    let waits = 0;
    const watched = watchWrites(setting.port);
    const report = await setting.sync({
      store,
      port: watched,
      pagerDuty: delayAnswer(connectSandboxPagerDuty(setting.sandbox), `/${kind}`, async () => {
        held = await claim(live, `${kind}/${id}`);
        pagerduty.changeObject(id, { [field]: "Newest" });
      }),
      clock: createImpatientClock(async () => {
        waits += 1;
        if (waits === 3 && held !== undefined) await releaseClaim(live.sql, held.claim);
      }),
    });
    expect(report.unfinished).toEqual([]);
    expect(held?.claim.objects).toEqual([`${kind}/${id}`]);
    expect(waits).toBe(3);
    expect(port.entity(blueprint, id)?.title).toBe("Newest");
    const written = watched.written.filter(({ identifier }) => identifier === id);
    expect(written.map(({ title }) => title)).toEqual(["Newest"]);
    expect(sumActions(await setting.sync({ store }))).toMatchObject({ updated: 0, deleted: 0 });
  },
  timeout,
);

test.each(cases)(
  "resync() never puts a page of %s in the place of what a live event wrote meanwhile (%s)",
  async (kind, _sort, { create, blueprint, field }) => {
    await using database = await create();
    const [store, live] = [await database.open(), await database.open()];
    await using setting = await startSyncSetting(small);
    const { pagerduty, port } = setting.sandbox;
    const id = chooseObject(setting, kind);
    await setting.sync({ store });

    pagerduty.changeObject(id, { [field]: "Old" });
    const watched = watchWrites(setting.port);
    const report = await setting.sync({
      store,
      port: watched,
      pagerDuty: delayAnswer(connectSandboxPagerDuty(setting.sandbox), `/${kind}`, async () => {
        const { claim: own } = await claim(live, `${kind}/${id}`);
        const number = await takeNumber(live.sql);
        pagerduty.changeObject(id, { [field]: "Newest" });
        port.editEntity(blueprint, id, { title: "Newest" });
        await completeClaim(live.sql, own, (inside) =>
          recordApplied(inside, [{ object: `${kind}/${id}`, number }]),
        );
      }),
    });
    expect(report.unfinished).toEqual([]);
    expect(port.entity(blueprint, id)?.title).toBe("Newest");
    const written = watched.written.filter(({ identifier }) => identifier === id);
    expect(written.filter(({ title }) => title !== "Newest")).toEqual([]);
    expect(sumActions(await setting.sync({ store }))).toMatchObject({ updated: 0, deleted: 0 });
  },
  timeout,
);

test.each(databaseSorts)(
  "resync() never brings back a service that a live event deleted meanwhile (%s)",
  async (_sort, create) => {
    await using database = await create();
    const [store, live] = [await database.open(), await database.open()];
    await using setting = await startSyncSetting(small);
    const { pagerduty, port } = setting.sandbox;
    const id = pagerduty.createService({ name: "Short-lived" });
    await setting.sync({ store });

    pagerduty.changeObject(id, { name: "Old" });
    const report = await setting.sync({
      store,
      pagerDuty: delayAnswer(connectSandboxPagerDuty(setting.sandbox), "/services", async () => {
        const { claim: own } = await claim(live, `services/${id}`);
        const number = await takeNumber(live.sql);
        pagerduty.deleteService(id);
        port.deleteEntity("pagerdutyService", id);
        await completeClaim(live.sql, own, (inside) =>
          recordApplied(inside, [{ object: `services/${id}`, number, isDeleted: true }]),
        );
      }),
    });
    expect(report.unfinished).toEqual([]);
    expect(port.entity("pagerdutyService", id)).toBeUndefined();
    const { created, updated, deleted } = sumActions(await setting.sync({ store }));
    expect({ created, updated, deleted }).toEqual({ created: 0, updated: 0, deleted: 0 });
  },
  timeout,
);

test.each(
  databaseSorts.flatMap(([sort, create]) =>
    ["/services", "/incidents", "/oncalls", "/users"].map((path) => [path, sort, create] as const),
  ),
)(
  "resync() that loses its lease while it reads %s (%s) writes and deletes nothing from then on",
  async (path, _sort, create) => {
    await using database = await create();
    let shift = 0;
    const store = await database.open({ shiftClock: () => shift });
    await using setting = await startSyncSetting(small);
    const gone = setting.sandbox.pagerduty.createService({ name: "Goes" });
    await setting.sync({ store });
    // Much to write, and something to delete.
    const { pagerduty, port } = setting.sandbox;
    const lists = ["/services", "/users", "/schedules", "/escalation_policies"];
    for (const list of lists) {
      for (const { id } of await pagerduty.list(list)) {
        pagerduty.changeObject(String(id), { description: "Changed" });
      }
    }
    pagerduty.deleteService(gone);
    const watched = watchWrites(setting.port);
    let before: number | undefined;
    const error = await failureOf(
      setting.sync({
        store,
        port: watched,
        pagerDuty: delayAnswer(connectSandboxPagerDuty(setting.sandbox), path, async () => {
          // What is under way may end.
          await testClock.sleep(40);
          shift = runLeaseDuration + 1;
          const { run } = await startRun(store.sql, { type: "full", owner: "another" });
          expect(run).toBeDefined();
          before = watched.written.length;
        }),
      }),
    );
    expect(error).toBeInstanceOf(LeaseLostError);
    expect(before).toBeNumber();
    expect(watched.written.length).toBe(before ?? -1);
    expect(port.entity("pagerdutyService", gone)).toBeDefined();
    expect((await readRunHolder(store.sql))?.owner).toBe("another");
  },
  timeout,
);

test.each(databaseSorts)(
  "resync() started twice at once on one store (%s) runs once after the other",
  async (_sort, create) => {
    await using database = await create();
    const stores = [await database.open(), await database.open()];
    await using setting = await startSyncSetting(small);
    const clock = createImpatientClock();
    const waited: string[] = [];
    const reports = await Promise.all(
      stores.map((store, place) =>
        setting.sync({
          store,
          clock,
          owner: `worker ${place}`,
          onHeld: ({ owner }) => waited.push(`worker ${place} for ${owner}`),
        }),
      ),
    );
    expect(reports.map(({ unfinished }) => unfinished)).toEqual([[], []]);
    expect(["worker 0 for worker 1", "worker 1 for worker 0"]).toContain(waited.join());
    const { entityCount } = setting.sandbox.port;
    const sums = reports.map(sumActions).toSorted((one, other) => other.created - one.created);
    // The first makes stubs, which it writes whole later.
    expect(Number(sums[0]?.created) + Number(sums[0]?.updated)).toBe(entityCount);
    expect(sums[1]).toEqual({ created: 0, updated: 0, unchanged: entityCount, deleted: 0 });
    const [store] = stores;
    const rows = await store?.sql.all("SELECT started_at, ended_at FROM run ORDER BY number");
    expect(Number(rows?.[1]?.["started_at"])).toBeGreaterThanOrEqual(
      Number(rows?.[0]?.["ended_at"]),
    );
  },
  timeout,
);
