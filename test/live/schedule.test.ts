import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  type JsonObject,
  parseMapping,
  readDefaultFile,
  type ServiceEvent,
  type SyncServiceOptions,
} from "@pagerport/core";
import { createMappingReader } from "../../packages/cli/src/serve/read-mapping.ts";
import { createContext } from "../../packages/cli/src/testing/create-context.ts";
import { readPastRuns } from "../../packages/core/src/store/run-history.ts";
import { runLeaseDuration, startRun } from "../../packages/core/src/store/runs.ts";
import { connectSandboxPort, integrationIdentifier } from "../support/connect-sandbox.ts";
import { type ServiceSetting, startServiceSetting } from "../support/run-service.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Runs that have ended, in order. */
function listRuns({ events }: Pick<ServiceSetting, "events">): string[] {
  return events.flatMap((event: ServiceEvent) =>
    event.type === "run-ended" ? [event.report === undefined ? "broken" : event.runType] : [],
  );
}

/** Incidents of PagerDuty whose status in Port is another, or that Port lacks. */
function listStale({ pagerduty, port }: Sandbox, ids: Iterable<string>): string[] {
  return [...ids].filter((id) => {
    const stored = port.entity("pagerdutyIncident", id);
    return stored === undefined || stored.properties["status"] !== pagerduty.incident(id)?.status;
  });
}

const { document } = await parseMapping(readDefaultFile("mapping.yaml"));

/** Our mapping, with another title of services. */
function renameServices(title: string): JsonObject {
  const copy = structuredClone(document) as { resources: Record<string, unknown>[] };
  for (const resource of copy.resources) {
    if (resource["kind"] !== "services") continue;
    const { entity } = resource["port"] as { entity: { mappings: Record<string, unknown> } };
    entity.mappings["title"] = title;
  }
  return copy as unknown as JsonObject;
}

/** Has the mapping be the one in Port, as a server does. */
async function followPort(sandbox: Sandbox): Promise<Partial<SyncServiceOptions>> {
  const port = connectSandboxPort(sandbox);
  sandbox.port.setIntegrationConfig(integrationIdentifier, renameServices(".name"));
  const opened = { port, integrationIdentifier };
  const reader = await createMappingReader(opened, { environment: {} }, createContext());
  return { port, readMapping: reader.read };
}

const small = { services: 5, incidents: 20, schedules: 2, users: 4 };

test("a mapping that is edited in Port is a full run's within one question, by the button or by itself", async () => {
  // Port is asked for requests before it is asked for the mapping again.
  const listener = { type: "POLLING", interval: 45, resyncOnStart: true } as const;
  const options = { isTimed: true, isSubscribed: false, listener, connect: followPort };
  await using setting = await startServiceSetting(small, options);
  const { sandbox } = setting;
  const [service] = sandbox.pagerduty.allServices();
  const readTitle = (): unknown =>
    sandbox.port.entity("pagerdutyService", String(service?.id))?.title;
  expect(readTitle()).toBe(service?.name);
  const before = listRuns(setting).length;
  sandbox.port.setIntegrationConfig(integrationIdentifier, renameServices('"new " + .name'), {
    resync: false,
  });
  sandbox.port.requestResync(integrationIdentifier);
  setting.pass(45_000);
  await setting.settleRuns(before + 1);
  expect(listRuns(setting)).toHaveLength(before + 1);
  expect(listRuns(setting).at(-1)).toBe("full");
  expect(readTitle()).toBe(`new ${service?.name}`);

  // Port need not be asked: a mapping that is another is enough.
  sandbox.port.setIntegrationConfig(integrationIdentifier, renameServices(".id"), {
    resync: false,
  });
  setting.pass(minute);
  await setting.settleRuns(before + 2);
  expect(listRuns(setting).slice(before)).toEqual(["full", "full"]);
  expect(readTitle()).toBe(String(service?.id));

  // The button alone does it, too, and once.
  setting.pass(minute);
  sandbox.port.requestResync(integrationIdentifier);
  setting.pass(minute);
  await setting.settleRuns(before + 3);
  setting.pass(minute);
  await setting.settle();
  expect(listRuns(setting).slice(before)).toEqual(["full", "full", "full"]);
});

test("a scheduled delta brings an old incident that changed unseen; a full run comes each day, and alone deletes", async () => {
  const listener = { type: "POLLING", interval: 86_400, resyncOnStart: true } as const;
  await using setting = await startServiceSetting(
    { ...small, incidents: 300, years: 1, services: 6 },
    { isTimed: true, isSubscribed: false, listener, scheduledResyncInterval: 120 },
  );
  const { sandbox } = setting;
  const [old] = sandbox.pagerduty.allIncidents();
  const id = String(old?.id);
  expect(old?.status).toBe("resolved");
  sandbox.pagerduty.reopenIncident(id);
  setting.pass(2 * hour);
  await setting.settleRuns(2);
  expect(listStale(sandbox, [id])).toEqual([]);
  sandbox.pagerduty.resolveIncident(id);
  const gone = sandbox.pagerduty.createService({ name: "Short-lived" });
  setting.pass(2 * hour);
  await setting.settleRuns(3);
  expect(listStale(sandbox, [id])).toEqual([]);
  expect(sandbox.port.entity("pagerdutyService", gone)?.title).toBe("Short-lived");

  sandbox.pagerduty.deleteService(gone);
  for (let run = 4; run <= 12; run += 1) {
    setting.pass(2 * hour);
    await setting.settleRuns(run);
  }
  expect(listRuns(setting)).toEqual(["full", ...Array.from({ length: 11 }, () => "delta")]);
  expect(sandbox.port.entity("pagerdutyService", gone)).toBeDefined();
  setting.pass(2 * hour);
  await setting.settleRuns(13);
  expect(listRuns(setting).at(-1)).toBe("full");
  expect(sandbox.port.entity("pagerdutyService", gone)).toBeUndefined();
  expect(listStale(sandbox, [id])).toEqual([]);
});

test("a run whose process died is run again by whoever is left, whatever it was asked for by", async () => {
  const listener = { type: "WEBHOOKS_ONLY" } as const;
  await using setting = await startServiceSetting(small, {
    isTimed: true,
    isSubscribed: false,
    listener,
  });
  const { sql } = setting.store;
  await startRun(sql, { type: "full", owner: "another" });
  setting.pass(runLeaseDuration - minute / 2);
  expect(listRuns(setting)).toEqual([]);
  setting.pass(minute);
  await setting.settleRuns(1);
  expect(listRuns(setting)).toEqual(["full"]);
  expect(setting.events).toContainEqual(
    expect.objectContaining({ reason: expect.stringContaining("died") }),
  );
  expect(await readPastRuns(sql, 9)).toMatchObject([
    { outcome: "complete", owner: "test 0" },
    { outcome: "lost", owner: "another" },
  ]);
  setting.pass(2 * minute);
  await setting.settle();
  expect(listRuns(setting)).toHaveLength(1);
});
