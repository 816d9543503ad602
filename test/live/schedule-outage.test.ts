import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import type { SyncServiceOptions } from "@pagerport/core";
import {
  listEvents,
  readBacklog,
  retryEvents,
} from "../../packages/core/src/store/inbox-events.ts";
import { mostAttempts } from "../../packages/core/src/store/inbox-jobs.ts";
import { readRunHolder } from "../../packages/core/src/store/runs.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "../support/connect-sandbox.ts";
import { type ServiceSetting, startServiceSetting, waitUntil } from "../support/run-service.ts";

const minute = 60_000;
const hour = 60 * minute;

const small = { services: 6, incidents: 30, schedules: 2, users: 4 };
const listener = { type: "POLLING", interval: 86_400, resyncOnStart: true } as const;
/** Waits between attempts of one request are no part of what is tested. */
const random = (): number => 0;

/** Resolves when nothing is being worked on: what waits, waits for its time. */
async function waitUntilIdle({ store: { sql } }: ServiceSetting): Promise<void> {
  await waitUntil(async () => {
    const claimed = `SELECT 1 FROM inbox_key WHERE lease_until > ${sql.now} LIMIT 1`;
    return (await readRunHolder(sql)) === undefined && (await sql.all(claimed)).length === 0;
  });
}

/** Lets time pass until all is done. */
async function catchUp(setting: ServiceSetting): Promise<void> {
  const { sql } = setting.store;
  await waitUntil(async () => {
    if ((await readBacklog(sql)).waiting === 0) return true;
    await waitUntilIdle(setting);
    setting.pass(minute);
    return false;
  });
  await setting.settle();
}

test("a weekend without Port: PagerDuty is answered all along, and all arrives afterwards", async () => {
  let isDown = false;
  const gate = Object.assign(
    (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
      isDown ? Promise.reject(new TypeError("fetch failed")) : fetch(input, init),
    { preconnect: () => undefined },
  );
  const connect = async (sandbox: Sandbox): Promise<Partial<SyncServiceOptions>> => ({
    port: connectSandboxPort(sandbox, { fetch: gate, random }),
    pagerDuty: connectSandboxPagerDuty(sandbox, { random }),
  });
  await using setting = await startServiceSetting(small, {
    isTimed: true,
    listener,
    connect,
    scheduledResyncInterval: 120,
  });
  const { sandbox, store, events } = setting;
  const { pagerduty } = sandbox;
  const services = [...pagerduty.allServices()].map(({ id }) => id);
  isDown = true;
  const created: string[] = [];
  for (let passed = 0; passed < 20; passed += 1) {
    const id = pagerduty.createIncident({ serviceId: services[passed % services.length] ?? "" });
    created.push(id);
    const [before = id] = created.slice(-5);
    pagerduty.acknowledgeIncident(before);
    if (passed % 3 === 0) pagerduty.resolveIncident(before);
    await sandbox.webhooks.settled();
    await waitUntilIdle(setting);
    setting.pass(3 * hour);
  }
  const deliveries = sandbox.webhooks.deliveries();
  expect(deliveries.length).toBeGreaterThan(40);
  expect(
    deliveries.filter(({ status, attempts }) => status !== "delivered" || attempts.length > 1),
  ).toEqual([]);
  const during = await readBacklog(store.sql);
  expect([during.waiting > 40, during.dead]).toEqual([true, 0]);
  expect(created.filter((id) => sandbox.port.entity("pagerdutyIncident", id))).toEqual([]);
  expect(events.some((event) => event.type === "paused" && event.host === "Port")).toBe(true);
  expect((await setting.service.status()).paused).toMatchObject([{ host: "Port" }]);

  isDown = false;
  await catchUp(setting);
  expect(await readBacklog(store.sql)).toMatchObject({ waiting: 0, dead: 0 });
  expect(await listEvents(store.sql, { states: ["dead"], limit: 1 })).toEqual([]);
  const stale = created.filter((id) => {
    const stored = sandbox.port.entity("pagerdutyIncident", id);
    return stored?.properties["status"] !== pagerduty.incident(id)?.status;
  });
  expect(stale).toEqual([]);
  for (const service of pagerduty.allServices()) {
    const stored = sandbox.port.entity("pagerdutyService", service.id);
    expect([service.id, stored?.properties["status"]]).toEqual([service.id, service.status]);
  }
  expect(events.some(({ type }) => type === "resumed")).toBe(true);
  expect(deliveries.every(({ attempts }) => attempts.length === 1)).toBe(true);
});

test("an entity that Port refuses for good is a dead letter, and its object goes on", async () => {
  await using setting = await startServiceSetting(small, { isTimed: true, listener });
  const { sandbox, store } = setting;
  const [service] = sandbox.pagerduty.allServices();
  let refused = "";
  sandbox.configure({
    portApi: {
      reject: (entity) =>
        (entity as { identifier?: string }).identifier === refused
          ? { status: 422, message: "The title is not to Port's taste\0" }
          : undefined,
    },
  });
  const stop = sandbox.webhooks.onEvent(({ data }) => {
    refused ||= (data as { id: string }).id;
  });
  const id = sandbox.pagerduty.createIncident({ serviceId: String(service?.id) });
  const other = sandbox.pagerduty.createIncident({ serviceId: String(service?.id) });
  stop();
  await sandbox.webhooks.settled();
  await catchUp(setting);
  const dead = await listEvents(store.sql, { states: ["dead"], limit: 9 });
  expect(dead).toMatchObject([
    {
      key: `incidents/${id}`,
      type: "incident.triggered",
      attempts: mostAttempts,
      lastError: expect.stringContaining("not to Port's taste"),
    },
  ]);
  expect(sandbox.port.entity("pagerdutyIncident", other)).toBeDefined();
  expect(sandbox.port.entity("pagerdutyIncident", id)).toBeUndefined();

  // By hand it is tried again, and fails again.
  const [letter] = dead;
  await retryEvents(store.sql, [String(letter?.id)]);
  await catchUp(setting);
  expect((await readBacklog(store.sql)).dead).toBe(1);

  // A later event of the same object is not held up, and clears it.
  refused = "nothing";
  sandbox.pagerduty.acknowledgeIncident(id);
  await sandbox.webhooks.settled();
  await catchUp(setting);
  expect(sandbox.port.entity("pagerdutyIncident", id)?.properties["status"]).toBe("acknowledged");
  expect(await readBacklog(store.sql)).toMatchObject({ waiting: 0, dead: 0 });
});
