import { expect, test } from "bun:test";
import { type JsonObject, readDefaultFile } from "@pagerport/core";
import { readBlueprints } from "../support/blueprints.ts";
import { startSyncSetting, sumActions } from "../support/run-sync.ts";

test("resync() brings every kind of the default mapping to Port, and the second time nothing", async () => {
  await using setting = await startSyncSetting();
  const { sandbox } = setting;
  const first = await setting.sync();
  expect(first.unfinished).toEqual([]);
  expect(first.resources.map(({ state }) => state)).toEqual(
    first.resources.map(() => "complete" as const),
  );
  for (const [path, blueprint] of [
    ["/services", "pagerdutyService"],
    ["/schedules", "pagerdutySchedule"],
    ["/users", "pagerdutyUser"],
    ["/escalation_policies", "pagerdutyEscalationPolicy"],
  ] as const) {
    const ids = (await sandbox.pagerduty.list(path)).map((object) => object["id"]);
    const identifiers = sandbox.port.entities(blueprint).map(({ identifier }) => identifier);
    expect(identifiers.toSorted()).toEqual(ids.map(String).toSorted());
  }
  expect(sandbox.port.entities("pagerdutyOncall").length).toBeGreaterThan(0);
  expect(sandbox.port.entities("pagerdutyIncident").length).toBeGreaterThan(0);

  const writes = setting.countWrites();
  const second = await setting.sync();
  expect(second.unfinished).toEqual([]);
  expect(sumActions(second)).toEqual({
    created: 0,
    updated: 0,
    unchanged: sandbox.port.entityCount,
    deleted: 0,
  });
  expect(setting.countWrites()).toBe(writes);
});

test("resync() writes the one object that changed", async () => {
  await using setting = await startSyncSetting();
  const { sandbox } = setting;
  await setting.sync();
  const [service] = [...sandbox.pagerduty.allServices()];
  sandbox.pagerduty.changeObject(String(service?.id), { description: "Changed by hand" });
  expect(sumActions(await setting.sync())).toMatchObject({ created: 0, updated: 1, deleted: 0 });
  const stored = sandbox.port.entity("pagerdutyService", String(service?.id));
  expect(stored?.properties).toMatchObject({ description: "Changed by hand" });
});

test("resync() clears what PagerDuty cleared, and keeps what a person set", async () => {
  const blueprints = readBlueprints();
  const blueprint = blueprints.find(({ identifier }) => identifier === "pagerdutyService");
  const schema = blueprint?.["schema"] as { properties: JsonObject };
  schema.properties["note"] = { type: "string" };
  await using setting = await startSyncSetting({}, blueprints);
  const { sandbox } = setting;
  const [service] = [...sandbox.pagerduty.allServices()];
  const id = String(service?.id);
  sandbox.pagerduty.changeObject(id, { description: "Here for now" });
  await setting.sync();
  sandbox.port.editEntity("pagerdutyService", id, { properties: { note: "mine" } });
  expect(sumActions(await setting.sync())).toMatchObject({ created: 0, updated: 0 });

  sandbox.pagerduty.changeObject(id, { description: null });
  expect(sumActions(await setting.sync())).toMatchObject({ created: 0, updated: 1 });
  const properties = sandbox.port.entity("pagerdutyService", id)?.properties;
  expect(properties).toMatchObject({ note: "mine" });
  expect(properties?.["description"] ?? null).toBeNull();
});

test("resync() writes what relates forward once its target is there", async () => {
  await using setting = await startSyncSetting();
  const mapping = readDefaultFile("mapping.yaml").replace(
    "createMissingRelatedEntities: true",
    "createMissingRelatedEntities: false",
  );
  const first = await setting.sync({ mapping });
  expect(first.unfinished).toEqual([]);
  const second = await setting.sync({ mapping });
  expect(sumActions(second).unchanged).toBe(setting.sandbox.port.entityCount);
});

test("resync() lets one invalid entity fail alone", async () => {
  await using setting = await startSyncSetting({
    portApi: {
      reject: (entity) =>
        (entity as JsonObject)["title"] === "Refused"
          ? { status: 422, message: "title is not allowed" }
          : undefined,
    },
  });
  setting.sandbox.pagerduty.createService({ name: "Refused" });
  const report = await setting.sync();
  expect(report.refused).toMatchObject([{ blueprint: "pagerdutyService", status: 422 }]);
  expect(report.unfinished).toEqual([
    "Port refused 1 entity of pagerdutyService: title is not allowed",
  ]);
  expect(report.resources.every(({ state }) => state === "complete")).toBe(true);
});

test("resync() does the rest where one kind is refused", async () => {
  await using setting = await startSyncSetting({ refused: { users: 403 } });
  const report = await setting.sync();
  const states = Object.fromEntries(report.resources.map(({ name, state }) => [name, state]));
  expect(states["users[6]"]).toBe("refused");
  expect(states["services[1]"]).toBe("complete");
  expect(setting.sandbox.port.entities("pagerdutyService").length).toBeGreaterThan(0);
  // Addresses of schedules' users hang on the same right.
  expect(report.unfinished).toHaveLength(2);
  expect(report.unfinished.join("\n")).toContain("users[6] was not read whole");
});
