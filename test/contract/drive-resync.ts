import {
  createJournalFile,
  createMemoryCache,
  estimateSync,
  initPort,
  installPortWebhook,
  openSource,
  parseMapping,
  type PortClient,
  readDefaultFile,
  restoreEntities,
  setPortWebhookSecret,
} from "@pagerport/core";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import {
  connectSandboxPagerDuty,
  connectSandboxPort,
  integrationIdentifier,
} from "../support/connect-sandbox.ts";
import { startSyncSetting, type SyncSetting } from "../support/run-sync.ts";
import { type Exchange, recordTraffic } from "./record-traffic.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

const day = 86_400_000;

/** Some incidents are not wanted any more once their title says so. */
const mapping = readDefaultFile("mapping.yaml").replaceAll(
  /(- kind: incidents\n +selector:\n +query: )"true"/g,
  `$1'(.title == "Unwanted") | not'`,
);

/** Records what a life with one store asks for: set-up, estimate, resyncs, deletions, and their undoing. */
export async function driveResync(): Promise<readonly Exchange[]> {
  await using setting = await startSyncSetting(
    { services: 25, incidents: 200, schedules: 5, users: 22, years: 1 },
    [],
  );
  const { sandbox } = setting;
  await using recorder = recordTraffic(sandbox.portUrl);
  const port = connectSandboxPort(sandbox, { baseUrl: recorder.url });
  const pagerDuty = connectSandboxPagerDuty(sandbox, { apiUrl: recorder.url });
  using folder = new TemporaryFolder();
  await using journal = createJournalFile({ folder: folder.path, run: 1 });
  const options = { mapping, port, pagerDuty, sendsExamples: true, createJournal: () => journal };

  await setUp(port, setting);
  await estimateSync({
    source: openSource({ client: pagerDuty, clock: testClock, cache: createMemoryCache() }),
    mapping: await parseMapping(mapping),
    port,
    store: setting.store,
    integrationIdentifier,
    requestsPerMinute: 480,
  });
  const { named, closed } = addObjects(setting);
  // All is new, and is read back; then nothing is; then names are all that Port lists.
  await setting.sync(options);
  await setting.sync(options);
  sandbox.configure({ portApi: { listing: "identifiers" } });
  await setting.sync(options);

  // Incidents leave the time that is read. To one of them something happens all the same: it goes.
  sandbox.clock.advance(50 * day);
  sandbox.pagerduty.changeObject(closed, { title: "Unwanted" });
  // One that is still named, and one whose dependents go with it.
  sandbox.pagerduty.deleteService(named);
  const [user] = await sandbox.pagerduty.list("/users");
  sandbox.pagerduty.deleteUser(String(user?.["id"]));
  sandbox.port.editEntity("badge", "badge-1", {
    title: "Badge",
    relations: { user: String(user?.["id"]) },
  });
  await setting.sync(options);
  await restoreEntities({ port, path: journal.path ?? "" });
  return recorder.exchanges;
}

/** Makes Port ready, and again where something has gone missing. */
async function setUp(port: PortClient, { sandbox }: SyncSetting): Promise<void> {
  const request = { port, clock: testClock, integrationIdentifier, version: "0.0.0" };
  const parsed = await parseMapping(mapping);
  await initPort({ ...request, mapping: parsed });
  const users = sandbox.port.blueprints().find(({ identifier }) => identifier === "pagerdutyUser");
  sandbox.port.putBlueprint({ ...users, schema: { properties: {}, required: [] } });
  await initPort({ ...request, mapping: parsed });
  await installPortWebhook({ port, name: "live" });
  await setPortWebhookSecret({ port, name: "live", secret: "s3cret" });
}

/** What later goes, and what stands in its way. */
function addObjects({ sandbox }: SyncSetting): { readonly named: string; readonly closed: string } {
  const { pagerduty } = sandbox;
  const named = pagerduty.createService({ name: "Named" });
  pagerduty.createIncident({ serviceId: named, title: "Open" });
  const closed = pagerduty.createIncident({ serviceId: named, title: "Closed" });
  pagerduty.resolveIncident(closed);
  sandbox.port.putBlueprint({
    identifier: "badge",
    title: "Badge",
    schema: { properties: {}, required: [] },
    relations: { user: { target: "pagerdutyUser", many: false, required: true } },
  });
  return { named, closed };
}
