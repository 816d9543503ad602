import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { signWebhook } from "@pagerport/core/testing";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { createPostgresDatabase } from "../../packages/core/src/testing/test-postgres.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { connectBreakably } from "../support/breakable-connection.ts";
import { serverEnvironment, type ServerProcess, startServer } from "../support/run-server.ts";
import { createSmallDisk } from "../support/small-disk.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const secret = "hush";
const small = { services: 3, incidents: 20, schedules: 1, users: 2 } as const;
/** PostgreSQL starts in the first test that needs it. Milliseconds. */
const timeout = 60_000;

test(
  "pagerport serve answers 503 while its disk is full, and goes on when there is room",
  async () => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox(small);
    putBlueprints(sandbox);
    const disk = createSmallDisk(folder.path);
    const env = { ...serverEnvironment(sandbox, secret), PAGERPORT_STATE_DIR: folder.path };
    // Its own folder is out of sight of others.
    const server = await startServer({ cwd: "/", env, runtime: disk.runtime });
    await server.waitFor(/^Resync ended/);
    await expectOutage(server, sandbox, {
      begin: async () => disk.fill(server.pid),
      end: async () => disk.free(server.pid),
    });
    server.kill("SIGTERM");
    expect((await server.finished).code).toBe(0);
  },
  timeout,
);

test(
  "pagerport serve answers 503 while its database is away, and goes on when it is back",
  async () => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox(small);
    putBlueprints(sandbox);
    await using way = await connectBreakably(await createPostgresDatabase());
    const env = { ...serverEnvironment(sandbox, secret), PAGERPORT_DATABASE_URL: way.url };
    const server = await startServer({ cwd: folder.path, env });
    await server.waitFor(/^Resync ended/);
    await expectOutage(server, sandbox, { begin: way.cut, end: way.mend });
    server.kill("SIGTERM");
    expect((await server.finished).code).toBe(0);
  },
  timeout,
);

interface Outage {
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<void>;
}

/** Lets the store of a server break and come back, and looks at what the server says to that. */
async function expectOutage(
  server: ServerProcess,
  sandbox: Sandbox,
  outage: Outage,
): Promise<void> {
  const incidents = [...sandbox.pagerduty.allIncidents()].map(({ id }) => id);
  const send = (number: number): Promise<number> =>
    sendChange(server, sandbox, incidents[number % incidents.length] ?? "", number);
  const first = incidents.map((_, number) => number);
  expect(new Set(await Promise.all(first.map(send)))).toEqual(new Set([202]));
  await outage.begin();

  // What is left of a file that was longer once is written first.
  let number = first.length;
  while ((await send(number)) === 202) number += 1;
  while ((await readReadiness(server)).status !== "unhealthy") await Bun.sleep(50);
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  expect(await send(number)).toBe(503);

  await outage.end();
  while ((await readReadiness(server)).status !== "healthy") await Bun.sleep(50);
  expect(await send(number)).toBe(202);
  while ((await readReadiness(server)).backlog?.waiting !== 0) await Bun.sleep(50);
  for (const { id, title } of sandbox.pagerduty.allIncidents()) {
    expect([id, sandbox.port.entity("pagerdutyIncident", id)?.title]).toEqual([id, title]);
  }
  expect(await readReadiness(server)).toMatchObject({ backlog: { waiting: 0, dead: 0 } });
}

/** Changes an incident, tells the server, and tells what it answers. */
async function sendChange(
  server: ServerProcess,
  sandbox: Sandbox,
  id: string,
  number: number,
): Promise<number> {
  sandbox.pagerduty.changeObject(id, { title: `Change ${number}` });
  const data = { id, type: "incident" };
  const event = { id: `event-${number}`, event_type: "incident.priority_updated", data };
  const body = JSON.stringify({ event });
  const headers = {
    "content-type": "application/json",
    "x-pagerduty-signature": signWebhook(body, secret),
  };
  return (await fetch(`${server.url}/webhook`, { method: "POST", headers, body })).status;
}

interface ShownReadiness {
  readonly status: "healthy" | "unhealthy";
  readonly backlog?: { readonly waiting: number; readonly dead: number };
}

async function readReadiness(server: ServerProcess): Promise<ShownReadiness> {
  const response = await fetch(`${server.url}/health/ready`);
  const body = (await response.json()) as ShownReadiness;
  expect(response.status).toBe(body.status === "healthy" ? 200 : 503);
  return body;
}
