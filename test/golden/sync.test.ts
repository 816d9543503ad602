import { expect, test } from "bun:test";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import { type Clock, type DefaultFileName, readDefaultFile } from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import { sumActions } from "../support/run-sync.ts";
import { resyncSandbox } from "../support/resync-sandbox.ts";
import { defaultCatalog } from "./catalog/default-catalog.ts";
import {
  analyticsCatalog,
  guideAndAnalyticsCatalog,
  guideCatalog,
} from "./catalog/guide-catalog.ts";
import { byName, type PlainEntity } from "./catalog/plain-entity.ts";
import { readAccount } from "./catalog/read-account.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

/**
 * Whole accounts, synced over HTTP: what Port holds then is what a plain reading of PagerDuty's lists
 * gives, entity by entity, and nothing else.
 */

const now = "2026-06-30T12:00:00Z";

/** Two months of incidents, so that a half is older than what PagerDuty lists unless it is told more. */
const size: SandboxOptions = {
  services: 1000,
  deletedServices: 40,
  incidents: 1000,
  schedules: 200,
  users: 300,
  from: "2026-04-30T00:00:00Z",
  to: "2026-06-30T00:00:00Z",
  now,
};

test("guide/mapping.yaml, and then its analytics, make the entities that they say and no others", async () => {
  await using sandbox = await startAccount(["guide/blueprints.json"]);
  await sync(sandbox, "guide/mapping.yaml");
  expectCatalog(sandbox, guideCatalog(await readAccount(sandbox)));

  putBlueprints(sandbox, "guide/blueprint-incident-analytics.json");
  await sync(sandbox, "guide/mapping-analytics.yaml");
  expectCatalog(sandbox, guideAndAnalyticsCatalog(await readAccount(sandbox)));
});

test("guide/mapping-analytics.yaml alone makes the entities that it says and no others", async () => {
  await using sandbox = await startAccount([
    "guide/blueprints.json",
    "guide/blueprint-incident-analytics.json",
  ]);
  // So that some incidents have no figures yet.
  sandbox.configure({ analyticsLagSeconds: 3 * 86_400 });
  await sync(sandbox, "guide/mapping-analytics.yaml");
  expectCatalog(sandbox, analyticsCatalog(await readAccount(sandbox)));
});

test("mapping.yaml makes the entities that it says and no others", async () => {
  await using sandbox = await startAccount(["blueprints.json"]);
  // Somebody whom schedules and policies still name.
  const [, , , , , user] = await sandbox.pagerduty.list("/users");
  sandbox.pagerduty.deleteUser(String(user?.["id"]));
  await sync(sandbox, "mapping.yaml");
  expectCatalog(sandbox, defaultCatalog(await readAccount(sandbox)));
});

/** An account in which things were changed by hand, and a Port that has blueprints and nothing else. */
async function startAccount(blueprints: readonly DefaultFileName[]): Promise<Sandbox> {
  const sandbox = await startSandbox(size);
  for (const file of blueprints) putBlueprints(sandbox, file);
  const { pagerduty } = sandbox;
  const incidents = [...pagerduty.allIncidents()];
  // Before the run begins: what happens to an incident meanwhile brings it to Port whatever its age.
  const before = "2026-06-30T11:00:00Z";
  pagerduty.reopenIncident(incidents.at(0)?.id ?? "", before);
  pagerduty.acknowledgeIncident(incidents.at(1)?.id ?? "", before);
  pagerduty.reopenIncident(incidents.at(2)?.id ?? "", before);
  pagerduty.acknowledgeIncident(incidents.at(2)?.id ?? "", before);
  const open = incidents.findLast(({ status }) => status !== "resolved");
  pagerduty.resolveIncident(open?.id ?? "", before);
  const serviceId = pagerduty.createService({ name: "Nothing has happened here yet" });
  // Just within the last month, just before it, and of this second.
  for (const at of ["2026-05-30T12:00:00Z", "2026-05-30T11:59:59Z"]) {
    const id = pagerduty.createIncident({ serviceId, at, title: `Created ${at}` });
    pagerduty.resolveIncident(id, "2026-06-01T00:00:00Z");
  }
  pagerduty.createIncident({ serviceId, title: 'A "title" with\nlines and 🔥' });
  pagerduty.changeObject(serviceId, { description: "Changed by hand" });
  return sandbox;
}

async function sync(sandbox: Sandbox, file: DefaultFileName): Promise<void> {
  const mapping = readDefaultFile(file);
  // Everything happens at the sandbox's time, which stands still.
  const clock: Clock = { ...testClock, now: () => sandbox.clock.now() };
  const report = await resyncSandbox(sandbox, { mapping, clock });
  expect(report.refused).toEqual([]);
  expect(report.unfinished).toEqual([]);
  const { created, updated } = sumActions(report);
  expect(created + updated).toBeGreaterThan(0);
  // What Port gives back of it is taken for equal.
  const again = await resyncSandbox(sandbox, { mapping, clock });
  expect(sumActions(again)).toMatchObject({ created: 0, updated: 0, deleted: 0 });
}

/** Compares all that a sandbox's Port holds. */
function expectCatalog(sandbox: Sandbox, expected: readonly PlainEntity[]): void {
  const wanted = byName(expected);
  const stored = byName(sandbox.port.entities());
  expect([...stored.keys()].toSorted()).toEqual([...wanted.keys()].toSorted());
  for (const [name, entity] of wanted) {
    const { identifier, blueprint, title, icon, team, properties, relations } =
      stored.get(name) ?? {};
    expect({ identifier, blueprint, title, icon, team, properties, relations }).toEqual({
      ...entity,
      icon: null,
      team: [],
    });
  }
}
