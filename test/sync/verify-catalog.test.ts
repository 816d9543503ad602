import { expect, test } from "bun:test";
import { type Sandbox, type SandboxOptions, startSandbox } from "@pagerport/cli/sandbox";
import {
  createEntityWriter,
  createMapper,
  exitCodeOfVerify,
  type JsonObject,
  loadOwned,
  parseMapping,
  readDefaultFile,
  type VerifyCatalogOptions,
  verifyCatalog,
  type VerifyReport,
  writeCatalog,
} from "@pagerport/core";
import {
  connectSandboxPort,
  integrationIdentifier,
  openSandboxSource,
} from "../support/connect-sandbox.ts";
import { bySize } from "../support/size.ts";

const hour = 3_600_000;
const defaultMapping = readDefaultFile("mapping.yaml");

async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({
    services: bySize({ short: 50, long: 1000 }),
    incidents: bySize({ short: 1000, long: 10_000 }),
    schedules: 20,
    users: 30,
    years: 1,
    ...options,
  });
  const blueprints = JSON.parse(readDefaultFile("blueprints.json")) as JsonObject[];
  for (const blueprint of blueprints) sandbox.port.putBlueprint(blueprint);
  return sandbox;
}

/** Brings PagerDuty to Port, and lets an hour pass. */
async function write(sandbox: Sandbox, mappingText = defaultMapping): Promise<void> {
  const port = connectSandboxPort(sandbox);
  const mapping = await parseMapping(mappingText);
  await using mapper = createMapper(mapping);
  const { createMissingRelatedEntities } = mapping;
  await writeCatalog({
    source: openSandboxSource(sandbox),
    mapper,
    writer: createEntityWriter({
      port,
      merge: mapping.enableMergeEntity,
      createMissingRelatedEntities,
    }),
    owned: await loadOwned(port, mapping, { integrationIdentifier }),
  });
  sandbox.clock.advance(hour);
}

async function verify(
  sandbox: Sandbox,
  options: Partial<VerifyCatalogOptions> = {},
  mappingText = defaultMapping,
): Promise<VerifyReport> {
  const port = connectSandboxPort(sandbox);
  const mapping = await parseMapping(mappingText);
  await using mapper = createMapper(mapping);
  const startedAt = sandbox.clock.now();
  const owned = await loadOwned(port, mapping, { integrationIdentifier });
  const source = openSandboxSource(sandbox);
  return await verifyCatalog({ source, mapper, port, owned, startedAt, ...options });
}

function countsOf(report: VerifyReport, name: string): VerifyReport["blueprints"][number] {
  const found = report.blueprints.find(({ blueprint }) => blueprint === name);
  if (found === undefined) throw new Error(`Nothing is told of ${name}`);
  return found;
}

function countWrites(sandbox: Sandbox): number {
  return Object.entries(sandbox.requests.port.byRoute)
    .filter(([route]) => /bulk|PUT|PATCH|DELETE/.test(route))
    .reduce((sum, [, count]) => sum + count, 0);
}

test("verifyCatalog() finds nothing right after a resync, and writes nothing", async () => {
  await using sandbox = await start();
  await write(sandbox);
  const writes = countWrites(sandbox);
  const report = await verify(sandbox);
  expect(report).toMatchObject({ changed: [], missing: [], extra: [], incomplete: [] });
  expect(exitCodeOfVerify(report)).toBe(0);
  expect(report.blueprints).toHaveLength(6);
  for (const { blueprint, produced, owned, compared, aged } of report.blueprints) {
    expect(owned).toBe(sandbox.port.entities(blueprint).length);
    expect([compared, produced + aged]).toEqual([produced, owned]);
  }
  expect(countWrites(sandbox)).toBe(writes);
});

test("verifyCatalog() finds one changed, one missing and one extra entity", async () => {
  await using sandbox = await start();
  await write(sandbox);
  const [one] = sandbox.port.entities("pagerdutyService");
  const changed = String(one?.identifier);
  const { port } = sandbox;
  const text = "x".repeat(300);
  port.editEntity("pagerdutyService", changed, {
    title: "Edited",
    properties: { description: text },
  });
  const [incident] = port.entities("pagerdutyIncident");
  port.deleteEntity("pagerdutyIncident", String(incident?.identifier));
  await createEntityWriter({
    port: connectSandboxPort(sandbox),
    merge: true,
    createMissingRelatedEntities: false,
  }).write([{ identifier: "EXTRA", blueprint: "pagerdutyUser", properties: {}, relations: {} }]);
  sandbox.clock.advance(hour);

  const report = await verify(sandbox);
  expect(exitCodeOfVerify(report)).toBe(3);
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
  expect(countsOf(report, "pagerdutyUser")).toMatchObject({ extra: 1, produced: 30, owned: 31 });
});

test("verifyCatalog() compares as many as it is told, and chooses them by the seed", async () => {
  await using sandbox = await start();
  await write(sandbox);
  const services = sandbox.port.entities("pagerdutyService").map(({ identifier }) => identifier);
  for (const service of services) {
    sandbox.port.editEntity("pagerdutyService", service, { title: "Edited" });
  }
  sandbox.clock.advance(hour);
  const report = await verify(sandbox, { sample: 200, seed: 1 });
  const compared = report.blueprints.reduce((sum, one) => sum + one.compared, 0);
  expect(compared).toBe(200);
  const found = report.changed.map(({ identifier }) => identifier);
  expect(found).toHaveLength(countsOf(report, "pagerdutyService").compared);
  const again = await verify(sandbox, { sample: 200, seed: 1 });
  expect(again.changed).toEqual(report.changed);
  const all = await verify(sandbox);
  expect(all.changed.map(({ identifier }) => identifier).toSorted()).toEqual(services.toSorted());
});

test("verifyCatalog() takes no incident for extra that has only left the window", async () => {
  await using sandbox = await start();
  await write(sandbox);
  const before = sandbox.port.entities("pagerdutyIncident").length;
  const gone = [...sandbox.pagerduty.allServices()][0];
  sandbox.clock.advance(50 * 24 * hour);
  // The aged ones still name it, so it stays as well.
  sandbox.pagerduty.deleteService(String(gone?.id));
  const report = await verify(sandbox);
  const incidents = countsOf(report, "pagerdutyIncident");
  expect(incidents.owned).toBe(before);
  expect(incidents.aged).toBeGreaterThan(0);
  expect(incidents.extra).toBe(0);
  expect(countsOf(report, "pagerdutyService")).toMatchObject({ extra: 0, needed: 1 });
});

test("verifyCatalog() does not judge what is written while it looks", async () => {
  await using sandbox = await start();
  await write(sandbox);
  const id = String(sandbox.port.entities("pagerdutyService")[0]?.identifier);
  let isDone = false;
  // A live event, between the listing of what is there and the reading of PagerDuty.
  const stop = sandbox.onRequest(({ side, path }) => {
    if (isDone || side !== "pagerduty" || !path.startsWith("/services")) return;
    isDone = true;
    sandbox.pagerduty.changeObject(id, { description: "Live" });
    sandbox.port.editEntity("pagerdutyService", id, { properties: { description: "Live" } });
  });
  expect(await verify(sandbox)).toMatchObject({ changed: [], missing: [], extra: [] });
  stop();
  sandbox.port.editEntity("pagerdutyService", id, { title: "By a person, just now" });
  const report = await verify(sandbox);
  expect(countsOf(report, "pagerdutyService")).toMatchObject({ changed: 0, recent: 1 });
});

test("verifyCatalog() says what it cannot tell where a kind could not be read", async () => {
  await using sandbox = await start();
  await write(sandbox);
  sandbox.configure({ refused: { users: 403 } });
  const report = await verify(sandbox);
  expect(report.incomplete).toMatchObject([{ resource: "users[6]" }]);
  expect(countsOf(report, "pagerdutyUser")).toMatchObject({ produced: 0, extra: 0, unknown: 30 });
  expect(countsOf(report, "pagerdutyUser").reason).toContain("users[6]");
  expect(exitCodeOfVerify(report)).toBe(3);
});

test("verifyCatalog() finds everything missing where Port has nothing", async () => {
  await using sandbox = await start();
  const report = await verify(sandbox);
  expect(countsOf(report, "pagerdutyService").missing).toBe(
    [...sandbox.pagerduty.allServices()].length,
  );
  expect(report.blueprints.every(({ produced, missing }) => produced === missing)).toBe(true);
});

test("verifyCatalog() compares what is there already and belongs to somebody else", async () => {
  await using sandbox = await start();
  await write(sandbox);
  const [user] = sandbox.port.entities("pagerdutyUser");
  const { identifier = "", title } = user ?? {};
  sandbox.port.deleteEntity("pagerdutyUser", identifier);
  sandbox.port.editEntity("pagerdutyUser", identifier, { title: String(title) });
  sandbox.clock.advance(hour);
  const report = await verify(sandbox);
  expect(report.missing).toEqual([]);
  expect(report.changed).toMatchObject([{ blueprint: "pagerdutyUser", identifier }]);
  expect(report.changed[0]?.fields.map(({ field }) => field)).not.toContain("title");
});

test("verifyCatalog() compares all fields but the computed ones where entities are replaced whole", async () => {
  await using sandbox = await start();
  const blueprints = JSON.parse(readDefaultFile("blueprints.json")) as JsonObject[];
  const users = blueprints.find(({ identifier }) => identifier === "pagerdutyUser") ?? {};
  const calculation = { type: "string", calculation: "'x/' + .identifier" };
  sandbox.port.putBlueprint({ ...users, calculationProperties: { link: calculation } });
  const text = `enableMergeEntity: false\n${defaultMapping}`;
  await write(sandbox, text);
  expect(await verify(sandbox, {}, text)).toMatchObject({ changed: [] });
  const id = String(sandbox.port.entities("pagerdutyUser")[0]?.identifier);
  sandbox.port.editEntity("pagerdutyUser", id, { icon: "User" });
  sandbox.clock.advance(hour);
  expect((await verify(sandbox, {}, text)).changed).toEqual([
    {
      blueprint: "pagerdutyUser",
      identifier: id,
      fields: [{ field: "icon", port: '"User"', pagerDuty: "null" }],
    },
  ]);
});
