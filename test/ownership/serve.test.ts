import { expect, test } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { signWebhook } from "@pagerport/core/testing";
import { createPostgresDatabase } from "../../packages/core/src/testing/test-postgres.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { runHere } from "../support/run-here.ts";
import { startServer } from "../support/run-server.ts";
import { waitUntil } from "../support/run-service.ts";
import { account, startOwnHosts, startSharedHost, withPagerDutyOf } from "./own-hosts.ts";

const secret = "hush";

function describeChange(sandbox: Sandbox): string {
  const [incident] = sandbox.pagerduty.allIncidents();
  const id = incident?.id;
  const event = { id: "01F", event_type: "incident.triggered", resource_type: "incident" };
  return JSON.stringify({ event: { ...event, data: { id, type: "incident" } } });
}

test("serve with another account's token keeps events, applies none, and says why when asked", async () => {
  await using own = await startOwnHosts();
  await using other = await startSandbox({ ...account, seed: "other" });
  using pagerDuty = startSharedHost(own.sandbox);
  const env = { ...own.env, PD_API_URL: pagerDuty.url, PD_WEBHOOK_SECRET: secret };
  expect((await runHere(["sync"], { cwd: own.folder.path, env })).code).toBe(0);
  pagerDuty.leadTo(other);
  const before = own.catalog();
  const server = await startServer({ cwd: own.folder.path, env });
  const body = describeChange(own.sandbox);
  const headers = {
    "content-type": "application/json",
    "x-pagerduty-signature": signWebhook(body, secret),
  };
  const response = await fetch(`${server.url}/webhook`, { method: "POST", headers, body });
  expect(response.status).toBe(202);
  const told = await server.waitFor(/^Not ready: events are received and kept/);
  expect(told["error"]).toContain("PD_TOKEN is of other-sandbox (other-sandbox.pagerduty.com)");
  const ready = await fetch(`${server.url}/health/ready`);
  expect([ready.status, await ready.json()]).toMatchObject([
    200,
    {
      held: "the credentials are of another PagerDuty account or Port organisation than this integration's: see the log",
      backlog: { waiting: 1 },
    },
  ]);
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
  expect(own.catalog()).toBe(before);
  // Another's account has not got a subscription either.
  expect(other.webhooks.subscriptions()).toEqual([]);

  // With the right token again the event is applied.
  pagerDuty.leadTo(own.sandbox);
  const right = await startServer({ cwd: own.folder.path, env });
  await right.waitFor(/^Event (applied|ignored|without effect)/);
  await right.waitFor(
    /^PagerDuty account pagerport-sandbox \(pagerport-sandbox.pagerduty.com\), Port/,
  );
  right.kill("SIGTERM");
  expect((await right.finished).code).toBe(0);
});

test("pins are remembered in PostgreSQL beside the stores of other hosts and credentials", async () => {
  await using sandbox = await startSandbox({ ...account });
  await using eu = await startSandbox({ ...account, seed: "other", region: "eu" });
  await using own = await startOwnHosts();
  const PAGERPORT_DATABASE_URL = await createPostgresDatabase();
  const env = { ...own.env, PAGERPORT_DATABASE_URL };
  const run = (more: Record<string, string>) =>
    runHere(["sync"], { cwd: own.folder.path, env: { ...env, ...more } });
  expect((await run({})).code).toBe(0);
  // Neither the store nor Port knows anything of an identifier that is new there.
  const before = own.catalog();
  const { code, stderr } = await run(withPagerDutyOf(eu, {}));
  expect([code, own.catalog() === before]).toEqual([2, true]);
  expect(stderr).toContain(
    "integration my-pagerduty-integration belongs to pagerport-sandbox.pagerduty.com",
  );
  expect(sandbox.port.entityCount).toBe(0);
});

test("serve goes on by itself once its pin was renewed by sync --new-account", async () => {
  await using own = await startOwnHosts({ services: 15, incidents: 0 });
  rmSync(own.folder.file("state"), { recursive: true });
  await using other = await startSandbox({ ...account, seed: "other", incidents: 0 });
  const env = { ...withPagerDutyOf(other, own.env), PD_WEBHOOK_SECRET: secret };
  expect((await runHere(["sync"], { cwd: own.folder.path, env })).code).toBe(2);
  expect(readdirSync(own.folder.path).filter((name) => name.startsWith("deleted-"))).toEqual([]);
  const args = ["sync", "--new-account", "other-sandbox"];
  await runHere(args, { cwd: own.folder.path, env });
  const server = await startServer({ cwd: own.folder.path, env });
  await server.waitFor(/^PagerDuty account other-sandbox/);
  await waitUntil(async () => server.log.some(({ message }) => message.startsWith("Resync ended")));
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
});
