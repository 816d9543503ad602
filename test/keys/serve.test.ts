import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { signWebhook } from "@pagerport/core/testing";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { runHere } from "../support/run-here.ts";
import { startServer } from "../support/run-server.ts";
import { waitUntil } from "../support/run-service.ts";
import { sendEvents } from "../support/send-events.ts";
import { fileEnvironment, keys, MountedSecret, startTwoAccounts } from "./two-accounts.ts";

const hush = "hush";
const portSecret = "sandbox-port-secret";

/** Titles of incidents as PagerDuty has them, and as Port has them. */
function compareTitles(sandbox: Sandbox) {
  const there = [...sandbox.pagerduty.allIncidents()].map(({ id, title }) => [id, title]);
  const stored = there.map(([id = ""]) => [
    id,
    sandbox.port.entity("pagerdutyIncident", id)?.title,
  ]);
  return { there, stored };
}

async function start(folder: TemporaryFolder, options: { readonly isSigned?: boolean } = {}) {
  const accounts = await startTwoAccounts();
  const secret = new MountedSecret(folder.file("secret"), {
    "pd-token": keys.own.token,
    "port-id": keys.own.clientId,
    "port-secret": portSecret,
  });
  const env = {
    ...fileEnvironment(accounts.url, secret),
    PAGERPORT_STATE_DIR: folder.file("state"),
    PAGERPORT_POLL_INTERVAL: "1",
    ...(options.isSigned === false ? {} : { PD_WEBHOOK_SECRET: hush }),
  };
  return { ...accounts, secret, env };
}

test("serve goes on when its keys are revoked and come anew by their files: no event is lost, runs go on", async () => {
  using folder = new TemporaryFolder();
  await using setting = await start(folder);
  const { own, secret, env } = setting;
  const server = await startServer({ cwd: folder.path, env });
  await server.waitFor(/^Resync ended/);
  const sender = sendEvents({ sandbox: own, secret: hush, connections: 4 });
  sender.targets.push(server.url);
  await sender.acknowledge(40);

  // The key is revoked before the file has the new one.
  own.replaceKeys({ token: "own-key-2" });
  await sender.acknowledge(40);
  await server.waitFor(/PagerDuty/);
  secret.put({ "pd-token": "own-key-2" });
  await sender.acknowledge(40);
  await server.waitFor(/^PD_TOKEN was replaced: the new one is used from here on/);

  // Port's secret is replaced in one go, its tokens die with it.
  own.port.replaceCredentials({ clientSecret: "second" });
  secret.put({ "port-secret": "second" });
  own.port.revokeTokens();
  await sender.acknowledge(40);
  await server.waitFor(/PORT_CLIENT_SECRET was replaced: the new one is used from here on/);
  await sender.stop();
  const ended = server.log.filter(({ message }) => message.startsWith("Resync ended")).length;
  own.port.requestResync("my-pagerduty-integration");
  await waitUntil(
    () => server.log.filter(({ message }) => message.startsWith("Resync ended")).length > ended,
  );
  await waitUntil(() => {
    const { there, stored } = compareTitles(own);
    return JSON.stringify(there) === JSON.stringify(stored);
  });
  expect(server.log.filter(({ message }) => /dead letter/i.test(message))).toEqual([]);
  expect(sender.counts.refused).toBe(0);
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
}, 120_000);

test("serve applies nothing with another account's token that takes the place of its own, and goes on with its own", async () => {
  using folder = new TemporaryFolder();
  await using setting = await start(folder);
  const { own, other, secret, env } = setting;
  const server = await startServer({ cwd: folder.path, env });
  await server.waitFor(/^Resync ended/);
  const before = setting.catalogs();
  secret.put({ "pd-token": keys.other.token });
  own.replaceKeys({ token: "own-key-2" });
  const sender = sendEvents({ sandbox: own, secret: hush, connections: 2 });
  sender.targets.push(server.url);
  await sender.acknowledge(80);
  await sender.stop();
  const told = await server.waitFor(/whose hosts they are/);
  expect(JSON.stringify(told)).toContain("PD_TOKEN is of other-sandbox");
  own.port.requestResync("my-pagerduty-integration");
  const ready = await fetch(`${server.url}/health/ready`);
  expect([ready.status, await ready.json()]).toMatchObject([200, { held: expect.any(String) }]);
  expect(setting.catalogs()).toEqual(before);
  expect(other.port.entityCount).toBe(0);
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
  expect(setting.catalogs()).toEqual(before);

  // What waited is applied by whoever has the right token.
  secret.put({ "pd-token": "own-key-2" });
  const right = await startServer({ cwd: folder.path, env });
  await waitUntil(() => {
    const { there, stored } = compareTitles(own);
    return JSON.stringify(there) === JSON.stringify(stored);
  });
  right.kill("SIGTERM");
  expect((await right.finished).code).toBe(0);
}, 120_000);

test("serve takes webhooks of both secrets while its file names both, and of the new one alone after", async () => {
  await using sandbox = await startSandbox({ services: 3, incidents: 3 });
  using folder = new TemporaryFolder();
  const file = folder.file("webhook-secret");
  writeFileSync(file, "old");
  const env = {
    PD_TOKEN: sandbox.token,
    PD_API_URL: sandbox.pagerDutyUrl,
    PORT_BASE_URL: sandbox.portUrl,
    PORT_CLIENT_ID: sandbox.portClientId,
    PORT_CLIENT_SECRET: sandbox.portClientSecret,
    PAGERPORT_STATE_DIR: folder.file("state"),
    PD_WEBHOOK_SECRET_FILE: file,
  };
  const server = await startServer({ cwd: folder.path, env });
  let number = 0;
  const post = async (secret: string): Promise<number> => {
    number += 1;
    const data = { id: "P1", type: "incident" };
    const event = {
      id: `01F${number}`,
      event_type: "incident.triggered",
      resource_type: "incident",
      data,
    };
    const body = JSON.stringify({ event });
    const headers = {
      "content-type": "application/json",
      "x-pagerduty-signature": signWebhook(body, secret),
    };
    return (await fetch(`${server.url}/webhook`, { method: "POST", headers, body })).status;
  };
  expect([await post("old"), await post("new")]).toEqual([202, 401]);
  writeFileSync(file, "old,new");
  expect([await post("new"), await post("old")]).toEqual([202, 202]);
  writeFileSync(file, "");
  expect([await post("never"), await post("new"), await post("old")]).toEqual([401, 202, 202]);
  writeFileSync(file, "new");
  expect([await post("never"), await post("old"), await post("new")]).toEqual([401, 401, 202]);
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
}, 60_000);

test("serve with a key that only reads makes its subscription with the one for these, and nothing else", async () => {
  using folder = new TemporaryFolder();
  await using setting = await start(folder, { isSigned: false });
  const { own, other, secret, env } = setting;
  secret.put({ "pd-token": keys.own.readOnlyToken });
  const files = new MountedSecret(folder.file("webhook"), { key: keys.other.token });
  const managed = {
    ...env,
    PD_WEBHOOK_TOKEN_FILE: files.path("key"),
    PAGERPORT_BASE_URL: "http://127.0.0.1:1",
  };
  // Another account's: no subscription there, and none here.
  const foreign = await startServer({ cwd: folder.path, env: managed });
  const told = await foreign.waitFor(/^PD_WEBHOOK_TOKEN is of the PagerDuty account other-sandbox/);
  expect(told.message).toContain("and PD_TOKEN of own-sandbox (own-sandbox.pagerduty.com)");
  await foreign.waitFor(/^Resync ended/);
  foreign.kill("SIGTERM");
  expect((await foreign.finished).code).toBe(0);
  expect([setting.changes, other.webhooks.subscriptions().length]).toEqual([[], 0]);

  files.put({ key: keys.own.token });
  const server = await startServer({ cwd: folder.path, env: managed });
  await server.waitFor(/^Made the webhook subscription/);
  await server.waitFor(/^Resync ended/);
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
  expect([own.webhooks.subscriptions().length, other.webhooks.subscriptions().length]).toEqual([
    1, 0,
  ]);
  // All that was changed, the key for it has changed.
  expect(setting.changes.length).toBeGreaterThan(0);
  expect(setting.changes.filter(({ key }) => key !== keys.own.token)).toEqual([]);
}, 60_000);

test("webhook commands use the key for subscriptions, alone or beside one that reads", async () => {
  using folder = new TemporaryFolder();
  await using setting = await start(folder, { isSigned: false });
  const { own, other, url } = setting;
  const run = (args: readonly string[], env: Record<string, string>) =>
    runHere(["webhook", ...args], { cwd: folder.path, env: { PD_API_URL: url, ...env } });
  const both = { PD_TOKEN: keys.own.readOnlyToken, PD_WEBHOOK_TOKEN: keys.own.token };
  const create = ["create", "--url", "https://hooks.test/webhook", "--secret-file", "made"];
  expect((await run(create, both)).code).toBe(0);
  const [made] = own.webhooks.subscriptions();
  const id = String(made?.id);
  const listed = await run(["list"], { PD_WEBHOOK_TOKEN: keys.own.token });
  expect([listed.code, listed.stdout.includes(id)]).toEqual([0, true]);
  own.webhooks.disable(id);
  expect((await run(["enable", id], both)).code).toBe(0);
  const foreign = { PD_TOKEN: keys.own.readOnlyToken, PD_WEBHOOK_TOKEN: keys.other.token };
  const again = ["create", "--url", "https://hooks.test/webhook"];
  for (const args of [again, ["list"], ["enable", id], ["delete", id], ["test", id]]) {
    const { code, stderr } = await run(args, foreign);
    expect([args[0], code, stderr]).toEqual([
      args[0],
      2,
      expect.stringContaining("Give both keys of one account"),
    ]);
  }
  expect([own.webhooks.subscriptions().length, other.webhooks.subscriptions().length]).toEqual([
    1, 0,
  ]);
  const readOnly = { PD_TOKEN: keys.own.token, PD_WEBHOOK_TOKEN: keys.own.readOnlyToken };
  const refused = await run(["delete", id], readOnly);
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("read-only")]);
  expect((await run(["delete", id], both)).code).toBe(0);
  expect(own.webhooks.subscriptions()).toEqual([]);
});
