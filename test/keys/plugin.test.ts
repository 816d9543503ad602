import { expect, test } from "bun:test";
import {
  portalDatabases,
  readStatus,
  startPortal,
  startPortalSandbox,
  waitUntil,
} from "../support/start-portal.ts";
import { keys, startTwoAccounts } from "./two-accounts.ts";

const publicUrl = "http://portal.test/api/pagerport/webhook";
const managed = { webhook: { publicUrl, manage: true } };

test("a plugin whose key only reads makes its subscription with the key for these", async () => {
  await using setting = await startPortalSandbox(
    { services: 4, incidents: 5, users: 4, schedules: 2 },
    { isSubscribed: false },
  );
  const { sandbox } = setting;
  const pagerduty = {
    token: sandbox.readOnlyToken,
    webhookToken: sandbox.token,
    apiUrl: sandbox.pagerDutyUrl,
  };
  await using portal = await startPortal(sandbox, {
    database: (await portalDatabases[0]?.[1]()) ?? {},
    pagerport: { ...managed, pagerduty },
  });
  setting.deliverTo(portal);
  await waitUntil(() => sandbox.webhooks.subscriptions().length > 0);
  await waitUntil(async () => (await readStatus(portal)).lastRuns.length > 0);
  await waitUntil(async () => {
    const { subscription } = await readStatus(portal);
    return JSON.stringify(subscription ?? {}).includes('"state":"ready"');
  });
});

test("a plugin makes no subscription in another account than the one that it reads", async () => {
  await using accounts = await startTwoAccounts();
  const { own, other, url } = accounts;
  const pagerduty = {
    token: keys.own.readOnlyToken,
    webhookToken: keys.other.token,
    apiUrl: url,
  };
  const port = {
    clientId: keys.own.clientId,
    clientSecret: own.portClientSecret,
    baseUrl: url,
  };
  await using portal = await startPortal(own, {
    database: (await portalDatabases[0]?.[1]()) ?? {},
    pagerport: { ...managed, pagerduty, port },
  });
  await waitUntil(async () => (await readStatus(portal)).lastRuns.length > 0);
  const read = async (): Promise<string> => JSON.stringify(await readStatus(portal));
  await waitUntil(async () => (await read()).includes("Give both keys of one account"));
  expect(await read()).toContain(
    "pagerport.pagerduty.webhookToken is of the PagerDuty account other",
  );
  expect(accounts.changes).toEqual([]);
  expect([own.webhooks.subscriptions().length, other.webhooks.subscriptions().length]).toEqual([
    0, 0,
  ]);
});
