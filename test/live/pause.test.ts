import { expect, test } from "bun:test";
import { endPause, setPause, untilQuiet } from "@pagerport/core";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { listEvents } from "../../packages/core/src/store/inbox-events.ts";
import { readQueuedRun } from "../../packages/core/src/store/queued-run.ts";
import { countWrites } from "../support/count-writes.ts";
import { listDrift } from "../support/list-drift.ts";
import { type ServiceSetting, startServiceSetting, waitUntil } from "../support/run-service.ts";

const by = "ana@desk";
/** Milliseconds of waiting that a pause has at most; more than a busy machine needs. */
const limit = 60_000;

async function pause(
  { store: { sql } }: ServiceSetting,
  scope: "all" | "deletions" = "all",
): Promise<void> {
  await setPause(sql, { scope, by });
  expect(await untilQuiet({ sql, clock: testClock, scope, limit })).toEqual([]);
}

async function resume({ store }: ServiceSetting): Promise<void> {
  expect(await endPause(store.sql, { by: "bob@desk" })).toMatchObject({ by });
}

/** How many events wait. */
async function countWaiting({ store }: ServiceSetting): Promise<number> {
  return (await listEvents(store.sql, { states: ["waiting"], limit: 1000 })).length;
}

function titleOf({ sandbox }: ServiceSetting, id: string): string | undefined {
  return sandbox.port.entity("pagerdutyIncident", id)?.title ?? undefined;
}

for (const [sort, create] of databaseSorts) {
  test(`a pause keeps events and writes nothing, and its end brings all of it, on ${sort}`, async () => {
    await using database = await create();
    const [store, other] = [await database.open(), await database.open()];
    const others = sort === "PostgreSQL" ? [other] : [];
    await using setting = await startServiceSetting({}, { store, others });
    const { sandbox, service } = setting;
    const working = sandbox.playDay({ incidents: 20, hours: 0 });
    await pause(setting);
    using writes = countWrites(sandbox);
    await working;
    const day = await sandbox.playDay({ incidents: 20, hours: 0 });
    await sandbox.webhooks.settled();
    await service.requestResync("full", "somebody asks");
    // More than a look of the inbox and of the schedule.
    await testClock.sleep(2500);
    expect(writes.requests).toEqual([]);
    expect(await countWaiting(setting)).toBeGreaterThan(20);
    expect(await readQueuedRun(store.sql)).toBe("full");
    expect((await service.status()).pause).toMatchObject({ scope: "all", by });
    await resume(setting);
    await setting.settle();
    expect(writes.all).toBeGreaterThan(0);
    expect(await listDrift(sandbox)).toEqual([]);
    for (const id of day.incidents) {
      const status = sandbox.port.entity("pagerdutyIncident", id)?.properties["status"];
      expect([id, status]).toEqual([id, sandbox.pagerduty.incident(id)?.status]);
    }
    const told = setting.events.flatMap((event) =>
      event.type === "pause-began" || event.type === "pause-ended" ? [event.type] : [],
    );
    const replicas = 1 + others.length;
    expect(told.filter((type) => type === "pause-began")).toHaveLength(replicas);
    expect(setting.events).toContainEqual(
      expect.objectContaining({ type: "pause-ended", by: "bob@desk" }),
    );
    expect((await service.status()).pause).toBeUndefined();
    // Nothing failed by it; one that had written in that very moment, and was to delete, was put off.
    const failed = setting.events.filter(
      (event) => event.type === "processed" && /failed|dead/.test(event.outcome.outcome),
    );
    expect(failed).toEqual([]);
    const putOff = setting.events.flatMap((event) =>
      event.type === "processed" && event.outcome.outcome === "postponed"
        ? [event.outcome.error]
        : [],
    );
    for (const error of putOff)
      expect(error).toMatch(/paused by ana@desk|does not show|still shows/);
  });

  test(`a run that goes on when a pause begins breaks off, and begins again at its end, on ${sort}`, async () => {
    await using database = await create();
    const store = await database.open();
    await using setting = await startServiceSetting({ incidents: 300 }, { store });
    const { sandbox, service } = setting;
    sandbox.port.setIntegrationConfig("mine", {}, { resync: false });
    for (const { id } of sandbox.pagerduty.allIncidents()) {
      sandbox.pagerduty.changeObject(id, { title: `New ${id}` });
    }
    // Its first write is on its way for a while.
    const { promise: isWriting, resolve: begin } = Promise.withResolvers<void>();
    const { promise: isPaused, resolve: goOn } = Promise.withResolvers<void>();
    const stop = sandbox.onRequest(async ({ side, path }) => {
      if (side !== "port" || !path.includes("/entities/bulk?")) return;
      begin();
      await isPaused;
    });
    await service.requestResync("full", "somebody asks");
    await isWriting;
    await setPause(store.sql, { scope: "all", by });
    await testClock.sleep(1500);
    goOn();
    stop();
    const left = await untilQuiet({ sql: store.sql, clock: testClock, scope: "all", limit });
    expect(left).toEqual([]);
    using writes = countWrites(sandbox);
    const ended = setting.events.findLast(({ type }) => type === "run-ended");
    expect(ended).toMatchObject({ report: undefined, error: { name: "PausedError" } });
    const states = sandbox.port.integration("mine")?.resyncStates;
    expect(states?.at(-1)).toMatchObject({ status: "aborted" });
    expect(await readQueuedRun(store.sql)).toBe("full");
    await testClock.sleep(1500);
    expect(writes.requests).toEqual([]);
    await resume(setting);
    await setting.settle();
    for (const { id } of sandbox.pagerduty.allIncidents()) {
      expect(titleOf(setting, id)).toBe(`New ${id}`);
    }
    expect(setting.events.findLast(({ type }) => type === "run-ended")).toMatchObject({
      runType: "full",
      error: undefined,
    });
  });

  test(`a pause of deletions lets writes go on, and what is gone waits for its end, on ${sort}`, async () => {
    await using database = await create();
    const store = await database.open();
    await using setting = await startServiceSetting({}, { store });
    const { sandbox, service } = setting;
    const doomed = sandbox.pagerduty.createService({ name: "Short-lived" });
    const other = sandbox.pagerduty.createService({ name: "Gone without an event" });
    await setting.settle();
    const isThere = (id: string): boolean =>
      sandbox.port.entity("pagerdutyService", id) !== undefined;
    expect([doomed, other].map(isThere)).toEqual([true, true]);
    await pause(setting, "deletions");
    using writes = countWrites(sandbox);
    sandbox.pagerduty.deleteService(doomed);
    const fresh = sandbox.pagerduty.createService({ name: "Fresh" });
    await sandbox.webhooks.settled();
    await waitUntil(() => isThere(fresh));
    await waitUntil(() =>
      setting.events.some(
        (event) => event.type === "processed" && event.outcome.outcome === "postponed",
      ),
    );
    // A run writes and deletes nothing, and says why.
    setting.events.length = 0;
    await service.requestResync("full", "somebody asks");
    await waitUntil(() => setting.events.some(({ type }) => type === "run-ended"));
    const run = setting.events.find((event) => event.type === "run-ended");
    expect(run?.report?.unfinished.join()).toContain("Deletions are paused by ana@desk");
    expect(writes.deletions).toBe(0);
    expect([doomed, other, fresh].map(isThere)).toEqual([true, true, true]);
    const [waiting] = await listEvents(store.sql, { states: ["waiting"], limit: 1 });
    expect(waiting).toMatchObject({ type: "service.deleted", attempts: 0 });
    expect(waiting?.lastError).toContain("Deletions are paused by ana@desk since");
    setting.events.length = 0;
    await resume(setting);
    await setting.settle();
    expect([doomed, other, fresh].map(isThere)).toEqual([false, true, true]);
    expect(setting.events).toContainEqual(
      expect.objectContaining({ key: `services/${doomed}`, outcome: { outcome: "deleted" } }),
    );
  });
}

/** Resolved incidents go. */
const openOnly = `
resources:
  - kind: incidents
    selector:
      query: .status != "resolved"
      apiQueryParams: { statuses: [triggered, acknowledged, resolved] }
    port:
      entity:
        mappings:
          identifier: .id
          title: .title
          blueprint: '"pagerdutyIncident"'
          properties: { status: .status }
`;

test("an incident that makes nothing any more stays while deletions are paused, and goes at their end", async () => {
  await using setting = await startServiceSetting({}, { mapping: openOnly });
  const { sandbox, store } = setting;
  const [service] = sandbox.pagerduty.allServices();
  const id = sandbox.pagerduty.createIncident({ serviceId: service?.id ?? "" });
  await setting.settle();
  expect(titleOf(setting, id)).toBeDefined();
  await pause(setting, "deletions");
  using writes = countWrites(sandbox);
  sandbox.pagerduty.resolveIncident(id);
  await sandbox.webhooks.settled();
  await waitUntil(() =>
    setting.events.some(
      (event) => event.type === "processed" && event.outcome.outcome === "postponed",
    ),
  );
  expect(writes.deletions).toBe(0);
  expect(titleOf(setting, id)).toBeDefined();
  expect(await readQueuedRun(store.sql)).toBeUndefined();
  await resume(setting);
  await setting.settle();
  expect(titleOf(setting, id)).toBeUndefined();
});

test("a pause of deletions waits for one that is on its way, and no other follows", async () => {
  await using setting = await startServiceSetting();
  const { sandbox, store } = setting;
  const doomed = ["One", "Two"].map((name) => sandbox.pagerduty.createService({ name }));
  await setting.settle();
  const begun = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const stop = sandbox.onRequest(async ({ side, path }) => {
    if (side !== "port" || !path.includes("/entities/delete")) return;
    begun.resolve();
    await answered.promise;
  });
  sandbox.pagerduty.deleteService(doomed[0] ?? "");
  await begun.promise;
  await setPause(store.sql, { scope: "deletions", by });
  let waits = 0;
  const left = await untilQuiet({
    sql: store.sql,
    clock: testClock,
    scope: "deletions",
    limit,
    onWait: () => {
      waits += 1;
      stop();
      answered.resolve();
    },
  });
  expect([left, waits]).toEqual([[], 1]);
  using writes = countWrites(sandbox);
  sandbox.pagerduty.deleteService(doomed[1] ?? "");
  await sandbox.webhooks.settled();
  await waitUntil(() =>
    setting.events.some(
      (event) => event.type === "processed" && event.outcome.outcome === "postponed",
    ),
  );
  expect(writes.deletions).toBe(0);
  const isThere = doomed.map((id) => sandbox.port.entity("pagerdutyService", id) !== undefined);
  expect(isThere).toEqual([false, true]);
  await resume(setting);
  await setting.settle();
  expect(sandbox.port.entity("pagerdutyService", doomed[1] ?? "")).toBeUndefined();
});

test("a pause by time ends by itself, and what it withheld is done then", async () => {
  await using setting = await startServiceSetting();
  const { sandbox, store } = setting;
  const doomed = sandbox.pagerduty.createService({ name: "Short-lived" });
  await setting.settle();
  await setPause(store.sql, { scope: "deletions", by, for: 6000 });
  await untilQuiet({ sql: store.sql, clock: testClock, scope: "deletions", limit });
  sandbox.pagerduty.deleteService(doomed);
  await sandbox.webhooks.settled();
  await setting.settle();
  expect(sandbox.port.entity("pagerdutyService", doomed)).toBeUndefined();
  await waitUntil(() => setting.events.some(({ type }) => type === "pause-ended"));
  expect(setting.events.find((event) => event.type === "pause-ended")?.by).toBeUndefined();
});
