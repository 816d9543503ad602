import { type Sandbox, startSandbox } from "@pagerport/cli/sandbox";
import {
  connectPagerDuty,
  connectPort,
  createEntityWriter,
  createMapper,
  createMemoryCache,
  deleteUnproduced,
  HttpError,
  type JsonObject,
  loadOwned,
  openSource,
  parseMapping,
  type PortClient,
  readDefaultFile,
  systemClock,
  writeCatalog,
} from "@pagerport/core";
import { type Exchange, type Recorder, recordTraffic } from "./record-traffic.ts";

const integrationIdentifier = "mine";

/** Records how a catalog is written to Port, compared, and cleaned. */
export async function driveCatalog(): Promise<readonly Exchange[]> {
  await using sandbox = await startSandbox({
    services: 45,
    incidents: 300,
    users: 25,
    schedules: 5,
    portApi: {
      reject: (entity) =>
        (entity as JsonObject)["title"] === "Refused"
          ? { status: 422, message: "title is not allowed" }
          : undefined,
    },
  });
  await using recorder = recordTraffic(sandbox.portUrl);
  const blueprints = JSON.parse(readDefaultFile("blueprints.json")) as JsonObject[];
  for (const blueprint of blueprints) sandbox.port.putBlueprint(blueprint);
  sandbox.pagerduty.createService({ name: "Refused" });

  await write(sandbox, recorder);
  sandbox.configure({ portApi: { listing: "identifiers" } });
  await write(sandbox, recorder);
  // Relations first refused for want of what they name, then written.
  sandbox.pagerduty.createService({ name: "New" });
  await write(sandbox, recorder, (text) =>
    text.replace("createMissingRelatedEntities: true", "createMissingRelatedEntities: false"),
  );
  await deleteSome(sandbox, connect(sandbox, recorder));
  await askAsRefused(sandbox, recorder);
  return recorder.exchanges;
}

/** A blueprint that is not there, and a secret that is not right. */
async function askAsRefused(sandbox: Sandbox, recorder: Recorder): Promise<void> {
  const port = connect(sandbox, recorder);
  const writer = createEntityWriter({ port, merge: true, createMissingRelatedEntities: true });
  await writer.write([
    { identifier: "x", blueprint: "nothing", title: "X", properties: {}, relations: {} },
  ]);
  const stranger = connect(sandbox, recorder, "wrong-secret");
  await stranger.send({ method: "GET", path: "/blueprints" }).catch((error: unknown) => {
    if (!(error instanceof HttpError)) throw error;
  });
}

function connect(
  sandbox: Sandbox,
  recorder: Recorder,
  clientSecret = sandbox.portClientSecret,
): PortClient {
  return connectPort({
    fetch: globalThis.fetch,
    clock: systemClock,
    random: () => 0.02,
    baseUrl: recorder.url,
    clientId: sandbox.portClientId,
    clientSecret,
    integrationIdentifier,
    version: "0.0.0",
  });
}

async function write(
  sandbox: Sandbox,
  recorder: Recorder,
  change: (mapping: string) => string = (text) => text,
): Promise<void> {
  const port = connect(sandbox, recorder);
  const client = connectPagerDuty({
    fetch: globalThis.fetch,
    clock: systemClock,
    random: () => 0.02,
    apiUrl: recorder.url,
    token: sandbox.token,
    requestsPerMinute: 0,
    rateBudget: 1,
  });
  const mapping = await parseMapping(change(readDefaultFile("mapping.yaml")));
  await using mapper = createMapper(mapping);
  await writeCatalog({
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

async function deleteSome(sandbox: Sandbox, port: PortClient): Promise<void> {
  sandbox.clock.advance(3_600_000);
  const blueprint = "pagerdutyUser";
  const present = sandbox.port.entities(blueprint).slice(0, 5);
  const remove = [...present.map(({ identifier }) => identifier), "not-there"];
  const none = { aged: [], recent: [], needed: [], withheld: [], reason: "", unfed: [] };
  await deleteUnproduced({
    port,
    plans: [{ blueprint, remove, ...none }],
    journal: { append: () => {}, flush: () => Promise.resolve() },
    startedAt: sandbox.clock.now(),
  });
}
