import { expect, test } from "bun:test";
import type { OwnedEntityJson, Sandbox } from "@pagerport/cli/sandbox";
import {
  createStoreJournal,
  createSyncService,
  type JsonObject,
  listEvents,
  parseMapping,
  readBacklog,
  type Store,
  type SyncReport,
} from "@pagerport/core";
import { readFreshness } from "../../packages/core/src/store/freshness.ts";
import { readEvent } from "../../packages/core/src/store/inbox-events.ts";
import {
  connectSandboxPagerDuty,
  connectSandboxPort,
  integrationIdentifier,
} from "../support/connect-sandbox.ts";
import { resyncSandbox } from "../support/resync-sandbox.ts";
import { waitUntil } from "../support/run-service.ts";
import { sumActions } from "../support/run-sync.ts";
import { followSandbox } from "../support/sandbox-clock.ts";
import { type AccountNames, startAccount } from "./account-of-0.1.0.ts";
import { leftStores, readLeft } from "./stores-of-0.1.0.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

const mapping = readLeft("mapping.yaml");
/** Milliseconds between what 0.1.0 did last, and what is done here one after the other: no event is too new. */
const later = 60_000;

/** The account as it was when 0.1.0 ended, and its catalog. */
async function startLeft(): Promise<{ sandbox: Sandbox; names: AccountNames }> {
  const { sandbox, names } = await startAccount();
  for (const blueprint of readLines("blueprints.ndjson")) sandbox.port.putBlueprint(blueprint);
  for (const entity of readLines("entities.ndjson")) {
    sandbox.port.putEntity(entity as JsonObject & OwnedEntityJson);
  }
  sandbox.clock.advance(later);
  return { sandbox, names };
}

function readLines(name: string): JsonObject[] {
  return readLeft(name)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JsonObject);
}

function resyncLeft(sandbox: Sandbox, store: Store): Promise<SyncReport> {
  const createJournal = ({ number }: { readonly number: number }) =>
    createStoreJournal(store, number);
  return resyncSandbox(sandbox, { mapping, store, clock: followSandbox(sandbox), createJournal });
}

/** Everything in Port; a write of an entity shows in it even where it changes nothing else. */
function listCatalog({ port }: Sandbox): OwnedEntityJson[] {
  return port.entities();
}

/** What the mapping reads from what a service that is gone no longer has is cleared, the rest stays. */
function asStub(ghost: OwnedEntityJson, updatedAt: string): OwnedEntityJson {
  const cleared = {
    status: null,
    oncall: null,
    secondaryOncall: null,
    escalationLevels: null,
    meanSecondsToResolve: null,
    meanSecondsToFirstAck: null,
    meanSecondsToEngage: null,
  };
  return {
    ...ghost,
    properties: { ...ghost.properties, ...cleared },
    relations: { ...ghost.relations, pagerdutyEscalationPolicy: null },
    updatedAt,
  };
}

/** Nothing was deleted and nothing written, but for the ghost, which is as it was or a stub. */
function expectKept(sandbox: Sandbox, before: OwnedEntityJson[], { ghost }: AccountNames): void {
  const after = listCatalog(sandbox);
  const isGhost = ({ identifier }: OwnedEntityJson): boolean => identifier === ghost;
  expect(after.filter((entity) => !isGhost(entity))).toEqual(
    before.filter((entity) => !isGhost(entity)),
  );
  const was = before.find(isGhost);
  const is = after.find(isGhost);
  if (was === undefined || is === undefined) throw new Error("There is no ghost");
  expect(is).toEqual(is.updatedAt === was.updatedAt ? was : asStub(was, is.updatedAt));
}

/** Lets the service see to the events that wait. */
async function processWaiting(sandbox: Sandbox, store: Store): Promise<void> {
  const clock = followSandbox(sandbox);
  const stop = new AbortController();
  const service = createSyncService({
    pagerDuty: connectSandboxPagerDuty(sandbox, { clock }),
    port: connectSandboxPort(sandbox, { clock }),
    store,
    clock,
    integrationIdentifier,
    owner: "test",
    readMapping: () => parseMapping(mapping),
    createJournal: (run) => createStoreJournal(store, run?.number),
    listener: { type: "WEBHOOKS_ONLY" },
    scheduledResyncInterval: 0,
    fullResyncInterval: 24,
    agedIncidents: "keep",
    sendsExamples: false,
  });
  const running = service.run(stop.signal);
  await waitUntil(async () => (await readBacklog(store.sql)).waiting === 0);
  stop.abort();
  await running;
}

async function listIds(store: Store, state: "waiting" | "dead"): Promise<string[]> {
  return (await listEvents(store.sql, { states: [state], limit: 100 })).map(({ id }) => id);
}

for (const [sort, openLeft] of leftStores) {
  test(`a store of 0.1.0 on ${sort} goes on with nothing deleted and its events kept`, async () => {
    const { sandbox, names } = await startLeft();
    await using _closing = sandbox;
    const { clock, port, pagerduty } = sandbox;
    await using store = await openLeft(clock);
    const waiting = [
      "01FAILEDONCE",
      "01LATEFORBURIED",
      "01WAITINGINCIDENT",
      expect.stringMatching(/^01WAITINGINCIDENT\/services\//),
      "01WAITINGSERVICE",
    ];
    const buried = `services/${names.buried}`;
    const tombstones = await readFreshness(store.sql, [buried]);
    expect(tombstones.get(buried)).toMatchObject({ isDeleted: true });

    const before = listCatalog(sandbox);
    const report = await resyncLeft(sandbox, store);
    expect(report.unfinished).toEqual([]);
    expect(sumActions(report)).toMatchObject({ created: 0, deleted: 0 });
    expectKept(sandbox, before, names);
    expect((await listIds(store, "waiting")).toSorted()).toEqual(waiting);
    expect(await listIds(store, "dead")).toEqual(["01UNREADABLE"]);
    expect((await readEvent(store.sql, "01FAILEDONCE"))?.attempts).toBe(1);

    pagerduty.changeObject(names.open, { title: "Told by an event of old" });
    clock.advance(later);
    await processWaiting(sandbox, store);
    expect(port.entity("pagerdutyIncident", names.open)?.title).toBe("Told by an event of old");
    expect(port.entity("pagerdutyService", names.buried)).toBeUndefined();
    expect(await listIds(store, "dead")).toEqual(["01UNREADABLE"]);

    clock.advance(later);
    const settled = listCatalog(sandbox);
    expect(sumActions(await resyncLeft(sandbox, store))).toMatchObject({ created: 0, deleted: 0 });
    expect(listCatalog(sandbox)).toEqual(settled);
  });
}

test("a catalog of 0.1.0 goes on with nothing deleted where its store is gone", async () => {
  const { sandbox, names } = await startLeft();
  await using _closing = sandbox;
  await using store = await openTestStore();
  const before = listCatalog(sandbox);
  expect(sumActions(await resyncLeft(sandbox, store)).deleted).toBe(0);
  expectKept(sandbox, before, names);
});

test.each([...leftStores, ["no store", () => openTestStore()] as const])(
  "a catalog of 0.1.0 keeps the schedules that PagerDuty has moved to its other kind since, on %s",
  async (_, openLeft) => {
    const { sandbox } = await startLeft();
    await using _closing = sandbox;
    const schedules = await sandbox.pagerduty.list("/schedules");
    const show = (): unknown[] =>
      sandbox.port
        .entities("pagerdutySchedule")
        .map(({ identifier, title, properties }) => ({ identifier, title, properties }));
    const before = show();
    expect(before).toHaveLength(schedules.length);
    for (const { id } of schedules) sandbox.pagerduty.upgradeSchedule(String(id));
    await using store = await openLeft(sandbox.clock);
    for (let run = 0; run < 3; run += 1) {
      sandbox.clock.advance(3_600_000);
      const report = await resyncLeft(sandbox, store);
      const own = report.blueprints.find(({ blueprint }) => blueprint === "pagerdutySchedule");
      expect(own).toMatchObject({ deleted: 0, waiting: 0, withheld: 0 });
      expect(report.unfinished).toEqual([]);
      expect(show()).toEqual(before);
    }
  },
);
