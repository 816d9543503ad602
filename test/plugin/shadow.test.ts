import { expect, test } from "bun:test";
import { mockCredentials } from "@backstage/backend-test-utils";
import type { Sandbox } from "@pagerport/cli/sandbox";
import type { ShadowReport } from "@pagerport/core";
import { recordLogs } from "../support/record-logs.ts";
import {
  portalDatabases,
  readStatus,
  startPortal,
  startPortalSandbox,
  waitUntil,
} from "../support/start-portal.ts";
import { putBlueprints } from "../support/blueprints.ts";

const small = { services: 5, incidents: 30, schedules: 2, users: 4 };

/** Requests to the sandbox's Port that could change something. */
function countChanges({ requests }: Sandbox): number {
  const isQuestion = /^GET |\/(search|datasource-entities|access_token)$/;
  return Object.entries(requests.port.byRoute)
    .filter(([route]) => !isQuestion.test(route))
    .reduce((sum, [, count]) => sum + count, 0);
}

for (const [sort, createDatabase] of portalDatabases) {
  test(`writes: false only looks, and a portal that writes goes on with its database, on ${sort}`, async () => {
    await using setting = await startPortalSandbox(small, { isSubscribed: false });
    const { sandbox } = setting;
    putBlueprints(sandbox);
    const logs = recordLogs();
    const database = await createDatabase();
    const config = (writes: boolean): object => ({
      writes,
      allowActions: "user:default/mock",
      pagerduty: {
        token: sandbox.readOnlyToken,
        webhookToken: sandbox.token,
        apiUrl: sandbox.pagerDutyUrl,
      },
      webhook: { publicUrl: "http://portal.test/api/pagerport/webhook" },
    });
    const readReport = async (url: string): Promise<ShadowReport> => {
      const status = await readStatus({ url });
      return Reflect.get(status, "shadow") as ShadowReport;
    };
    {
      await using portal = await startPortal(sandbox, {
        database,
        pagerport: config(false),
        features: [logs.feature],
      });
      setting.deliverTo(portal);
      await waitUntil(async () => (await readReport(portal.url)).fullRuns > 0);
      await waitUntil(() => sandbox.webhooks.subscriptions().length > 0);
      const day = await sandbox.playDay({ incidents: 3, hours: 0 });
      await sandbox.webhooks.settled();
      await waitUntil(async () => (await readStatus(portal)).backlog.waiting === 0);
      expect(day.incidents).toHaveLength(3);
      expect(sandbox.webhooks.counts).toMatchObject({ dropped: 0, lost: 0 });
      // Nothing is in Port yet, so all of it is to be made.
      const { writes } = await readReport(portal.url);
      expect(writes.find(({ blueprint }) => blueprint === "pagerdutyService")?.created).toBe(5);
      const restore = await fetch(`${portal.url}/restore`, {
        method: "POST",
        headers: {
          authorization: mockCredentials.user.header(),
          "content-type": "application/json",
        },
        body: JSON.stringify({ run: 1 }),
      });
      expect(restore.status).toBe(409);
    }
    expect([countChanges(sandbox), sandbox.port.entityCount]).toEqual([0, 0]);
    expect(sandbox.port.integration("my-pagerduty-integration")).toBeUndefined();
    expect(sandbox.webhooks.subscriptions()).toEqual([]);
    const log = logs.lines.join("\n");
    expect(log).toInclude("Shadow beside 'my-pagerduty-integration'");
    expect(log).toInclude('"type":"report"');
    for (const secret of [sandbox.token, sandbox.readOnlyToken, sandbox.portClientSecret]) {
      expect(log).not.toInclude(secret);
    }

    // The other database ends with its portal.
    if (sort !== "PostgreSQL") return;
    await using portal = await startPortal(sandbox, { database, pagerport: config(true) });
    await waitUntil(async () => (await readStatus(portal)).lastRuns.length > 0);
    const { lastRuns } = await readStatus(portal);
    expect(lastRuns).toMatchObject([{ type: "full", outcome: "complete" }]);
    for (const { id, name } of sandbox.pagerduty.allServices()) {
      expect(sandbox.port.entity("pagerdutyService", id)?.title).toBe(name);
    }
  });
}
