import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { loadStoreSettings, openStore, readBacklog } from "@pagerport/core";
import { signWebhook } from "@pagerport/core/testing";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { portEnvironment, runCli } from "../support/run-cli.ts";
import { serverEnvironment, startServer } from "../support/run-server.ts";
import { endOptions, runtimes } from "../support/runtimes.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const secret = "hush-canary";
const small = { services: 5, incidents: 20, schedules: 2, users: 4 } as const;

function post(url: string, body: string, signature = signWebhook(body, secret)) {
  const headers = { "content-type": "application/json", "x-pagerduty-signature": signature };
  return fetch(url, { method: "POST", headers, body });
}

function describeEvent(sandbox: Sandbox, id: string): string {
  const [service] = sandbox.pagerduty.allServices();
  const created = sandbox.pagerduty.createIncident({ serviceId: service?.id ?? "" });
  const incident = sandbox.pagerduty.incident(created);
  const data = { ...incident, type: "incident", client: "payload-canary" };
  return JSON.stringify({ event: { id, event_type: "incident.triggered", data } });
}

function findFreePort(): Promise<number> {
  const probe = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const port = probe.port ?? 0;
  return probe.stop(true).then(() => port);
}

function idOf(body: string): string {
  return (JSON.parse(body) as { event: { data: { id: string } } }).event.data.id;
}

for (const [name, runtime] of Object.entries(runtimes)) {
  test(
    `pagerport serve brings an event to Port and ends in order, unbuilt on ${name}`,
    async () => {
      using folder = new TemporaryFolder();
      await using sandbox = await startSandbox(small);
      const env = serverEnvironment(sandbox, secret);
      const server = await startServer({ cwd: folder.path, env, runtime });
      await server.waitFor(/^Resync ended/);
      const body = describeEvent(sandbox, "01F");
      expect((await post(`${server.url}/webhook`, body, "v1=00")).status).toBe(401);
      const response = await post(`${server.url}/webhook`, body);
      expect([response.status, await response.json()]).toEqual([202, { outcome: "accepted" }]);
      const applied = await server.waitFor(/^Event applied/, `incidents/${idOf(body)}`);
      expect(applied).toMatchObject({
        level: "info",
        event: "01F",
        type: "incident.triggered",
        kind: "incidents",
        key: `incidents/${idOf(body)}`,
        outcome: "applied",
        ms: expect.any(Number),
      });
      expect(sandbox.port.entity("pagerdutyIncident", idOf(body))).toBeDefined();

      const live = await fetch(`${server.url}/health/live`);
      expect([live.status, await live.json()]).toMatchObject([200, { status: "healthy" }]);
      const ready = await fetch(`${server.url}/health/ready`);
      expect([ready.status, await ready.json()]).toMatchObject([
        200,
        { store: { reachable: true }, webhook: { state: "by-hand" }, backlog: { dead: 0 } },
      ]);
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(metrics).toContain(
        'pagerport_webhooks_total{type="incident.triggered",outcome="accepted"} 1',
      );
      expect(metrics).toContain('pagerport_resyncs_total{type="full",outcome="done"} 1');

      server.kill("SIGTERM");
      const { code, stdout } = await server.finished;
      expect([code, stdout]).toEqual([0, ""]);
      expect(server.log.at(-1)?.message).toBe("Stopped");
      expect(server.log.filter(({ level }) => !["info", "warning"].includes(level))).toEqual([]);
      expect(JSON.stringify(server.log)).not.toMatch(/canary|v1=/);
    },
    endOptions(name),
  );
}

test("pagerport serve that is told to stop finishes what it has begun", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  const env = serverEnvironment(sandbox, secret);
  const server = await startServer({ cwd: folder.path, env });
  await server.waitFor(/^Resync ended/);
  sandbox.configure({ latency: { minMs: 200, maxMs: 200 } });
  const body = describeEvent(sandbox, "01F");
  const fetched = new Promise<void>((resolve) => {
    sandbox.onRequest(() => resolve());
  });
  expect((await post(`${server.url}/webhook`, body)).status).toBe(202);
  await fetched;
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
  expect(sandbox.port.entity("pagerdutyIncident", idOf(body))).toBeDefined();
});

test("pagerport serve that is told to stop gives up what does not end within the grace period", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  const env = { ...serverEnvironment(sandbox, secret), PAGERPORT_SHUTDOWN_GRACE: "1" };
  const server = await startServer({ cwd: folder.path, env });
  await server.waitFor(/^Resync ended/);
  sandbox.configure({ latency: { minMs: 20_000, maxMs: 20_000 } });
  const fetched = new Promise<void>((resolve) => {
    sandbox.onRequest(() => resolve());
  });
  expect((await post(`${server.url}/webhook`, describeEvent(sandbox, "01F"))).status).toBe(202);
  await fetched;
  const toldAt = performance.now();
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
  // Starting and ending a process are in it.
  expect(performance.now() - toldAt).toBeLessThan(5000);
  expect(server.log.filter(({ level }) => level === "error")).toEqual([]);
  const { name } = loadStoreSettings({ environment: env }, folder.path);
  await using store = await openStore({ stateDir: `${folder.path}/.local/state/pagerport`, name });
  // Nobody has to wait until the claim lapses.
  expect(await store.sql.all("SELECT * FROM inbox_key")).toEqual([]);
  expect(await readBacklog(store.sql)).toMatchObject({ waiting: 2, dead: 0 });
});

test("pagerport serve takes events while Port refuses its credentials, and the next one applies them", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  const good = serverEnvironment(sandbox, secret);
  const env = { ...good, PORT_CLIENT_SECRET: "wrong" };
  const first = await startServer({ cwd: folder.path, env });
  expect(await first.waitFor(/^Not ready/)).toMatchObject({
    level: "error",
    error: expect.stringContaining("PORT_CLIENT_SECRET"),
    retryInMs: 60_000,
  });
  const body = describeEvent(sandbox, "01F");
  expect((await post(`${first.url}/webhook`, body)).status).toBe(202);
  const ready = await fetch(`${first.url}/health/ready`);
  expect([ready.status, await ready.json()]).toMatchObject([200, { backlog: { waiting: 2 } }]);
  first.kill("SIGTERM");
  expect((await first.finished).code).toBe(0);

  const second = await startServer({ cwd: folder.path, env: good });
  await second.waitFor(/^Resync ended/);
  expect(sandbox.port.entity("pagerdutyIncident", idOf(body))).toBeDefined();
  const again = await post(`${second.url}/webhook`, body);
  expect(await again.json()).toEqual({ outcome: "known" });
  second.kill("SIGINT");
  expect((await second.finished).code).toBe(130);
});

test("pagerport serve takes the chart's variables, has a prefix, and metrics elsewhere", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  const env = {
    OCEAN__PORT__BASE_URL: sandbox.portUrl,
    OCEAN__PORT__CLIENT_ID: sandbox.portClientId,
    OCEAN__PORT__CLIENT_SECRET: sandbox.portClientSecret,
    OCEAN__INTEGRATION__CONFIG__TOKEN: sandbox.token,
    OCEAN__INTEGRATION__CONFIG__API_URL: sandbox.pagerDutyUrl,
    OCEAN__INTEGRATION__IDENTIFIER: "default-identifier",
    OCEAN__EVENT_LISTENER: '{"type":"KAFKA","brokers":["b:9196"]}',
    OCEAN__INITIALIZE_PORT_RESOURCES: "true",
    OCEAN__PATH_PREFIX: "/ocean",
    PAGERPORT_STATE_DIR: folder.path,
    PAGERPORT_REQUESTS_PER_MINUTE: "0",
  };
  const args = ["--metrics-listen", "127.0.0.1:0"];
  const server = await startServer({ cwd: folder.path, env, args });
  await server.waitFor(/^Resync ended/);
  const warnings = server.log.filter(({ level }) => level === "warning");
  expect(warnings.map(({ message }) => message).join("\n")).toMatch(
    /KAFKA[^]*OCEAN__EVENT_LISTENER \(brokers\)[^]*There are no webhooks/,
  );
  const { port } = await server.waitFor(/^Metrics are on/);
  const status = async (url: string) => (await fetch(url)).status;
  expect(await status(`http://127.0.0.1:${String(port)}/metrics`)).toBe(200);
  expect(await status(`${server.url}/ocean/metrics`)).toBe(404);
  expect(await status(`${server.url}/ocean/health/live`)).toBe(200);
  expect(await status(`${server.url}/health/ready`)).toBe(200);
  // Without a secret nothing can be told from a forgery.
  expect((await post(`${server.url}/ocean/integration/webhook`, "{}")).status).toBe(503);
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
});

test("pagerport serve with a public address has PagerDuty send to it, and keeps the secret", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  const address = `127.0.0.1:${await findFreePort()}`;
  const env = portEnvironment(sandbox);
  const args = ["--listen", address, "--base-url", `http://${address}`, "--require-webhook"];
  for (const _ of [1, 2]) {
    const server = await startServer({ cwd: folder.path, env, args });
    await server.waitFor(/^Resync ended/);
    while (sandbox.webhooks.subscriptions().length === 0) await Bun.sleep(10);
    const body = describeEvent(sandbox, "unused");
    await server.waitFor(/^Event applied/, `incidents/${idOf(body)}`);
    expect(sandbox.port.entity("pagerdutyIncident", idOf(body))).toBeDefined();
    const ready = await (await fetch(`${server.url}/health/ready`)).json();
    expect(ready).toMatchObject({ webhook: { state: "ready" } });
    // What a new subscription may have missed is in the run of the start.
    expect(server.log.filter(({ message }) => message === "Resync began")).toHaveLength(1);
    server.kill("SIGTERM");
    expect((await server.finished).code).toBe(0);
  }
  expect(sandbox.webhooks.subscriptions()).toHaveLength(1);
});

test("pagerport serve --require-webhook ends with 4 where the token may not make a subscription", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  const env = { ...portEnvironment(sandbox), PD_TOKEN: sandbox.readOnlyToken };
  const args = ["serve", "--listen", "127.0.0.1:0", "--base-url", "https://hook.test"];
  const required = [...args, "--require-webhook"];
  const { code } = await runCli(required, { cwd: folder.path, env });
  expect(code).toBe(4);
});

test("pagerport serve --insecure-no-signature takes what is unsigned, and warns", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  const args = ["--insecure-no-signature"];
  const server = await startServer({ cwd: folder.path, env: portEnvironment(sandbox), args });
  expect(await server.waitFor(/unsigned ones are taken/)).toMatchObject({ level: "warning" });
  const response = await post(`${server.url}/webhook`, describeEvent(sandbox, "01F"), "");
  expect(response.status).toBe(202);
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
});

test("pagerport serve ends with 2 where its settings cannot work, naming all that is wrong", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  await Bun.write(folder.file("bad.yaml"), "resources: []\nfoo: 1\n");
  const good = serverEnvironment(sandbox, secret);
  const busy = new URL(sandbox.portUrl).port;
  const { PD_WEBHOOK_SECRET: _, ...secretless } = good;
  const cases: readonly (readonly [readonly string[], Record<string, string>, RegExp])[] = [
    [[], { PAGERPORT_LISTEN: "x" }, /PD_TOKEN[^]*PORT_CLIENT_ID[^]*PAGERPORT_LISTEN/],
    [["--mapping", "bad.yaml"], good, /bad\.yaml:2:1/],
    [["--listen", `127.0.0.1:${busy}`], good, /Cannot listen on 127\.0\.0\.1/],
    [["--listen", "127.0.0.1:0", "--require-webhook"], secretless, /PD_WEBHOOK_SECRET/],
    [["--lisen", "1"], good, /--listen/],
  ];
  for (const [args, env, message] of cases) {
    const { code, stderr } = await runCli(["serve", ...args], { cwd: folder.path, env });
    expect([args, code, stderr]).toEqual([args, 2, expect.stringMatching(message)]);
  }
});

test("pagerport serve ends with 2 where Port holds what the mapping cannot do with", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  sandbox.port.putBlueprint({ identifier: "other", title: "Other", schema: { properties: {} } });
  sandbox.port.putBlueprint({
    identifier: "pagerdutyIncident",
    title: "Incident",
    schema: { properties: {} },
    relations: { pagerdutyService: { title: "Service", target: "other", many: false } },
  });
  const env = serverEnvironment(sandbox, secret);
  const args = ["serve", "--listen", "127.0.0.1:0"];
  const { code, stderr } = await runCli(args, { cwd: folder.path, env });
  expect([code, stderr]).toEqual([2, expect.stringContaining("Port is not ready for the mapping")]);
  expect(stderr).not.toContain("Listening");
});

test("pagerport serve with the listener ONCE runs one resync and ends as sync does", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  const env = { ...portEnvironment(sandbox), OCEAN__EVENT_LISTENER: '{"type":"ONCE"}' };
  const state = { PAGERPORT_STATE_DIR: folder.file("state") };
  const run = () => runCli(["serve"], { cwd: folder.path, env: { ...env, ...state } });
  const { code, stderr } = await run();
  expect([code, /Took/.test(stderr)]).toEqual([0, true]);
  expect(sandbox.port.entityCount).toBeGreaterThan(0);
  const service = sandbox.pagerduty.createService({});
  expect((await run()).code).toBe(0);
  sandbox.pagerduty.deleteService(service);
  sandbox.clock.advance(60_000);
  expect((await run()).code).toBe(0);
  // Only the state directory can be written where Ocean's container runs.
  expect(readdirSync(folder.file("state")).filter((name) => /deleted/.test(name))).toHaveLength(1);
  const refused = await runCli(["serve"], { cwd: folder.path, env: { ...env, PD_TOKEN: "wrong" } });
  expect(refused.code).toBe(4);
});
