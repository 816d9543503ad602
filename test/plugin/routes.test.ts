import { expect, test } from "bun:test";
import { mockCredentials, mockServices } from "@backstage/backend-test-utils";
import { AuthorizeResult } from "@backstage/plugin-permission-common";
import { startSandbox } from "@pagerport/cli/sandbox";
import { describeError } from "@pagerport/core";
import { signWebhook } from "@pagerport/core/testing";
import { recordLogs } from "../support/record-logs.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { describeEvent, portalDatabases, startPortal, waitUntil } from "../support/start-portal.ts";

const small = { services: 3, incidents: 20 };
const inMemory = { client: "better-sqlite3", connection: ":memory:" };
const nobody = { authorization: mockCredentials.none.header() };
const somebody = { authorization: mockCredentials.user.header() };

for (const [sort, createDatabase] of portalDatabases) {
  test(`the webhook takes what is signed and nothing else, on ${sort}`, async () => {
    await using sandbox = await startSandbox(small);
    await using portal = await startPortal(sandbox, { database: await createDatabase() });
    const body = describeEvent("incident.triggered", "Q1", { service: { id: "P1" } });
    const answers = [
      await portal.post(body, nobody),
      await portal.post(body),
      await portal.post(body, { "x-pagerduty-signature": "" }),
      await portal.post(body, { "x-pagerduty-signature": signWebhook(body, "another secret") }),
      await portal.post(body, { "content-type": "text/plain" }),
      await portal.post("x".repeat(1_100_000)),
      await fetch(`${portal.url}/webhook`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 401, 401, 415, 413, 405]);
    expect(await answers[0]?.json()).toEqual({ outcome: "accepted" });
    expect(await answers[1]?.json()).toEqual({ outcome: "known" });
  });
}

test("nothing but the webhook is open to all, and nothing lies below it", async () => {
  await using sandbox = await startSandbox(small);
  await using portal = await startPortal(sandbox, { database: inMemory });
  const ask = (path: string, method = "GET"): Promise<Response> =>
    fetch(`${portal.url}${path}`, { method, headers: nobody });
  for (const [path, method, status] of [
    ["/health", "GET", 401],
    ["/status", "GET", 401],
    ["/resync", "POST", 401],
    ["/deletions", "GET", 401],
    ["/restore", "POST", 401],
    ["/anything", "GET", 401],
    ["/webhook/status", "GET", 404],
    ["/webhook/resync", "POST", 404],
    ["/webhook/../status", "GET", 401],
    ["/webhook%2F..%2Fstatus", "GET", 401],
  ] as const) {
    expect([path, (await ask(path, method)).status]).toEqual([path, status]);
  }
  expect(await (await ask("/status")).json()).toMatchObject({
    error: { name: "AuthenticationError" },
    request: { method: "GET", url: "/status" },
    response: { statusCode: 401 },
  });
});

test("whoever is signed in sees how it is", async () => {
  await using sandbox = await startSandbox(small);
  await using portal = await startPortal(sandbox, { database: inMemory });
  const body = JSON.stringify({ event: { id: "01F", event_type: "incident.triggered", data: {} } });
  await portal.post(body);
  const health = await fetch(`${portal.url}/health`, { headers: somebody });
  expect(await health.json()).toEqual({
    status: "ok",
    problems: [],
    missing: [],
    webhook: "ready",
    store: { place: "the plugin's database", isPersistent: false },
  });
  const status = await fetch(`${portal.url}/status`, { headers: somebody });
  expect(await status.json()).toMatchObject({
    backlog: { waiting: 0, dead: 1 },
    paused: [],
    deadLetters: [{ id: "01F", type: "incident.triggered", attempts: 0 }],
  });
});

test("resyncs and restores are for those who have the permission, and are audited", async () => {
  await using sandbox = await startSandbox(small);
  const options = { method: "POST", headers: { ...somebody, "content-type": "application/json" } };
  const denied = mockServices.permissions.factory({ result: AuthorizeResult.DENY });
  const logs = recordLogs();
  const config = { permission: { enabled: true } };
  {
    const features = [denied, logs.feature];
    await using portal = await startPortal(sandbox, { database: inMemory, config, features });
    const refused = await fetch(`${portal.url}/resync`, options);
    expect(refused.status).toBe(403);
    expect((await fetch(`${portal.url}/restore`, options)).status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { name: "NotAllowedError" } });
  }
  const allowed = mockServices.permissions.factory({ result: AuthorizeResult.ALLOW });
  const features = [allowed, logs.feature];
  await using portal = await startPortal(sandbox, { database: inMemory, config, features });
  for (const [body, status] of [
    [undefined, 202],
    [`{"type":"delta"}`, 202],
    [`{"type":"partial"}`, 400],
    [`{"type":`, 400],
  ] as const) {
    const answer = await fetch(`${portal.url}/resync`, { ...options, body });
    expect([body, answer.status]).toEqual([body, status]);
  }
  const audited = logs.lines.filter((line) => line.includes("pagerport.resync"));
  const count = (word: string): number => audited.filter((line) => line.includes(word)).length;
  expect([count("initiated"), count("succeeded"), count("Error")]).toEqual([5, 2, 3]);
});

test("without credentials the plugin starts, and says what is missing", async () => {
  await using sandbox = await startSandbox(small);
  const logs = recordLogs();
  await using portal = await startPortal(sandbox, {
    database: inMemory,
    pagerport: { pagerduty: {}, allowActions: "user:default/mock" },
    features: [logs.feature],
  });
  const missing = "pagerport.pagerduty.token (or pagerDuty.apiToken, or pagerDuty.oauth)";
  expect(logs.lines.join("\n")).toInclude(missing);
  expect((await portal.post(describeEvent("incident.triggered", "Q1"))).status).toBe(503);
  const health = await fetch(`${portal.url}/health`, { headers: somebody });
  expect(await health.json()).toEqual({ status: "not configured", missing: [missing] });
  const resync = await fetch(`${portal.url}/resync`, { method: "POST", headers: somebody });
  expect(resync.status).toBe(503);
});

test("credentials that a host refuses are told by the keys that they are in", async () => {
  await using sandbox = await startSandbox(small);
  const { pagerDutyUrl: apiUrl, portUrl: baseUrl } = sandbox;
  const port = { clientId: sandbox.portClientId, clientSecret: "wrong-canary", baseUrl };
  const logs = recordLogs();
  const pagerport = { pagerduty: { token: "wrong-canary", apiUrl }, port };
  const options = { database: inMemory, pagerport, features: [logs.feature] };
  await using portal = await startPortal(sandbox, options);
  const log = (): string => logs.lines.join("\n");
  await waitUntil(() => log().includes("pagerport.port.clientSecret"));
  const health = await fetch(`${portal.url}/health`, { headers: somebody });
  const { problems } = (await health.json()) as { readonly problems: readonly string[] };
  expect(problems.join("\n")).toInclude("Port does not accept pagerport.port.clientId");
  expect(log()).not.toMatch(/PD_TOKEN|PORT_CLIENT|PORT_BASE_URL|canary/);
});

for (const [sort, createDatabase] of portalDatabases) {
  test(`where migrations are another's, the plugin makes no table, and works once they are there, on ${sort}`, async () => {
    await using sandbox = await startSandbox(small);
    using folder = new TemporaryFolder();
    const isShared = sort === "PostgreSQL";
    const sqlite = { client: "better-sqlite3", connection: { directory: folder.path } };
    const database = isShared ? await createDatabase() : sqlite;
    const body = describeEvent("incident.triggered", "Q1", { service: { id: "P1" } });
    // Backstage's own switch, for one plugin.
    const plugin = { pagerport: { skipMigrations: true } };
    await using portal = await startPortal(sandbox, { database: { ...database, plugin } });
    expect((await portal.post(body)).status).toBe(503);
    await using another = await startPortal(sandbox, { database });
    expect((await another.post(body)).status).toBe(202);
    const answer = await portal.post(body);
    expect([answer.status, await answer.json()]).toEqual([202, { outcome: "known" }]);
  });
}

test("a wrong configuration does not start, and is told by its key", async () => {
  await using sandbox = await startSandbox(small);
  const pagerport = { integrationIdentifier: "two words" };
  let message = "";
  try {
    await using portal = await startPortal(sandbox, { database: inMemory, pagerport });
    message = portal.url;
  } catch (error) {
    message = describeError((error as Error).cause ?? error);
  }
  expect(message).toInclude("pagerport.integrationIdentifier must be one word");
});

test("the host's Request and Response stay what they were", async () => {
  const { Request: request, Response: response } = globalThis;
  await using sandbox = await startSandbox(small);
  await using portal = await startPortal(sandbox, { database: inMemory });
  await portal.post("{}");
  expect(globalThis.Request).toBe(request);
  expect(globalThis.Response).toBe(response);
});
