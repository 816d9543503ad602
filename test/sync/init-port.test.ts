import { expect, test } from "bun:test";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import {
  createKindExamples,
  describeInitProblems,
  initPort,
  type InitPortOptions,
  type InitReport,
  type JsonObject,
  parseMapping,
  type PortClient,
  readDefaultFile,
  readIntegration,
  readResyncRequest,
  reportKindExamples,
  reportResyncEnd,
  reportResyncStart,
  writeIntegrationConfig,
} from "@pagerport/core";
import { putBlueprints, readBlueprints } from "../support/blueprints.ts";
import { connectSandboxPort } from "../support/connect-sandbox.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const integrationIdentifier = "my-pagerduty-integration";
const nothing = { createdBlueprints: [], added: [], integration: "unchanged" } as const;

function start(options: SandboxOptions = {}): Promise<Sandbox> {
  return startSandbox({ services: 1, incidents: 0, now: "2026-06-30T12:00:00Z", ...options });
}

function connect(sandbox: Sandbox, clientId = sandbox.portClientId): PortClient {
  return connectSandboxPort(sandbox, { clientId, integrationIdentifier, version: "1.2.3" });
}

async function init(
  sandbox: Sandbox,
  mappingText: string = readDefaultFile("mapping.yaml"),
  options: Partial<InitPortOptions> = {},
): Promise<InitReport> {
  return initPort({
    port: connect(sandbox),
    clock: testClock,
    integrationIdentifier,
    version: "1.2.3",
    mapping: await parseMapping(mappingText),
    ...options,
  });
}

function countWrites(sandbox: Sandbox): number {
  return Object.entries(sandbox.requests.port.byRoute)
    .filter(([route]) => !route.startsWith("GET ") && !route.includes("/auth/"))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** Blueprints without the times and names that Port adds. */
function contentOf(sandbox: Sandbox): Map<unknown, object> {
  const added = new Set(["createdAt", "createdBy", "updatedAt", "updatedBy"]);
  return new Map(
    sandbox.port.blueprints().map((blueprint) => {
      const content = Object.entries(blueprint).filter(([name]) => !added.has(name));
      return [blueprint["identifier"], Object.fromEntries(content)];
    }),
  );
}

test("initPort() fills an empty account, and the second time writes nothing", async () => {
  await using sandbox = await start();
  const wanted = readBlueprints("blueprints.json");
  const identifiers = wanted.map(({ identifier }) => identifier).toSorted();

  const foreseen = await init(sandbox, undefined, { dryRun: true });
  expect(foreseen).toMatchObject({ dryRun: true, blocked: false });
  expect(countWrites(sandbox)).toBe(0);

  const report = await init(sandbox);
  expect(report.done.createdBlueprints.toSorted()).toEqual(identifiers);
  expect({ ...report, dryRun: true }).toEqual(foreseen);
  expect(report.done).toMatchObject({ added: [], integration: "created" });
  const content = contentOf(sandbox);
  for (const blueprint of wanted) {
    expect(content.get(blueprint.identifier)).toEqual(blueprint);
  }
  const integration = sandbox.port.integration(integrationIdentifier);
  const mapping = await parseMapping(readDefaultFile("mapping.yaml"));
  expect(integration?.json).toMatchObject({
    installationAppType: "pagerduty",
    version: "1.2.3",
    createPortResourcesOrigin: "Default",
    arePortResourcesInitialized: true,
  });
  expect(JSON.stringify(integration?.json["config"])).toBe(JSON.stringify(mapping.document));

  const writes = countWrites(sandbox);
  expect((await init(sandbox)).done).toEqual(nothing);
  expect(countWrites(sandbox)).toBe(writes);
});

for (const computedLeftOut of ["keep", "clear"] as const) {
  test(`initPort() adds the one property that analytics need, where Port would ${computedLeftOut} what is left out`, async () => {
    await using sandbox = await start({ portApi: { computedLeftOut } });
    putBlueprints(sandbox, "guide/blueprints.json");
    const [incident] = sandbox.port.blueprints().slice(-1);
    sandbox.port.putBlueprint({
      ...incident,
      title: "Renamed by a person",
      calculationProperties: { link: { type: "string", calculation: ".identifier" } },
      mirrorProperties: { serviceStatus: { path: "pagerdutyService.status" } },
    });
    sandbox.port.setIntegrationConfig(integrationIdentifier, { resources: [] });
    const before = contentOf(sandbox);
    const writes = countWrites(sandbox);

    const report = await init(sandbox, readDefaultFile("guide/mapping-analytics.yaml"));
    expect(report).toMatchObject({ blocked: false, refused: [], byHand: [], differing: [] });
    expect(report.done).toEqual({
      ...nothing,
      added: [{ blueprint: "pagerdutyIncident", field: "properties.analytics" }],
    });
    // One change of the blueprint, and the note that it is done.
    expect(countWrites(sandbox)).toBe(writes + 2);
    const after = contentOf(sandbox).get("pagerdutyIncident");
    const { schema, ...rest } = after as { schema: { properties: JsonObject } };
    const { analytics, ...properties } = schema.properties;
    expect(analytics).toEqual({ title: "Analytics", type: "object" });
    expect({ ...rest, schema: { ...schema, properties } }).toEqual(
      before.get("pagerdutyIncident") as never,
    );
    // A mapping in Port is its owner's.
    expect(sandbox.port.integration(integrationIdentifier)?.json["config"]).toEqual({
      resources: [],
    });
  });
}

test("initPort() refuses the blueprint of the webhook guide, and writes nothing at all", async () => {
  await using sandbox = await start();
  putBlueprints(sandbox, "guide/webhook-blueprints.json");
  const before = contentOf(sandbox);
  const writes = countWrites(sandbox);
  const report = await init(sandbox);
  expect(report).toMatchObject({ blocked: true, done: nothing, unknown: [] });
  expect(describeInitProblems(report)).toEqual([
    "Blueprint pagerdutyIncident has the relation microservice to many microservice, in the place of pagerdutyService to one pagerdutyService, which the mapping writes: the blueprint belongs to another way of bringing PagerDuty to Port. Init does not mix the two: write microservice in the mapping, remove it from the blueprint in Port, or give the mapping a blueprint of its own.",
  ]);
  expect(contentOf(sandbox)).toEqual(before);
  expect(countWrites(sandbox)).toBe(writes);
  expect(sandbox.port.integration(integrationIdentifier)).toBeUndefined();
});

test("initPort() names a blueprint that nobody knows before it writes anything", async () => {
  await using sandbox = await start();
  const mapping = readDefaultFile("mapping.yaml").replace(`'"pagerdutyUser"'`, `'"person"'`);
  const report = await init(sandbox, mapping);
  expect(report).toMatchObject({ blocked: true, done: nothing });
  const [problem = ""] = describeInitProblems(report);
  expect(problem).toStartWith("Blueprint person, which users[6] of the mapping writes, is not in");
  expect(countWrites(sandbox)).toBe(0);
});

test("initPort() does what it can, and says what is left to be done by hand", async () => {
  await using sandbox = await start();
  const mapping = readDefaultFile("guide/mapping.yaml").replace(
    "oncall: ",
    "tier: .name\n            oncall: ",
  );
  const report = await init(sandbox, mapping);
  expect(report.done.createdBlueprints).toHaveLength(3);
  expect(describeInitProblems(report)).toEqual([
    "properties.tier of blueprint pagerdutyService is missing, and pagerport does not know its type. Add it to the blueprint in Port; until then Port refuses entities that carry it.",
  ]);
});

test("initPort() twice at once ends as once does", async () => {
  await using sandbox = await start({ portApi: { latency: { minMs: 1, maxMs: 15 } } });
  const reports = await Promise.all([init(sandbox), init(sandbox), init(sandbox)]);
  const created = reports.flatMap(({ done }) => done.createdBlueprints);
  const wanted = readBlueprints("blueprints.json");
  expect(created.toSorted()).toEqual(wanted.map(({ identifier }) => identifier).toSorted());
  expect(reports.filter(({ done }) => done.integration === "created")).toHaveLength(1);
  const content = contentOf(sandbox);
  for (const blueprint of wanted) {
    expect(content.get(blueprint.identifier)).toEqual(blueprint);
  }
  expect((await init(sandbox)).done).toEqual(nothing);
});

test("initPort() survives faults, and a refusal says what stays and what to do", async () => {
  await using sandbox = await start();
  sandbox.configure({ portApi: { faults: { rate: 0.1, kinds: ["500", "reset"] } } });
  await init(sandbox);
  sandbox.configure({ portApi: { faults: null } });
  expect(contentOf(sandbox).size).toBe(6);

  await using other = await start();
  const port = connect(other, other.portReadOnlyClientId);
  const failure = await init(other, undefined, { port }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ status: 403 });
  expect(String(failure)).toContain("Init stopped at creating blueprints. Nothing was written.");
  expect(String(failure)).toContain("need the right to change blueprints");
});

test("initPort() leaves to nobody, or to Port itself, what its origin says", async () => {
  await using sandbox = await start();
  expect((await init(sandbox, undefined, { resourcesOrigin: "Empty" })).done).toEqual({
    ...nothing,
    integration: "created",
  });
  expect(sandbox.port.integration(integrationIdentifier)?.json).toMatchObject({
    config: { resources: [] },
    createPortResourcesOrigin: "Empty",
    arePortResourcesInitialized: true,
  });
  // What the integration in Port says goes before the settings.
  expect((await init(sandbox, undefined, { resourcesOrigin: "Default" })).done).toEqual(nothing);
  expect(sandbox.port.blueprints()).toEqual([]);

  const provided = {
    config: { resources: [{ kind: "services" }] },
    blueprints: [{ identifier: "theirs", title: "Theirs", schema: { properties: {} } }],
  };
  await using providing = await start({ portApi: { provided } });
  expect((await init(providing, undefined, { resourcesOrigin: "Port" })).done).toEqual({
    ...nothing,
    integration: "created",
  });
  expect([...contentOf(providing).keys()]).toEqual(["theirs"]);
  expect(providing.port.integration(integrationIdentifier)?.json).toMatchObject({
    config: provided.config,
  });
});

test("an integration without a mapping is given one", async () => {
  await using sandbox = await start();
  sandbox.port.setIntegrationConfig(integrationIdentifier, {}, { resync: false });
  expect((await init(sandbox)).done.integration).toBe("mapping written");
  const port = connect(sandbox);
  expect(await readResyncRequest(port, { integrationIdentifier })).toBe(sandbox.clock.now());
});

test("resync state, requests and examples reach Port", async () => {
  await using sandbox = await start();
  const port = connect(sandbox);
  const request = { integrationIdentifier };
  expect(await readIntegration(port, request)).toBeUndefined();
  sandbox.port.setIntegrationConfig(integrationIdentifier, { resources: [] }, { resync: false });
  expect(await readResyncRequest(port, request)).toBeUndefined();
  const config = { resources: [{ kind: "users" }] };
  await writeIntegrationConfig(port, { ...request, config, skipResync: true });
  expect(await readResyncRequest(port, request)).toBeUndefined();
  sandbox.clock.advance(60_000);
  sandbox.port.requestResync(integrationIdentifier);
  expect(await readResyncRequest(port, request)).toBe(sandbox.clock.now());

  const startedAt = sandbox.clock.now();
  const schedule = { next: startedAt + 3_600_000, intervalMinutes: 60 };
  await reportResyncStart(port, { ...request, startedAt, schedule });
  const running = { status: "running", lastStart: startedAt, lastEnd: undefined } as const;
  expect((await readIntegration(port, request))?.resyncState).toMatchObject(running);
  const endedAt = startedAt + 5000;
  await reportResyncEnd(port, { ...request, status: "failed", endedAt, schedule });
  expect(await readIntegration(port, request)).toMatchObject({
    config,
    installationType: "OnPrem",
    resyncState: {
      status: "failed",
      lastStart: startedAt,
      lastEnd: endedAt,
      next: schedule.next,
      intervalMinutes: 60,
    },
  });

  const examples = createKindExamples();
  examples.keep("users", (await sandbox.pagerduty.list("/users")) as JsonObject[]);
  await reportKindExamples(port, { ...request, examples });
  expect(sandbox.port.integration(integrationIdentifier)?.examples["users"]).toHaveLength(5);
});
