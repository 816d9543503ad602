import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  createEntityWriter,
  HttpError,
  type JsonObject,
  type PortClient,
  readDefaultFile,
} from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "../support/connect-sandbox.ts";
import { resyncSandbox } from "../support/resync-sandbox.ts";
import { type Exchange, type Recorder, recordTraffic } from "./record-traffic.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

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
  putBlueprints(sandbox);
  sandbox.pagerduty.createService({ name: "Refused" });

  await write(sandbox, recorder);
  sandbox.configure({ portApi: { listing: "identifiers" } });
  await write(sandbox, recorder);
  // Relations first refused for want of what they name, then written.
  sandbox.pagerduty.createService({ name: "New" });
  await write(sandbox, recorder, (text) =>
    text.replace("createMissingRelatedEntities: true", "createMissingRelatedEntities: false"),
  );
  const [user] = await sandbox.pagerduty.list("/users");
  sandbox.pagerduty.deleteUser(String(user?.["id"]));
  await write(sandbox, recorder);
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
  return connectSandboxPort(sandbox, { baseUrl: recorder.url, clientSecret });
}

async function write(
  sandbox: Sandbox,
  recorder: Recorder,
  change: (mapping: string) => string = (text) => text,
): Promise<void> {
  sandbox.clock.advance(60_000);
  await resyncSandbox(sandbox, {
    mapping: change(readDefaultFile("mapping.yaml")),
    port: connect(sandbox, recorder),
    pagerDuty: connectSandboxPagerDuty(sandbox, { apiUrl: recorder.url }),
  });
}
