import { expect, test } from "bun:test";
import type { SandboxOptions } from "@pagerport/cli/sandbox";
import {
  createEntityWriter,
  createMapper,
  judgeVerify,
  parseMapping,
  readDefaultFile,
  type VerifyCatalogOptions,
  verifyCatalog,
  type VerifyReport,
} from "@pagerport/core";
import { readBlueprints } from "../support/blueprints.ts";
import { connectSandboxPagerDuty, integrationIdentifier } from "../support/connect-sandbox.ts";
import { startSyncSetting, type SyncSetting } from "../support/run-sync.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

const hour = 3_600_000;
const defaultMapping = readDefaultFile("mapping.yaml");

/** A catalog that a resync wrote an hour ago. */
async function start(
  options: SandboxOptions = {},
  blueprints = readBlueprints(),
  mapping = defaultMapping,
): Promise<SyncSetting> {
  const setting = await startSyncSetting({ years: 1, ...options }, blueprints);
  await setting.sync({ mapping });
  setting.sandbox.clock.advance(hour);
  return setting;
}

async function verify(
  { sandbox, port, store }: SyncSetting,
  options: Partial<VerifyCatalogOptions> = {},
  mapping = defaultMapping,
): Promise<VerifyReport> {
  await using mapper = createMapper(await parseMapping(mapping));
  return await verifyCatalog({
    pagerDuty: connectSandboxPagerDuty(sandbox),
    port,
    store,
    clock: testClock,
    mapper,
    integrationIdentifier,
    ...options,
  });
}

function countsOf(report: VerifyReport, name: string): VerifyReport["blueprints"][number] {
  const found = report.blueprints.find(({ blueprint }) => blueprint === name);
  if (found === undefined) throw new Error(`Nothing is told of ${name}`);
  return found;
}

test("verifyCatalog() finds nothing right after a resync, and writes nothing", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const writes = setting.countWrites();
  const report = await verify(setting);
  expect(report).toMatchObject({ changed: [], missing: [], extra: [], unfinished: [] });
  expect(judgeVerify(report)).toBe("in-step");
  expect(report.blueprints).toHaveLength(6);
  for (const { blueprint, produced, owned, compared, aged } of report.blueprints) {
    expect(owned).toBe(sandbox.port.entities(blueprint).length);
    expect([compared, produced + aged]).toEqual([produced, owned]);
  }
  expect(setting.countWrites()).toBe(writes);
});

test("verifyCatalog() finds one changed, one missing and one extra entity", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  await createEntityWriter({
    port: setting.port,
    merge: true,
    createMissingRelatedEntities: false,
  }).write([{ identifier: "EXTRA", blueprint: "pagerdutyUser", properties: {}, relations: {} }]);
  // Nobody at PagerDuty has ever heard of it: said once, and an hour later again.
  sandbox.clock.advance(hour);
  await setting.sync();
  sandbox.clock.advance(hour);
  const [one] = sandbox.port.entities("pagerdutyService");
  const changed = String(one?.identifier);
  const { port } = sandbox;
  const users = port.entities("pagerdutyUser").length - 1;
  const text = "x".repeat(300);
  port.editEntity("pagerdutyService", changed, {
    title: "Edited",
    properties: { description: text },
  });
  // Not the oldest: an hour later that may have left the time that is read.
  const incident = port.entities("pagerdutyIncident").at(-1);
  port.deleteEntity("pagerdutyIncident", String(incident?.identifier));
  sandbox.clock.advance(hour);

  const report = await verify(setting);
  expect(judgeVerify(report)).toBe("drifted");
  expect(report.changed).toMatchObject([{ blueprint: "pagerdutyService", identifier: changed }]);
  const [title, description] =
    report.changed[0]?.fields.toSorted((a, b) => (a.field < b.field ? 1 : -1)) ?? [];
  expect(title).toEqual({
    field: "title",
    port: '"Edited"',
    pagerDuty: JSON.stringify(sandbox.pagerduty.service(changed)?.name),
  });
  expect(description?.field).toBe("properties.description");
  expect(description?.port).toHaveLength(101);
  expect(report.missing).toEqual([
    { blueprint: "pagerdutyIncident", identifier: String(incident?.identifier) },
  ]);
  expect(report.extra).toEqual([{ blueprint: "pagerdutyUser", identifier: "EXTRA" }]);
  expect(countsOf(report, "pagerdutyService")).toMatchObject({ changed: 1, missing: 0, extra: 0 });
  expect(countsOf(report, "pagerdutyIncident")).toMatchObject({ changed: 0, missing: 1 });
  expect(countsOf(report, "pagerdutyUser")).toMatchObject({
    extra: 1,
    produced: users,
    owned: users + 1,
  });
});

test("verifyCatalog() compares as many as it is told, and chooses them by the seed", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const services = sandbox.port.entities("pagerdutyService").map(({ identifier }) => identifier);
  for (const service of services) {
    sandbox.port.editEntity("pagerdutyService", service, { title: "Edited" });
  }
  sandbox.clock.advance(hour);
  const report = await verify(setting, { sample: 200, seed: 1 });
  const compared = report.blueprints.reduce((sum, one) => sum + one.compared, 0);
  expect(compared).toBe(200);
  const found = report.changed.map(({ identifier }) => identifier);
  expect(found).toHaveLength(countsOf(report, "pagerdutyService").compared);
  const again = await verify(setting, { sample: 200, seed: 1 });
  expect(again.changed).toEqual(report.changed);
  const all = await verify(setting);
  expect(all.changed.map(({ identifier }) => identifier).toSorted()).toEqual(services.toSorted());
});

test("verifyCatalog() takes no incident for extra that has only left the window", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const before = sandbox.port.entities("pagerdutyIncident").length;
  const gone = [...sandbox.pagerduty.allServices()][0];
  sandbox.clock.advance(50 * 24 * hour);
  // The aged ones still name it: it stays, and what was true of it has to go.
  sandbox.pagerduty.deleteService(String(gone?.id));
  const report = await verify(setting);
  const incidents = countsOf(report, "pagerdutyIncident");
  expect(incidents.owned).toBe(before);
  expect(incidents.aged).toBeGreaterThan(0);
  expect(incidents.extra).toBe(0);
  expect(countsOf(report, "pagerdutyService")).toMatchObject({ extra: 1, needed: 0 });
});

test("verifyCatalog() takes a stub that has to be made for extra, and one that is there for none", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const [incident] = sandbox.port.entities("pagerdutyIncident");
  const gone = String(incident?.relations["pagerdutyService"]);
  sandbox.pagerduty.deleteService(gone);
  const name = { blueprint: "pagerdutyService", identifier: gone };
  expect((await verify(setting)).extra).toEqual([name]);
  const { blueprints } = await setting.sync();
  expect(blueprints.find(({ blueprint }) => blueprint === name.blueprint)?.stubbed).toBe(1);
  sandbox.clock.advance(hour);
  const report = await verify(setting);
  expect(report).toMatchObject({ changed: [], missing: [], extra: [], kept: [], unfinished: [] });
  expect(judgeVerify(report)).toBe("in-step");
});

test("verifyCatalog() does not judge what is written while it looks", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const id = String(sandbox.port.entities("pagerdutyService")[0]?.identifier);
  let isDone = false;
  // A live event, between the listing of what is there and the reading of PagerDuty.
  const stop = sandbox.onRequest(({ side, path }) => {
    if (isDone || side !== "pagerduty" || !path.startsWith("/services")) return;
    isDone = true;
    sandbox.pagerduty.changeObject(id, { description: "Live" });
    sandbox.port.editEntity("pagerdutyService", id, { properties: { description: "Live" } });
  });
  expect(await verify(setting)).toMatchObject({ changed: [], missing: [], extra: [] });
  stop();
  sandbox.port.editEntity("pagerdutyService", id, { title: "By a person, just now" });
  const report = await verify(setting);
  expect(countsOf(report, "pagerdutyService")).toMatchObject({ changed: 0, recent: 1 });
});

test("verifyCatalog() says what it cannot tell where a kind could not be read", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const users = sandbox.port.entities("pagerdutyUser").length;
  sandbox.configure({ refused: { users: 403 } });
  const report = await verify(setting);
  expect(report.unfinished.join("\n")).toContain("users[6] was not read whole");
  expect(countsOf(report, "pagerdutyUser")).toMatchObject({
    produced: 0,
    extra: 0,
    withheld: users,
  });
  expect(report.kept).toMatchObject([
    { blueprint: "pagerdutyUser", brake: "guard", reason: expect.stringContaining("users[6]") },
  ]);
  expect(judgeVerify(report)).toBe("unfinished");
});

test("verifyCatalog() finds everything missing where Port has nothing", async () => {
  await using setting = await startSyncSetting();
  const report = await verify(setting);
  const { sandbox } = setting;
  expect(countsOf(report, "pagerdutyService").missing).toBe(
    [...sandbox.pagerduty.allServices()].length,
  );
  expect(report.blueprints.every(({ produced, missing }) => produced === missing)).toBe(true);
});

test("verifyCatalog() compares what is there already and belongs to somebody else", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const [user] = sandbox.port.entities("pagerdutyUser");
  const { identifier = "", title } = user ?? {};
  sandbox.port.deleteEntity("pagerdutyUser", identifier);
  sandbox.port.editEntity("pagerdutyUser", identifier, { title: String(title) });
  sandbox.clock.advance(hour);
  const report = await verify(setting);
  expect(report.missing).toEqual([]);
  expect(report.changed).toMatchObject([{ blueprint: "pagerdutyUser", identifier }]);
  expect(report.changed[0]?.fields.map(({ field }) => field)).not.toContain("title");
});

test("verifyCatalog() compares all fields but the computed ones where entities are replaced whole", async () => {
  const link = { type: "string", calculation: "'x/' + .identifier" };
  const blueprints = readBlueprints();
  const users = blueprints.find(({ identifier }) => identifier === "pagerdutyUser");
  if (users !== undefined) users["calculationProperties"] = { link };
  const text = `enableMergeEntity: false\n${defaultMapping}`;
  await using setting = await start({}, blueprints, text);
  const { sandbox } = setting;
  expect(await verify(setting, {}, text)).toMatchObject({ changed: [] });
  const id = String(sandbox.port.entities("pagerdutyUser")[0]?.identifier);
  sandbox.port.editEntity("pagerdutyUser", id, { icon: "User" });
  sandbox.clock.advance(hour);
  expect((await verify(setting, {}, text)).changed).toEqual([
    {
      blueprint: "pagerdutyUser",
      identifier: id,
      fields: [{ field: "icon", port: '"User"', pagerDuty: "null" }],
    },
  ]);
});

test("verifyCatalog() of one kind tells nothing of blueprints that others feed", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const [user] = sandbox.port.entities("pagerdutyUser");
  sandbox.port.deleteEntity("pagerdutyUser", String(user?.identifier));
  const report = await verify(setting, { kinds: ["services"] });
  expect(report.blueprints.map(({ blueprint }) => blueprint)).toEqual(["pagerdutyService"]);
  expect(judgeVerify(report)).toBe("in-step");
});

test("verifyCatalog() tells what waits and what is withheld apart from differences", async () => {
  await using setting = await start();
  const { sandbox } = setting;
  const users = [...(await sandbox.pagerduty.list("/users"))].slice(5);
  for (const user of users) sandbox.port.deleteEntity("pagerdutyUser", String(user["id"]));
  const made = users.map((_, place) => ({
    identifier: `EXTRA${place}`,
    blueprint: "pagerdutyUser",
    properties: {},
    relations: {},
  }));
  const writing = { port: setting.port, merge: true, createMissingRelatedEntities: false };
  await createEntityWriter(writing).write(made);
  sandbox.clock.advance(hour);
  const { length } = users;
  const first = await verify(setting);
  expect(countsOf(first, "pagerdutyUser")).toMatchObject({
    extra: 0,
    missing: length,
    waiting: length,
    withheld: 0,
  });
  expect(first.unfinished).toEqual([]);
  await setting.sync();
  sandbox.clock.advance(hour);
  const second = await verify(setting);
  expect(countsOf(second, "pagerdutyUser")).toMatchObject({
    extra: 0,
    missing: 0,
    waiting: 0,
    withheld: length,
  });
  expect(second.kept).toMatchObject([
    { blueprint: "pagerdutyUser", brake: "share", entities: length },
  ]);
  expect(judgeVerify(second)).toBe("unfinished");
});

test("verifyCatalog() compares an entity that two resources make as one", async () => {
  const part = (properties: string): string => `
  - kind: users
    selector: {query: "true"}
    port: {entity: {mappings: {identifier: .id, blueprint: '"pagerdutyUser"', ${properties}}}}`;
  const text = `resources:${part("title: .name")}${part("properties: {role: .role}")}`;
  await using setting = await start({}, undefined, text);
  const { sandbox } = setting;
  await setting.sync({ mapping: text });
  sandbox.clock.advance(hour);
  expect(judgeVerify(await verify(setting, {}, text))).toBe("in-step");
  const [one, other] = sandbox.port.entities("pagerdutyUser");
  const ids = [String(one?.identifier), String(other?.identifier)];
  sandbox.port.editEntity("pagerdutyUser", ids[0] ?? "", { title: "Edited" });
  sandbox.port.editEntity("pagerdutyUser", ids[1] ?? "", { properties: { role: "edited" } });
  sandbox.clock.advance(hour);
  const fields = (report: VerifyReport): unknown[] =>
    report.changed.map(({ identifier, fields: changed }) => [identifier, changed[0]?.field]);
  for (const sample of [undefined, 1000]) {
    const found = fields(await verify(setting, { sample }, text));
    expect(found).toHaveLength(2);
    expect(found).toContainEqual([ids[0], "title"]);
    expect(found).toContainEqual([ids[1], "properties.role"]);
  }
});
