import { expect, test } from "bun:test";
import type { SandboxOptions } from "@pagerport/cli/sandbox";
import { type JsonObject, readDefaultFile, type SyncReport } from "@pagerport/core";
import { readBlueprints } from "../support/blueprints.ts";
import type { SyncOptions } from "../support/resync-sandbox.ts";
import { startSyncSetting, sumActions, type SyncSetting } from "../support/run-sync.ts";

const small: SandboxOptions = { services: 30, incidents: 300, schedules: 8, users: 12 };

/** What became of one blueprint. */
function blueprintOf(report: SyncReport, blueprint: string): SyncReport["blueprints"][number] {
  const found = report.blueprints.find((one) => one.blueprint === blueprint);
  if (found === undefined) throw new Error(`The report has no ${blueprint}`);
  return found;
}

test("resync() deletes a service that is gone and that no incident names", async () => {
  await using setting = await startSyncSetting(small);
  const { sandbox, journal } = setting;
  const id = sandbox.pagerduty.createService({ name: "Short-lived" });
  await setting.sync();
  expect(sandbox.port.entity("pagerdutyService", id)).toBeDefined();

  sandbox.pagerduty.deleteService(id);
  const report = await setting.sync();
  expect(report.unfinished).toEqual([]);
  expect(sumActions(report)).toMatchObject({ created: 0, updated: 0, deleted: 1 });
  expect(sandbox.port.entity("pagerdutyService", id)).toBeUndefined();
  expect(journal.lines.map((line) => JSON.parse(line))).toMatchObject([
    { identifier: id, blueprint: "pagerdutyService", title: "Short-lived" },
  ]);
  expect(sumActions(await setting.sync())).toMatchObject({ created: 0, updated: 0, deleted: 0 });
});

test("resync() makes a stub of a service that is gone and that incidents still name, and says so", async () => {
  await using setting = await startSyncSetting(small);
  const { sandbox } = setting;
  const serviceId = sandbox.pagerduty.createService({ name: "Named" });
  sandbox.pagerduty.createIncident({ serviceId });
  await setting.sync();
  sandbox.pagerduty.deleteService(serviceId);
  const report = await setting.sync();
  expect(sandbox.port.entity("pagerdutyService", serviceId)).toMatchObject({
    title: "Named",
    properties: { status: "deleted" },
  });
  expect(blueprintOf(report, "pagerdutyService")).toMatchObject({ deleted: 0, stubbed: 1 });
  expect(report.unfinished).toEqual([]);
  const again = await setting.sync();
  expect(blueprintOf(again, "pagerdutyService")).toMatchObject({ deleted: 0, stubbed: 0 });
  expect(sumActions(again)).toMatchObject({ created: 0, updated: 0, deleted: 0 });
});

/** Ours, and one of another team whose entities cannot be without a service. */
function withRunbooks(): JsonObject[] {
  return [
    ...readBlueprints(),
    {
      identifier: "runbook",
      title: "Runbook",
      schema: { properties: {}, required: [] },
      relations: { service: { target: "pagerdutyService", many: false, required: true } },
    },
    {
      identifier: "step",
      title: "Step",
      schema: { properties: {}, required: [] },
      relations: { runbook: { target: "runbook", many: false, required: true } },
    },
  ];
}

test.each([true, false])(
  "resync() never deletes what a person made and that requires a service, with deleteDependentEntities %p",
  async (isOn) => {
    await using setting = await startSyncSetting(small, withRunbooks());
    const { sandbox, journal } = setting;
    const mapping = readDefaultFile("mapping.yaml").replace(
      "deleteDependentEntities: true",
      `deleteDependentEntities: ${isOn}`,
    );
    const id = sandbox.pagerduty.createService({ name: "Required" });
    await setting.sync({ mapping });
    sandbox.port.editEntity("runbook", "how-to", { relations: { service: id } });
    sandbox.port.editEntity("step", "first", { relations: { runbook: "how-to" } });
    sandbox.pagerduty.deleteService(id);
    const report = await setting.sync({ mapping });
    expect(sumActions(report).deleted).toBe(0);
    expect(sandbox.port.entity("pagerdutyService", id)).toBeDefined();
    expect(report.unfinished.join("\n")).toContain(
      "runbook/how-to cannot be without it (not of this integration; --allow-delete-dependents runbook lets it go)",
    );
    expect(report.withheld).toMatchObject([{ brake: "dependents", identifiers: [id] }]);

    const allowed = ["runbook", "step"];
    const last = await setting.sync({ mapping, allowDeleteDependents: allowed });
    expect(last.unfinished).toEqual([]);
    const names = journal.lines.map((line) => (JSON.parse(line) as JsonObject)["identifier"]);
    expect(names).toEqual(["first", "how-to", id]);
    expect(sandbox.port.entity("pagerdutyService", id)).toBeUndefined();
  },
);

/**
 * Removes a user, a schedule and a service from an account in which something is wrong, and resyncs.
 */
async function syncRemoved(
  setting: SyncSetting,
  options: { readonly break?: () => void; readonly sync?: SyncOptions } = {},
): Promise<{ report: SyncReport; gone: (blueprint: string) => boolean }> {
  const { sandbox } = setting;
  const ids = {
    pagerdutyService: sandbox.pagerduty.createService({ name: "Goes" }),
    pagerdutyUser: sandbox.pagerduty.createUser({ name: "Goes" }),
    pagerdutySchedule: sandbox.pagerduty.createSchedule({ name: "Goes" }),
  };
  const before = await setting.sync();
  expect(before.unfinished).toEqual([]);
  sandbox.pagerduty.deleteService(ids.pagerdutyService);
  sandbox.pagerduty.deleteUser(ids.pagerdutyUser);
  sandbox.pagerduty.deleteSchedule(ids.pagerdutySchedule);
  options.break?.();
  const report = await setting.sync(options.sync);
  return {
    report,
    gone: (blueprint) =>
      sandbox.port.entity(blueprint, ids[blueprint as keyof typeof ids]) === undefined,
  };
}

test("resync() with nothing in the way deletes what is gone of every kind", async () => {
  await using setting = await startSyncSetting(small);
  const { report, gone } = await syncRemoved(setting);
  expect(report.unfinished).toEqual([]);
  expect(["pagerdutyService", "pagerdutyUser", "pagerdutySchedule"].map(gone)).toEqual([
    true,
    true,
    true,
  ]);
});

test.each<[string, (setting: SyncSetting) => void, string]>([
  [
    "a kind that is refused",
    ({ sandbox }) => sandbox.configure({ refused: { services: 403 } }),
    "services[1]",
  ],
  [
    "a page that is answered 500 to the end",
    ({ sandbox }) =>
      sandbox.configure({ refuse: (path) => (path.startsWith("/services?") ? 500 : undefined) }),
    "services[1]",
  ],
])(
  "resync() with %s deletes nothing of its blueprint, and the rest",
  async (_name, breaks, said) => {
    await using setting = await startSyncSetting(small);
    const { report, gone } = await syncRemoved(setting, { break: () => breaks(setting) });
    expect(gone("pagerdutyService")).toBe(false);
    expect(gone("pagerdutyUser")).toBe(true);
    expect(gone("pagerdutySchedule")).toBe(true);
    expect(report.unfinished.join("\n")).toContain(said);
    expect(blueprintOf(report, "pagerdutyService")).toMatchObject({ deleted: 0, withheld: 31 });
  },
);

test("resync() with an empty answer where many were deletes none of them", async () => {
  await using setting = await startSyncSetting(small);
  const { report, gone } = await syncRemoved(setting, {
    break: () => setting.sandbox.configure({ emptied: ["services"] }),
  });
  // The others answer when they are asked for by id, and count as listed; the list was not whole.
  expect(blueprintOf(report, "pagerdutyService")).toMatchObject({
    deleted: 0,
    unchanged: 30,
    withheld: 1,
  });
  expect(gone("pagerdutyService")).toBe(false);
  expect(report.unfinished.join("\n")).toContain("PagerDuty's list lacked 30 objects");
});

/** Our mapping with one expression of services in another's place. */
function changeServices(from: string, to: string): string {
  const text = readDefaultFile("mapping.yaml");
  const [before = "", services = ""] = text.split(/(?=- kind: services)/);
  expect(services).toContain(from);
  return before + services.replace(from, to);
}

test.each([
  ["identifier", "identifier: .id", 'identifier: if .name == "Odd" then error("x") else .id end'],
  [
    "blueprint",
    "blueprint: '\"pagerdutyService\"'",
    'blueprint: if .name == "Odd" then error("x") else "pagerdutyService" end',
  ],
])("resync() with an object whose %s fails deletes nothing of it", async (_name, from, to) => {
  await using setting = await startSyncSetting(small);
  const mapping = changeServices(from, to);
  const { report, gone } = await syncRemoved(setting, {
    break: () => void setting.sandbox.pagerduty.createService({ name: "Odd" }),
    sync: { mapping },
  });
  expect(gone("pagerdutyService")).toBe(false);
  expect(report.unfinished.join("\n")).toContain("an expression failed");
});

test("resync() with an object whose selector fails protects that entity alone", async () => {
  await using setting = await startSyncSetting(small);
  const { sandbox } = setting;
  const odd = sandbox.pagerduty.createService({ name: "Odd" });
  const mapping = changeServices(
    'query: "true"',
    'query: if .name == "Odd" then "perhaps" else true end',
  );
  const { report, gone } = await syncRemoved(setting, { sync: { mapping } });
  expect(gone("pagerdutyService")).toBe(true);
  expect(sandbox.port.entity("pagerdutyService", odd)).toBeDefined();
  expect(blueprintOf(report, "pagerdutyService")).toMatchObject({ deleted: 1, withheld: 1 });
});

test("resync() with a property that fails withholds nothing", async () => {
  await using setting = await startSyncSetting(small);
  const mapping = changeServices("status: .status", 'status: error("x")');
  const { report, gone } = await syncRemoved(setting, { sync: { mapping } });
  expect(gone("pagerdutyService")).toBe(true);
  expect(report.unfinished).toEqual([]);
  const services = report.resources.find(({ name }) => name === "services[1]");
  expect(services?.problems).toBeGreaterThan(0);
});

test("resync() of some kinds cleans no blueprint that another kind feeds", async () => {
  await using setting = await startSyncSetting(small);
  const { report, gone } = await syncRemoved(setting, { sync: { kinds: ["services"] } });
  expect(gone("pagerdutyService")).toBe(true);
  expect(gone("pagerdutyUser")).toBe(false);
  expect(gone("pagerdutySchedule")).toBe(false);
  expect(report.resources.map(({ kind }) => kind)).toEqual(["services"]);
});

test("resync() of some kinds keeps what entities of others relate to", async () => {
  await using setting = await startSyncSetting(small);
  const { sandbox } = setting;
  const serviceId = sandbox.pagerduty.createService({ name: "Named" });
  sandbox.pagerduty.createIncident({ serviceId });
  await setting.sync();
  sandbox.pagerduty.deleteService(serviceId);
  const report = await setting.sync({ kinds: ["services"] });
  expect(blueprintOf(report, "pagerdutyService")).toMatchObject({ deleted: 0, stubbed: 1 });
  expect(sandbox.port.entity("pagerdutyService", serviceId)).toBeDefined();
});

test("resync() with a mapping of one kind leaves other kinds' entities, but when told to prune", async () => {
  await using setting = await startSyncSetting(small);
  const mapping = `resources:
  - kind: services
    selector: {query: 'true'}
    port:
      entity:
        mappings: {identifier: .id, blueprint: '"pagerdutyService"', title: .name}
`;
  const { report, gone } = await syncRemoved(setting, { sync: { mapping } });
  expect(gone("pagerdutyService")).toBe(true);
  expect(gone("pagerdutyUser")).toBe(false);
  expect(blueprintOf(report, "pagerdutyUser").unfed).toBe(13);
  expect(report.unfinished).toEqual([]);

  const pruned = await setting.sync({ mapping, prune: true, allowDelete: ["pagerdutyUser"] });
  expect(gone("pagerdutyUser")).toBe(true);
  expect(blueprintOf(pruned, "pagerdutyUser")).toMatchObject({ deleted: 13, unfed: 0 });
});

test("resync() deletes the only schedule that there was when a person says so", async () => {
  await using setting = await startSyncSetting({ ...small, schedules: 0 });
  const id = setting.sandbox.pagerduty.createSchedule({ name: "Only" });
  await setting.sync();
  expect(setting.sandbox.port.entity("pagerdutySchedule", id)).toBeDefined();
  setting.sandbox.pagerduty.deleteSchedule(id);
  // Its on-calls go with it, and are most of all on-calls here.
  const held = await setting.sync({ allowDelete: ["pagerdutyOncall"] });
  expect(held.withheld).toMatchObject([{ blueprint: "pagerdutySchedule", brake: "share" }]);
  const allowDelete = ["pagerdutyOncall", "pagerdutySchedule"];
  const report = await setting.sync({ allowDelete });
  expect(report.unfinished).toEqual([]);
  expect(setting.sandbox.port.entity("pagerdutySchedule", id)).toBeUndefined();
});

const day = 86_400_000;

test("resync() keeps an incident that is open for 50 days, and one that was resolved 50 days ago", async () => {
  await using setting = await startSyncSetting(small);
  const { sandbox } = setting;
  const [service] = [...sandbox.pagerduty.allServices()];
  const serviceId = String(service?.id);
  const open = sandbox.pagerduty.createIncident({ serviceId, title: "Open" });
  const closed = sandbox.pagerduty.createIncident({ serviceId, title: "Closed" });
  sandbox.pagerduty.resolveIncident(closed);
  await setting.sync();
  expect(sandbox.port.entity("pagerdutyIncident", closed)).toBeDefined();

  sandbox.clock.advance(50 * day);
  const report = await setting.sync();
  expect(report.unfinished).toEqual([]);
  expect(sandbox.port.entity("pagerdutyIncident", open)).toBeDefined();
  expect(sandbox.port.entity("pagerdutyIncident", closed)).toBeDefined();
  expect(blueprintOf(report, "pagerdutyIncident").aged).toBeGreaterThan(0);
  // The third run still knows how old they are.
  const again = await setting.sync();
  expect(blueprintOf(again, "pagerdutyIncident")).toEqual(blueprintOf(report, "pagerdutyIncident"));

  const asOcean = await setting.sync({
    agedIncidents: "delete",
    allowDelete: ["pagerdutyIncident"],
  });
  expect(sandbox.port.entity("pagerdutyIncident", open)).toBeDefined();
  expect(sandbox.port.entity("pagerdutyIncident", closed)).toBeUndefined();
  expect(blueprintOf(asOcean, "pagerdutyIncident").aged).toBe(0);
});

test("resync() brings an incident that was resolved after it left the window to its last state", async () => {
  await using setting = await startSyncSetting(small);
  const { sandbox } = setting;
  const [service] = [...sandbox.pagerduty.allServices()];
  const id = sandbox.pagerduty.createIncident({ serviceId: String(service?.id) });
  await setting.sync();
  sandbox.clock.advance(50 * day);
  await setting.sync();
  expect(sandbox.port.entity("pagerdutyIncident", id)?.properties).toMatchObject({
    status: "triggered",
  });
  sandbox.pagerduty.resolveIncident(id);
  const report = await setting.sync();
  expect(report.unfinished).toEqual([]);
  expect(sandbox.port.entity("pagerdutyIncident", id)?.properties).toMatchObject({
    status: "resolved",
  });
});

test("resync() never deletes what was written since it began", async () => {
  await using setting = await startSyncSetting(small);
  const { sandbox } = setting;
  const id = sandbox.pagerduty.createService({ name: "Goes" });
  await setting.sync();
  sandbox.pagerduty.deleteService(id);
  const report = await setting.sync({
    onEvent: (event) => {
      if (event.type !== "resource" || event.name !== "services[1]") return;
      sandbox.port.editEntity("pagerdutyService", id, { title: "Written live" });
    },
  });
  expect(sandbox.port.entity("pagerdutyService", id)?.title).toBe("Written live");
  expect(blueprintOf(report, "pagerdutyService")).toMatchObject({ deleted: 0, recent: 1 });
  expect(report.unfinished).toEqual([]);
});

test("resync() never deletes what a search of the mapping has found", async () => {
  await using setting = await startSyncSetting(small);
  const { sandbox } = setting;
  await setting.sync();
  const mapping = `resources:
  - kind: services
    selector: {query: 'true'}
    port:
      entity:
        mappings:
          identifier:
            combinator: '"and"'
            rules: [{property: '"$title"', operator: '"="', value: .name}]
          blueprint: '"pagerdutyService"'
          properties: {description: '"found"'}
`;
  const services = sandbox.port.entities("pagerdutyService").length;
  sandbox.pagerduty.createService({ name: "Not in Port" });
  const report = await setting.sync({ mapping });
  expect(report.unfinished).toEqual([]);
  expect(blueprintOf(report, "pagerdutyService")).toMatchObject({
    created: 0,
    updated: services,
    deleted: 0,
    refused: 0,
  });
  expect(sandbox.port.entities("pagerdutyService")).toHaveLength(services);

  const dry = await setting.sync({ mapping, dryRun: true, allowDelete: ["pagerdutyService"] });
  expect(blueprintOf(dry, "pagerdutyService").deleted).toBe(0);
});

test("resync() deletes nothing, and says so, where the journal cannot be written", async () => {
  await using setting = await startSyncSetting(small);
  const { sandbox } = setting;
  const id = sandbox.pagerduty.createService({ name: "Goes" });
  await setting.sync();
  sandbox.pagerduty.deleteService(id);
  const report = await setting.sync({
    createJournal: () => ({
      append: () => undefined,
      flush: () => Promise.reject(new Error("No space left on device")),
    }),
  });
  expect(sandbox.port.entity("pagerdutyService", id)).toBeDefined();
  expect(report.unfinished.join("\n")).toContain("No space left on device");
});
