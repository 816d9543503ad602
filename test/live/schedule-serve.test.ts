import { expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { signWebhook } from "@pagerport/core/testing";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { main, portEnvironment } from "../support/run-cli.ts";
import { type ServerProcess, startServer, type StartServerOptions } from "../support/run-server.ts";
import { waitUntil } from "../support/run-service.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const small = { services: 5, incidents: 20, schedules: 2, users: 4 } as const;

/** The user of Ocean's container; another one than that of a build machine. */
const user = 1001;
const writable = "/tmp/ocean";
const stateDir = `${writable}/pagerport`;

/** Runs as a user who may write nowhere else, where this process may do that; else as this one's. */
function becomeUser(): string[] {
  const change = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
  const reads = ["test", "-x", process.execPath, "-a", "-r", main];
  if (process.getuid?.() !== 0 || Bun.which("setpriv") === null) return [process.execPath];
  if (Bun.spawnSync([...change, ...reads]).exitCode !== 0) return [process.execPath];
  for (const folder of [writable, stateDir]) mkdirSync(folder, { recursive: true });
  chmodSync(writable, 0o777);
  chownSync(stateDir, user, user);
  return [...change, process.execPath];
}

/** Starts it on the port that the chart's probes ask, or on another where that is taken. */
async function startOnPort(options: StartServerOptions): Promise<ServerProcess> {
  try {
    return await startServer({ ...options, listen: [] });
  } catch (error) {
    if (!String(error).includes("Cannot listen on")) throw error;
    const env = { ...options.env, APPLICATION__PORT: "0" };
    return startServer({ ...options, env, listen: [] });
  }
}

test("pagerport serve with the chart's environment works where only /tmp/ocean can be written", async () => {
  await using sandbox = await startSandbox(small);
  const secret = "hush";
  // Others on this machine may share the folder.
  const identifier = `default-identifier-${process.pid}`;
  const env = {
    // What the chart's config map always sets, with its own defaults.
    OCEAN__PORT__BASE_URL: sandbox.portUrl,
    OCEAN__INITIALIZE_PORT_RESOURCES: "true",
    OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS: "true",
    OCEAN__SEND_RAW_DATA_EXAMPLES: "true",
    OCEAN__EVENT_LISTENER:
      '{"type":"KAFKA","brokers":"[\\"b-1:9196\\",\\"b-2:9196\\"]","securityProtocol":"SASL_SSL"}',
    OCEAN__LAKEHOUSE_ENABLED: "true",
    OCEAN__PROCESSING_MODE: "dsp",
    OCEAN__STREAMING__ENABLED: "false",
    OCEAN__ACTIONS_PROCESSOR__ENABLED: "false",
    OCEAN__PROCESS_EXECUTION_MODE: "single_process",
    // What the values of a release add.
    OCEAN__INTEGRATION__IDENTIFIER: identifier,
    OCEAN__INTEGRATION__CONFIG__API_URL: sandbox.pagerDutyUrl,
    OCEAN__INTEGRATION__CONFIG__WEBHOOK_SECRET: secret,
    OCEAN__SCHEDULED_RESYNC_INTERVAL: "120",
    // Its secret.
    OCEAN__PORT__CLIENT_ID: sandbox.portClientId,
    OCEAN__PORT__CLIENT_SECRET: sandbox.portClientSecret,
    OCEAN__INTEGRATION__CONFIG__TOKEN: sandbox.token,
    HOME: "/nonexistent",
  };
  const listOwn = (): string[] =>
    readdirSync(stateDir).filter((name) => name.includes(identifier.replaceAll("-", "_")));
  const runtime = becomeUser();
  const server = await startOnPort({ cwd: "/", env, runtime });
  try {
    await server.waitFor(/^Resync ended/);
    for (const path of ["/health/live", "/health/ready", "/metrics"]) {
      expect([path, (await fetch(`${server.url}${path}`)).status]).toEqual([path, 200]);
    }
    const [service] = sandbox.pagerduty.allServices();
    const id = sandbox.pagerduty.createIncident({ serviceId: String(service?.id) });
    const data = { ...sandbox.pagerduty.incident(id), type: "incident" };
    const body = JSON.stringify({ event: { id: "01F", event_type: "incident.triggered", data } });
    const headers = {
      "content-type": "application/json",
      "x-pagerduty-signature": signWebhook(body, secret),
    };
    const answer = await fetch(`${server.url}/integration/webhook`, {
      method: "POST",
      headers,
      body,
    });
    expect(answer.status).toBe(202);
    await server.waitFor(/^Event applied/, `incidents/${id}`);
    expect(sandbox.port.entity("pagerdutyIncident", id)?.datasource).toContain(
      `/${identifier}/exporter`,
    );
    // It remembers, and where it may.
    const store = listOwn().find((name) => name.endsWith(".sqlite")) ?? "none";
    expect(listOwn()).toContain(store);
    const isOther = runtime.length > 1;
    if (isOther) expect(statSync(`${stateDir}/${store}`).uid).toBe(user);
    expect(server.log.filter(({ level }) => level === "error")).toEqual([]);
    expect(JSON.stringify(server.log)).not.toMatch(/kept in memory only/);
  } finally {
    server.kill("SIGTERM");
    expect((await server.finished).code).toBe(0);
    for (const name of listOwn()) rmSync(`${stateDir}/${name}`);
  }
});

test("pagerport serve whose state directory was emptied replaces its subscription, reads all again, and says so", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox({ ...small, years: 0.5 });
  const probe = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const address = `127.0.0.1:${probe.port}`;
  await probe.stop(true);
  const options = {
    cwd: folder.path,
    env: { ...portEnvironment(sandbox), PAGERPORT_STATE_DIR: folder.file("state") },
    listen: ["--listen", address, "--base-url", `http://${address}`],
  };
  const first = await startServer(options);
  await first.waitFor(/^Resync ended/);
  await waitUntil(() => sandbox.webhooks.subscriptions().length === 1);
  const [old] = sandbox.webhooks.subscriptions();
  first.kill("SIGTERM");
  expect((await first.finished).code).toBe(0);

  rmSync(folder.file("state"), { recursive: true });
  const [incident] = sandbox.pagerduty.allIncidents();
  const missed = String(incident?.id);
  sandbox.pagerduty.reopenIncident(missed);
  const second = await startServer(options);
  const made = await second.waitFor(/^Made the webhook subscription .+ in place of one/);
  expect(made.level).toBe("info");
  await second.waitFor(/^Resync ended/);
  await waitUntil(
    () => sandbox.port.entity("pagerdutyIncident", missed)?.properties["status"] === "triggered",
  );
  expect(second.log).toContainEqual(
    expect.objectContaining({
      message: "Resync asked for",
      runType: "full",
      reason: "events may have been missed",
    }),
  );
  const ids = sandbox.webhooks.subscriptions().map(({ id }) => id);
  expect([ids.length, ids[0]]).toEqual([2, String(old?.id)]);
  expect(made.message).toContain(` ${ids[1]} `);
  sandbox.pagerduty.acknowledgeIncident(missed);
  await second.waitFor(/^Event applied/, `incidents/${missed}`);
  second.kill("SIGTERM");
  expect((await second.finished).code).toBe(0);
});
