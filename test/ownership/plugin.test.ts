import { expect, test } from "bun:test";
import { mockCredentials } from "@backstage/backend-test-utils";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { describeEvent, readStatus, startPortal, waitUntil } from "../support/start-portal.ts";
import { account, startOwnHosts } from "./own-hosts.ts";

const database = { client: "better-sqlite3", connection: ":memory:" };

test("the plugin with another account's token keeps events, applies none, and its health says why", async () => {
  await using own = await startOwnHosts();
  await using other = await startSandbox({ ...account, seed: "other" });
  const before = own.catalog();
  await using portal = await startPortal(own.sandbox, {
    database,
    pagerport: {
      pagerduty: {
        token: other.token,
        apiUrl: other.pagerDutyUrl,
        webhookSecrets: ["portal-webhook-secret"],
      },
    },
  });
  const [incident] = own.sandbox.pagerduty.allIncidents();
  const event = describeEvent("incident.triggered", incident?.id ?? "");
  expect((await portal.post(event)).status).toBe(202);
  await waitUntil(async () => "foreignHosts" in (await readStatus(portal)));
  expect(await readStatus(portal)).toMatchObject({
    backlog: { waiting: 1 },
    lastRuns: [],
    foreignHosts: expect.stringContaining(
      "pagerport.pagerduty.token is of other-sandbox (other-sandbox.pagerduty.com)",
    ),
  });
  const health = await (await fetch(`${portal.url}/health`)).json();
  expect(health).toMatchObject({
    status: "trouble",
    problems: [
      expect.stringContaining(
        "Where the integration is to go over to that account: pagerport.expectAccount: other-sandbox",
      ),
    ],
  });
  expect(own.catalog()).toBe(before);
});

test("the plugin goes over to the account that pagerport.expectAccount names", async () => {
  await using own = await startOwnHosts({ incidents: 0 });
  await using other = await startSandbox({ ...account, incidents: 0, seed: "other" });
  await using portal = await startPortal(own.sandbox, {
    database,
    pagerport: {
      pagerduty: { token: other.token, apiUrl: other.pagerDutyUrl },
      expectAccount: "other-sandbox",
    },
  });
  await waitUntil(async () => (await readStatus(portal)).lastRuns.length > 0);
  expect(own.sandbox.port.entities("pagerdutyService").length).toBe(30);
});

test("the plugin puts nothing back into another Port organisation than the one expected", async () => {
  await using own = await startOwnHosts({ incidents: 0 });
  const before = own.catalog();
  await using portal = await startPortal(own.sandbox, {
    database,
    pagerport: { expectPortOrg: "org_other", allowActions: ["user:default/mock"] },
  });
  const restore = await fetch(`${portal.url}/restore`, {
    method: "POST",
    headers: { authorization: mockCredentials.user.header(), "content-type": "application/json" },
    body: JSON.stringify({ run: 1 }),
  });
  expect([restore.ok, await restore.text()]).toEqual([
    false,
    expect.stringContaining("pagerport.expectPortOrg expects org_other"),
  ]);
  expect(own.catalog()).toBe(before);
});
