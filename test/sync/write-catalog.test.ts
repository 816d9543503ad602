import { expect, test } from "bun:test";
import { type Sandbox, type SandboxOptions, startSandbox } from "@pagerport/cli/sandbox";
import {
  type CatalogWriting,
  connectPagerDuty,
  connectPort,
  createEntityWriter,
  createMapper,
  createMemoryCache,
  type JsonObject,
  loadOwned,
  openSource,
  parseMapping,
  readDefaultFile,
  systemClock,
  writeCatalog,
} from "@pagerport/core";
import { bySize } from "../support/size.ts";

const integrationIdentifier = "mine";

/** Brings a sandbox's PagerDuty to its Port once, without deleting anything. */
async function write(
  sandbox: Sandbox,
  mappingText = readDefaultFile("mapping.yaml"),
): Promise<CatalogWriting> {
  const shared = { fetch: globalThis.fetch, clock: systemClock, random: () => 0.02 };
  const port = connectPort({
    ...shared,
    baseUrl: sandbox.portUrl,
    clientId: sandbox.portClientId,
    clientSecret: sandbox.portClientSecret,
    integrationIdentifier,
    version: "0.0.0",
  });
  const client = connectPagerDuty({
    ...shared,
    apiUrl: sandbox.pagerDutyUrl,
    token: sandbox.token,
    requestsPerMinute: 0,
    rateBudget: 1,
  });
  const mapping = await parseMapping(mappingText);
  await using mapper = createMapper(mapping);
  return await writeCatalog({
    source: openSource({ client, clock: systemClock, cache: createMemoryCache() }),
    mapper,
    writer: createEntityWriter({
      port,
      merge: mapping.enableMergeEntity,
      createMissingRelatedEntities: mapping.createMissingRelatedEntities,
    }),
    owned: await loadOwned(port, mapping, { integrationIdentifier }),
  });
}

/** A sandbox whose Port has our blueprints. */
async function startWithBlueprints(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({
    services: bySize({ short: 100, long: 1000 }),
    incidents: bySize({ short: 1000, long: 10_000 }),
    schedules: bySize({ short: 20, long: 200 }),
    users: bySize({ short: 30, long: 300 }),
    ...options,
  });
  const blueprints = JSON.parse(readDefaultFile("blueprints.json")) as JsonObject[];
  for (const blueprint of blueprints) sandbox.port.putBlueprint(blueprint);
  return sandbox;
}

function countWrites(sandbox: Sandbox): number {
  const routes = Object.entries(sandbox.requests.port.byRoute);
  return routes
    .filter(([route]) => route.endsWith("/entities/bulk"))
    .reduce((sum, [, count]) => sum + count, 0);
}

test("writeCatalog() brings every kind of the default mapping to Port, and the second time nothing", async () => {
  await using sandbox = await startWithBlueprints();
  const first = await write(sandbox);
  expect(first.refused).toEqual([]);
  expect(first.resources.map(({ outcome }) => outcome.completion.state)).toEqual(
    first.resources.map(() => "complete"),
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

  const writes = countWrites(sandbox);
  const second = await write(sandbox);
  expect(second).toMatchObject({ created: 0, updated: 0 });
  expect(second.unchanged).toBe(sandbox.port.entityCount);
  expect(countWrites(sandbox)).toBe(writes);
});

test("writeCatalog() writes the one object that changed", async () => {
  await using sandbox = await startWithBlueprints();
  await write(sandbox);
  const [service] = [...sandbox.pagerduty.allServices()];
  sandbox.pagerduty.changeObject(String(service?.id), { description: "Changed by hand" });
  expect(await write(sandbox)).toMatchObject({ created: 0, updated: 1 });
  const stored = sandbox.port.entity("pagerdutyService", String(service?.id));
  expect(stored?.properties).toMatchObject({ description: "Changed by hand" });
});

test("writeCatalog() clears what PagerDuty cleared, and keeps what a person set", async () => {
  await using sandbox = await startWithBlueprints();
  const blueprints = JSON.parse(readDefaultFile("blueprints.json")) as JsonObject[];
  const blueprint = blueprints.find(({ identifier }) => identifier === "pagerdutyService");
  const schema = blueprint?.["schema"] as { properties: JsonObject };
  schema.properties["note"] = { type: "string" };
  sandbox.port.putBlueprint(blueprint ?? {});
  const [service] = [...sandbox.pagerduty.allServices()];
  const id = String(service?.id);
  sandbox.pagerduty.changeObject(id, { description: "Here for now" });
  await write(sandbox);
  sandbox.port.editEntity("pagerdutyService", id, { properties: { note: "mine" } });
  expect(await write(sandbox)).toMatchObject({ created: 0, updated: 0 });

  sandbox.pagerduty.changeObject(id, { description: null });
  expect(await write(sandbox)).toMatchObject({ created: 0, updated: 1 });
  const properties = sandbox.port.entity("pagerdutyService", id)?.properties;
  expect(properties).toMatchObject({ note: "mine" });
  expect(properties?.["description"] ?? null).toBeNull();
});

test("writeCatalog() writes what relates forward once its target is there", async () => {
  await using sandbox = await startWithBlueprints();
  const text = readDefaultFile("mapping.yaml").replace(
    "createMissingRelatedEntities: true",
    "createMissingRelatedEntities: false",
  );
  const writing = await write(sandbox, text);
  expect(writing.refused).toEqual([]);
  expect((await write(sandbox, text)).unchanged).toBe(sandbox.port.entityCount);
});

test("writeCatalog() lets one invalid entity fail alone", async () => {
  await using sandbox = await startWithBlueprints({
    portApi: {
      reject: (entity) =>
        (entity as JsonObject)["title"] === "Refused"
          ? { status: 422, message: "title is not allowed" }
          : undefined,
    },
  });
  sandbox.pagerduty.createService({ name: "Refused" });
  const writing = await write(sandbox);
  expect(writing.refused).toMatchObject([{ entity: { title: "Refused" }, status: 422 }]);
  expect(writing.resources.every(({ outcome }) => outcome.completion.state === "complete")).toBe(
    true,
  );
});

test("writeCatalog() does the rest where one kind is refused", async () => {
  await using sandbox = await startWithBlueprints({ refused: { users: 403 } });
  const writing = await write(sandbox);
  const states = Object.fromEntries(
    writing.resources.map(({ name, outcome }) => [name, outcome.completion.state]),
  );
  expect(states["users[6]"]).toBe("refused");
  expect(states["services[0]"]).toBe("complete");
  expect(sandbox.port.entities("pagerdutyService").length).toBeGreaterThan(0);
});
