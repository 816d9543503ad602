import { expect, test } from "bun:test";
import { mockCredentials } from "@backstage/backend-test-utils";
import { schedulerServiceFactory } from "@backstage/backend-defaults/scheduler";
import { createBackendModule, createBackendPlugin } from "@backstage/backend-plugin-api";
import { eventsServiceFactory, eventsServiceRef } from "@backstage/plugin-events-node";
import {
  pagerportSinkExtensionPoint,
  type SinkEntity,
  type SinkEntityRef,
} from "@pagerport/backstage-plugin-pagerport-backend";
import { eventTypes, type Sandbox } from "@pagerport/cli/sandbox";
import { systemClock } from "@pagerport/core";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { recordLogs } from "../support/record-logs.ts";
import {
  portalDatabases,
  readStatus,
  startPortal,
  startPortalSandbox,
  waitUntil,
} from "../support/start-portal.ts";

const small = { services: 5, incidents: 30, schedules: 2, users: 4 };
const inMemory = { client: "better-sqlite3", connection: ":memory:" };

/** Every incident and service has the status in Port that it has in PagerDuty. */
function isInStep({ pagerduty, port }: Sandbox): boolean {
  const incidents = port.entities("pagerdutyIncident");
  return (
    port.entities("pagerdutyService").length === [...pagerduty.allServices()].length &&
    incidents.every(
      ({ identifier, properties }) =>
        properties["status"] === pagerduty.incident(identifier)?.status,
    )
  );
}

function statusIn({ port }: Sandbox, id: string): unknown {
  return port.entity("pagerdutyIncident", id)?.properties["status"];
}

for (const [sort, createDatabase] of portalDatabases) {
  test(`what happens in PagerDuty reaches Port through Backstage, on ${sort}`, async () => {
    await using setting = await startPortalSandbox(small);
    const { sandbox } = setting;
    const logs = recordLogs();
    await using portal = await startPortal(sandbox, {
      database: await createDatabase(),
      features: [logs.feature],
    });
    setting.deliverTo(portal);
    await waitUntil(async () => (await readStatus(portal)).lastRuns.length > 0);
    expect(isInStep(sandbox)).toBeTrue();
    const day = await sandbox.playDay({ incidents: 8, hours: 0 });
    await sandbox.webhooks.settled();
    await waitUntil(async () => (await readStatus(portal)).backlog.waiting === 0);
    for (const id of day.incidents) {
      expect([id, statusIn(sandbox, id)]).toEqual([id, sandbox.pagerduty.incident(id)?.status]);
    }
    const { lastRuns, deadLetters } = await readStatus(portal);
    expect(lastRuns[0]).toMatchObject({ outcome: "complete", withheld: [], kept: [] });
    expect(deadLetters).toEqual([]);
    const { token, portClientSecret, webhooks } = sandbox;
    const [subscription] = webhooks.subscriptions();
    const secrets = [token, portClientSecret, ...(subscription?.secrets ?? [])];
    const log = logs.lines.join("\n");
    expect(log).toInclude(day.incidents[0] ?? "none");
    for (const secret of secrets) expect(log).not.toInclude(secret);
  });
}

test("Backstage's scheduler begins resyncs, and tells when the next one is due", async () => {
  await using setting = await startPortalSandbox(small);
  const { sandbox } = setting;
  await using portal = await startPortal(sandbox, {
    database: inMemory,
    pagerport: { schedule: { frequency: { seconds: 1 }, timeout: { minutes: 1 } } },
    features: [schedulerServiceFactory],
  });
  const isDelta = ({ type }: { readonly type: string }): boolean => type === "delta";
  await waitUntil(async () => (await readStatus(portal)).lastRuns.some(isDelta));
  const { lastRuns, nextRunAt } = await readStatus(portal);
  expect(lastRuns.at(-1)?.type).toBe("full");
  expect(Math.abs((nextRunAt ?? 0) - Date.now())).toBeLessThan(10_000);
});

test("other plugins hear of each event once, of all 30 types and the ping, when it was seen to", async () => {
  await using setting = await startPortalSandbox(small);
  const { sandbox } = setting;
  const heard: string[] = [];
  const outcomes = new Set<unknown>();
  const acknowledged: unknown[] = [];
  const subscriber = createBackendPlugin({
    pluginId: "listener",
    register(plugin) {
      plugin.registerInit({
        deps: { events: eventsServiceRef },
        async init({ events }) {
          await events.subscribe({
            id: "all",
            topics: ["pagerduty"],
            onEvent: async ({ metadata }) => {
              heard.push(String(metadata?.["x-pagerduty-event-type"]));
              outcomes.add(metadata?.["x-pagerport-outcome"]);
            },
          });
          await events.subscribe({
            id: "one",
            topics: ["pagerduty.incident.acknowledged"],
            onEvent: async ({ eventPayload }) => void acknowledged.push(eventPayload),
          });
        },
      });
    },
  });
  const options = { database: inMemory, features: [subscriber, eventsServiceFactory] };
  await using portal = await startPortal(sandbox, options);
  setting.deliverTo(portal);
  await waitUntil(async () => (await readStatus(portal)).lastRuns.length > 0);
  const [incident] = sandbox.pagerduty.allIncidents();
  const [service, doomed] = sandbox.pagerduty.allServices();
  for (const type of eventTypes) {
    if (type === "service.deleted" && doomed !== undefined) {
      // Of one that is still there it would be asked after for half a minute.
      sandbox.pagerduty.deleteService(doomed.id);
      continue;
    }
    const about = type.startsWith("service.") ? service : incident;
    const data = { id: about?.id, type: type.split(".")[0], incident: { id: incident?.id } };
    sandbox.webhooks.send({ type, data });
  }
  sandbox.webhooks.send({ type: "pagey.ping", data: {} });
  await sandbox.webhooks.settled();
  sandbox.webhooks.replay();
  await sandbox.webhooks.settled();
  await waitUntil(async () => (await readStatus(portal)).backlog.waiting === 0);
  expect(heard.toSorted()).toEqual([...eventTypes, "pagey.ping"].toSorted());
  expect(outcomes).toEqual(new Set(["applied", "deleted", "ignored"]));
  expect(acknowledged).toMatchObject([{ event: { event_type: "incident.acknowledged" } }]);
});

test("a module adds a sink, which gets what Port has taken", async () => {
  await using setting = await startPortalSandbox(small);
  const { sandbox } = setting;
  const written = new Map<string, SinkEntity>();
  const deleted: SinkEntityRef[] = [];
  const sinkModule = createBackendModule({
    pluginId: "pagerport",
    moduleId: "test-sink",
    register(module) {
      module.registerInit({
        deps: { sinks: pagerportSinkExtensionPoint },
        async init({ sinks }) {
          sinks.addSink({
            name: "test",
            write: async (entities) => {
              for (const entity of entities) written.set(entity.identifier, entity);
            },
            delete: async (entities) => void deleted.push(...entities),
          });
          sinks.addSink({
            name: "broken",
            write: () => Promise.reject(new Error("it is full")),
            delete: () => Promise.reject(new Error("it is full")),
          });
        },
      });
    },
  });
  const logs = recordLogs();
  const options = { database: inMemory, features: [sinkModule, logs.feature] };
  await using portal = await startPortal(sandbox, options);
  setting.deliverTo(portal);
  await waitUntil(async () => (await readStatus(portal)).lastRuns.length > 0);
  const id = sandbox.pagerduty.createService({ name: "Short-lived" });
  await waitUntil(() => written.has(id));
  expect(written.get(id)).toMatchObject({
    blueprint: "pagerdutyService",
    created: true,
    entity: { title: "Short-lived" },
  });
  sandbox.pagerduty.deleteService(id);
  await waitUntil(() => deleted.length > 0);
  expect(deleted).toEqual([{ blueprint: "pagerdutyService", identifier: id }]);
  expect(logs.lines.join("\n")).toInclude("The sink 'broken' did not take");
});

test("what an event deleted in Port is listed, and put back for whoever may", async () => {
  await using setting = await startPortalSandbox(small);
  const { sandbox } = setting;
  await using portal = await startPortal(sandbox, {
    database: inMemory,
    pagerport: { allowActions: "user:default/mock" },
  });
  setting.deliverTo(portal);
  await waitUntil(async () => (await readStatus(portal)).lastRuns.length > 0);
  const id = sandbox.pagerduty.createService({ name: "Short-lived" });
  await waitUntil(() => sandbox.port.entity("pagerdutyService", id) !== undefined);
  sandbox.pagerduty.deleteService(id);
  await waitUntil(() => sandbox.port.entity("pagerdutyService", id) === undefined);
  const headers = {
    authorization: mockCredentials.user.header(),
    "content-type": "application/json",
  };
  const listed = await fetch(`${portal.url}/deletions`, { headers });
  expect(await listed.json()).toMatchObject({
    deletions: [{ run: "events", blueprint: "pagerdutyService", identifier: id }],
  });
  const restore = async (wanted: object): Promise<unknown> => {
    const body = JSON.stringify(wanted);
    return (await fetch(`${portal.url}/restore`, { method: "POST", headers, body })).json();
  };
  const run = "events";
  expect(await restore({ run, identifiers: ["another"] })).toMatchObject({ entities: 0 });
  expect(await restore({ run, since: "2100-01-01" })).toMatchObject({ entities: 0 });
  expect(await restore({ run })).toMatchObject({ entities: 1, restored: 1, refused: [] });
  expect(sandbox.port.entity("pagerdutyService", id)?.title).toBe("Short-lived");
});

for (const [sort, createDatabase] of portalDatabases) {
  test(`a shutdown in the middle of work ends what has begun, and loses nothing, on ${sort}`, async () => {
    using folder = new TemporaryFolder();
    await using setting = await startPortalSandbox(small);
    const { sandbox } = setting;
    const isShared = sort === "PostgreSQL";
    const sqlite = { client: "better-sqlite3", connection: { directory: folder.path } };
    const database = isShared ? await createDatabase() : sqlite;
    const logs = recordLogs();
    const first = await startPortal(sandbox, { database, features: [logs.feature] });
    setting.deliverTo(first);
    await waitUntil(async () => (await readStatus(first)).lastRuns.length > 0);
    sandbox.configure({ latency: { minMs: 20, maxMs: 40 } });
    const day = await sandbox.playDay({ incidents: 8, hours: 0 });
    await sandbox.webhooks.settled();
    const { backlog } = await readStatus(first);
    await first[Symbol.asyncDispose]();
    expect(backlog.waiting).toBeGreaterThan(0);
    // What had begun has ended, in order: nobody asks a host any more.
    let asked = 0;
    const forget = sandbox.onRequest(() => void (asked += 1));
    await systemClock.sleep(50);
    forget();
    expect(asked).toBe(0);
    expect(logs.lines.filter((line) => line.startsWith("error"))).toEqual([]);
    sandbox.configure({ latency: null });
    await using second = await startPortal(sandbox, {
      database,
      pagerport: { schedule: { frequency: { trigger: "manual" }, timeout: { minutes: 1 } } },
    });
    await waitUntil(async () => (await readStatus(second)).backlog.waiting === 0);
    for (const id of day.incidents) {
      expect([id, statusIn(sandbox, id)]).toEqual([id, sandbox.pagerduty.incident(id)?.status]);
    }
  });
}

for (const [sort, createDatabase] of portalDatabases) {
  test(`a plugin that manages its webhook needs no secret from anybody, on ${sort}`, async () => {
    await using setting = await startPortalSandbox(small, { isSubscribed: false });
    const { sandbox } = setting;
    const publicUrl = "http://portal.test/api/pagerport/webhook";
    await using portal = await startPortal(sandbox, {
      database: await createDatabase(),
      pagerport: { webhook: { publicUrl, manage: true } },
    });
    setting.deliverTo(portal);
    await waitUntil(() => sandbox.webhooks.counts.delivered > 0);
    const [subscription] = sandbox.webhooks.subscriptions();
    expect(subscription?.url).toBe(publicUrl);
    expect(sandbox.webhooks.events["pagey.ping"]).toBe(1);
    await waitUntil(async () => (await readStatus(portal)).lastRuns.length > 0);
    const id = sandbox.pagerduty.createService({ name: "New" });
    await waitUntil(() => sandbox.port.entity("pagerdutyService", id)?.title === "New");
    expect((await readStatus(portal)).subscription).toMatchObject({
      state: "ready",
      id: subscription?.id,
    });
  });
}

test("two backends on one PostgreSQL share the events, and one run goes on at a time", async () => {
  await using setting = await startPortalSandbox(small);
  const { sandbox } = setting;
  const database = await portalDatabases[1]?.[1]();
  const options = {
    database: database ?? {},
    pagerport: { schedule: { frequency: { seconds: 1 }, timeout: { minutes: 1 } } },
    features: [schedulerServiceFactory],
  };
  await using one = await startPortal(sandbox, options);
  await using other = await startPortal(sandbox, options);
  setting.deliverTo(one, other);
  await waitUntil(async () => (await readStatus(one)).lastRuns.length > 0);
  const day = await sandbox.playDay({ incidents: 8, hours: 0 });
  await sandbox.webhooks.settled();
  await waitUntil(async () => (await readStatus(other)).backlog.waiting === 0);
  await waitUntil(async () => (await readStatus(other)).lastRuns.length >= 3);
  for (const id of day.incidents) {
    expect([id, statusIn(sandbox, id)]).toEqual([id, sandbox.pagerduty.incident(id)?.status]);
  }
  const { lastRuns } = await readStatus(other);
  for (const [place, { startedAt }] of lastRuns.slice(0, -1).entries()) {
    expect(startedAt).toBeGreaterThanOrEqual(lastRuns[place + 1]?.endedAt ?? Infinity);
  }
});
