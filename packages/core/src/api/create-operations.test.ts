import { expect, test } from "bun:test";
import { listAudit } from "../store/audit.ts";
import { claimObjects, releaseClaim } from "../store/claims.ts";
import type { Store } from "../store/open-store.ts";
import { listPlans } from "../store/plans/plans.ts";
import { addToPlans } from "../store/plans/remember-plans.ts";
import { queueRun, readQueuedRun } from "../store/queued-run.ts";
import { endRun, startRun } from "../store/runs.ts";
import { pauseIsKnownAfter } from "../store/writers.ts";
import { emptyStatus } from "../testing/empty-status.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { createStoreAudit } from "./audit-in-store.ts";
import { createApi } from "./create-api.ts";
import { createApiOperations } from "./create-operations.ts";

const by = "ana";

function create({ sql }: Store, requestResync = () => queueRun(sql, "full")) {
  const clock = new FakeClock();
  const told: unknown[] = [];
  const operations = createApiOperations({
    sql,
    clock,
    service: { requestResync },
    readStatus: async () => emptyStatus,
    onNotAsked: (error) => told.push(error),
  });
  return { clock, operations, told };
}

async function holdOne({ sql }: Store): Promise<number> {
  const entities = [{ blueprint: "service", identifier: "P1", why: "too many" }];
  await sql.transaction((inside) =>
    addToPlans(inside, [{ blueprint: "service", brake: "share", reader: "hash", entities }]),
  );
  const [plan] = await listPlans(sql);
  return plan?.id ?? 0;
}

for (const [name, createDatabase] of databaseSorts) {
  test(`createApiOperations() tells of a pause who may still write, on ${name}`, async () => {
    await using database = await createDatabase();
    const store = await database.open();
    const { sql } = store;
    const { clock, operations } = create(store);
    const { run } = await startRun(sql, { type: "full", owner: "one" });
    if (run === undefined) throw new Error("Nothing else runs");
    const pausing = operations.pause({ scope: "all", by });
    while (clock.sleeping === 0) await clock.settle();
    // Somebody who did not know of it yet.
    const { claim } = await claimObjects(sql, { objects: ["incidents/Q1"], owner: "two" });
    const paused = await clock.drive(pausing);
    const [writing, running] = [
      { owner: "two", work: "objects", count: 1 },
      { owner: "one", work: "run", count: 1 },
    ] as const;
    expect(paused).toMatchObject({ scope: "all", by, pending: [writing, running] });
    await releaseClaim(sql, claim);
    expect(await clock.drive(operations.readPause())).toEqual({ ...paused, pending: [running] });
    await endRun(sql, run, { outcome: "failed" });
    expect(await clock.drive(operations.readPause())).toEqual({ ...paused, pending: [] });
    await operations.resume({ by });
    expect(await operations.readPause()).toBeUndefined();
  });

  test(`createApiOperations() tells of paused deletions the claims of its beginning, and no later ones, on ${name}`, async () => {
    await using database = await createDatabase();
    const store = await database.open();
    const { sql } = store;
    const { clock, operations } = create(store);
    await startRun(sql, { type: "full", owner: "one" });
    const { claim } = await claimObjects(sql, { objects: ["incidents/Q1"], owner: "two" });
    const begun = [{ owner: "two", work: "objects", count: 1 } as const];
    const paused = await clock.drive(operations.pause({ scope: "deletions", by }));
    expect(paused.pending).toEqual(begun);
    await claimObjects(sql, { objects: ["incidents/Q2"], owner: "later" });
    expect((await clock.drive(operations.readPause()))?.pending).toEqual(begun);
    await releaseClaim(sql, claim);
    expect((await clock.drive(operations.readPause()))?.pending).toEqual([]);
    // Another pause: what goes on by now counts.
    await operations.resume({ by });
    const again = await clock.drive(operations.pause({ scope: "deletions", by }));
    expect(again.pending).toEqual([{ owner: "later", work: "objects", count: 1 }]);
  });

  test(`createApiOperations() has an approval hold where no run can be asked for, on ${name}`, async () => {
    await using database = await createDatabase();
    const store = await database.open();
    const { sql } = store;
    const cause = new Error("It shuts down");
    const { operations, told, clock } = create(store, () => Promise.reject(cause));
    const id = await holdOne(store);
    const api = createApi<undefined>({
      operations,
      gate: { nameOrigin: () => "here", admit: async () => ({ who: by, from: "here" }) },
      audit: createStoreAudit({ sql, clock, onRecord: () => undefined }),
      clock,
    });
    const answer = await api.handle(
      new Request(`http://127.0.0.1/api/v1/deletions/${id}/approve`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      }),
      undefined,
    );
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { id, changed: 1, already: 0, by, isRunAsked: false },
    ]);
    expect(told).toEqual([cause]);
    expect(await listAudit(sql, 10)).toMatchObject([{ action: "approve", outcome: "done" }]);
    expect(await listPlans(sql)).toMatchObject([{ id, entities: 0, approved: 1 }]);
  });

  test(`createApiOperations() has a run asked for by an approval, on ${name}`, async () => {
    await using database = await createDatabase();
    const store = await database.open();
    const { operations } = create(store);
    const id = await holdOne(store);
    expect(await operations.approvePlan(id, { by })).toMatchObject({
      changed: 1,
      isRunAsked: true,
    });
    expect(await readQueuedRun(store.sql)).toBe("full");
  });
}

test("createApiOperations() answers about a pause when everybody has learnt of it", async () => {
  const [[, createDatabase] = []] = databaseSorts;
  await using database = await createDatabase?.();
  if (database === undefined) throw new Error("There is no sort of database");
  let ahead = 0;
  const store = await database.open({ shiftClock: () => ahead });
  const { clock, operations } = create(store);
  const start = clock.now();
  await clock.drive(operations.pause({ scope: "all", by }));
  expect(clock.now() - start).toBeGreaterThanOrEqual(pauseIsKnownAfter);
  ahead += pauseIsKnownAfter;
  await operations.readPause();
  expect(clock.sleeping).toBe(0);
});
