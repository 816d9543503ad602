import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  createIntegration,
  estimateSync,
  type Mapping,
  parseMapping,
  readDefaultFile,
  type SyncEstimate,
} from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import {
  connectSandboxPort,
  integrationIdentifier,
  openSandboxSource,
} from "../support/connect-sandbox.ts";
import { resyncSandbox } from "../support/resync-sandbox.ts";
import { startSyncSetting } from "../support/run-sync.ts";
import { bySize } from "../support/size.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

const defaultMapping = readDefaultFile("mapping.yaml");
const allIncidents = defaultMapping.replace(
  "apiQueryParams:\n        include: [assignees]\n        statuses: [resolved]",
  "apiQueryParams:\n        date_range: all\n        include: [assignees]\n        statuses: [resolved]",
);

async function start(): Promise<Sandbox> {
  const sandbox = await startSandbox({
    services: bySize({ short: 120, long: 1000 }),
    incidents: bySize({ short: 2500, long: 10_000 }),
    schedules: bySize({ short: 120, long: 200 }),
    users: bySize({ short: 150, long: 300 }),
    years: 1,
  });
  putBlueprints(sandbox);
  return sandbox;
}

async function estimate(sandbox: Sandbox, mapping: Mapping): Promise<SyncEstimate> {
  const store = await openTestStore();
  try {
    return await estimateSync({
      source: openSandboxSource(sandbox),
      mapping,
      port: connectSandboxPort(sandbox),
      store,
      integrationIdentifier,
      requestsPerMinute: 480,
    });
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** Requests that a work sends to both hosts. */
async function count(
  { requests }: Sandbox,
  work: () => Promise<unknown>,
): Promise<{ readonly pagerduty: number; readonly port: number }> {
  const before = { pagerduty: requests.pagerduty.total, port: requests.port.total };
  await work();
  return {
    pagerduty: requests.pagerduty.total - before.pagerduty,
    port: requests.port.total - before.port,
  };
}

test.each([
  ["the default mapping", defaultMapping],
  ["the default mapping with incidents of all time", allIncidents],
  ["the guide's mapping with analytics", readDefaultFile("guide/mapping-analytics.yaml")],
  ["services with analytics", analyticsOfServices()],
  [
    "analytics of incidents of all time",
    readDefaultFile("guide/mapping-analytics.yaml").replace(
      'query: "true"',
      'query: "true"\n      apiQueryParams: {date_range: all}',
    ),
  ],
])("estimateSync() of %s is within a tenth of what is then sent", async (_, text) => {
  await using sandbox = await start();
  if (text.includes("__analytics") && !text.includes("pagerdutyOncall")) {
    putBlueprints(sandbox, "guide/blueprint-incident-analytics.json");
  }
  const mapping = await parseMapping(text);
  const estimated = await estimate(sandbox, mapping);
  const first = await count(sandbox, () => resyncSandbox(sandbox, { mapping: text }));
  const off = Math.abs(estimated.hosts.pagerduty.requests - first.pagerduty);
  expect(off).toBeLessThanOrEqual(Math.max(first.pagerduty * 0.1, 2));
  expect(first.port).toBeLessThanOrEqual(estimated.hosts.port.requests.most * 1.1);
  expect(first.port).toBeGreaterThanOrEqual(estimated.hosts.port.requests.most * 0.9);
  expect(estimated.hosts.pagerduty.minutes).toBe(estimated.hosts.pagerduty.requests / 480);

  const again = await estimate(sandbox, mapping);
  const second = await count(sandbox, () => resyncSandbox(sandbox, { mapping: text }));
  expect(second.port).toBe(again.hosts.port.requests.least);
});

function analyticsOfServices(): string {
  return [
    "resources:",
    "  - kind: services",
    "    selector: {query: 'true', serviceAnalytics: true, analyticsMonthsPeriod: 6}",
    "    port:",
    "      entity:",
    "        mappings:",
    "          identifier: .id",
    "          blueprint: '\"pagerdutyService\"'",
    "          properties: {meanSecondsToResolve: .__analytics.mean_seconds_to_resolve}",
  ].join("\n");
}

test("estimateSync() counts what Port is told, and what happened since the last run", async () => {
  await using setting = await startSyncSetting();
  const { sandbox, port, store } = setting;
  const version = "0.0.0";
  await createIntegration(port, { integrationIdentifier, version, config: {} });
  await setting.sync();
  sandbox.clock.advance(40 * 24 * 3_600_000);
  for (const incident of await sandbox.pagerduty.list("/incidents?date_range=all&limit=100")) {
    sandbox.pagerduty.reopenIncident(String(incident["id"]));
  }
  const estimated = await estimateSync({
    source: openSandboxSource(sandbox),
    mapping: await parseMapping(defaultMapping),
    port,
    store,
    integrationIdentifier,
    sendsExamples: true,
    requestsPerMinute: 0,
  });
  const sent = await count(sandbox, () => setting.sync({ sendsExamples: true }));
  const { pagerduty, port: ofPort } = estimated.hosts;
  expect(Math.abs(pagerduty.requests - sent.pagerduty)).toBeLessThanOrEqual(2);
  expect(sent.port).toBeGreaterThanOrEqual(ofPort.requests.least);
  expect(sent.port).toBeLessThanOrEqual(ofPort.requests.most);
});

test("estimateSync() writes nothing, and counts missing blueprints as empty", async () => {
  await using sandbox = await startSandbox({ services: 30, incidents: 100, years: 1 });
  const mapping = await parseMapping(defaultMapping);
  const estimated = await estimate(sandbox, mapping);
  expect(estimated.objects["services"]).toBe(30);
  expect(estimated.entities["pagerdutyService"]).toBe(30);
  expect(estimated.hosts.port.requests.least).toBe(3);
  const routes = Object.keys(sandbox.requests.port.byRoute);
  expect(routes.filter((route) => !route.startsWith("GET "))).toEqual([
    "POST /v1/auth/access_token",
  ]);
  expect(sandbox.requests.pagerduty.total).toBeLessThan(20);
});
