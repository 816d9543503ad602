import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { mockCredentials, mockServices } from "@backstage/backend-test-utils";
import { AuthorizeResult } from "@backstage/plugin-permission-common";
import { endPause, setPause, untilQuiet } from "@pagerport/core";
import { openSqlite } from "../../packages/core/src/store/sqlite.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { countWrites } from "../support/count-writes.ts";
import { recordLogs } from "../support/record-logs.ts";
import { readStatus, startPortal, startPortalSandbox, waitUntil } from "../support/start-portal.ts";

const small = { services: 5, incidents: 30, schedules: 2, users: 4 };
const headers = {
  authorization: mockCredentials.user.header(),
  "content-type": "application/json",
};

test("the plugin keeps to a pause in its database: events wait, nothing is written, its log says who", async () => {
  using folder = new TemporaryFolder();
  await using setting = await startPortalSandbox(small);
  const { sandbox } = setting;
  const logs = recordLogs();
  const allowed = mockServices.permissions.factory({ result: AuthorizeResult.ALLOW });
  await using portal = await startPortal(sandbox, {
    database: { client: "better-sqlite3", connection: { directory: folder.path } },
    pagerport: { allowActions: "user:default/mock" },
    features: [logs.feature, allowed],
  });
  setting.deliverTo(portal);
  await waitUntil(async () => (await readStatus(portal)).lastRuns.length > 0);
  const file = readdirSync(folder.path).find((name) => /^pagerport.*sqlite$/.test(name)) ?? "";
  await using sql = await openSqlite(folder.file(file));
  await setPause(sql, { scope: "all", by: "ana@desk" });
  const quiet = { sql, clock: testClock, scope: "all", limit: 60_000 } as const;
  expect(await untilQuiet(quiet)).toEqual([]);
  using writes = countWrites(sandbox);
  const day = await sandbox.playDay({ incidents: 8, hours: 0 });
  await sandbox.webhooks.settled();
  const body = JSON.stringify({ run: "events" });
  const restored = await fetch(`${portal.url}/restore`, { method: "POST", headers, body });
  expect([restored.status, await restored.json()]).toEqual([
    409,
    expect.objectContaining({
      error: expect.objectContaining({ message: expect.stringContaining("paused by ana@desk") }),
    }),
  ]);
  await waitUntil(() => logs.lines.some((line) => line.includes("is paused by ana@desk since")));
  await testClock.sleep(1500);
  expect(writes.requests).toEqual([]);
  const status = await readStatus(portal);
  expect(status.backlog.waiting).toBeGreaterThan(0);
  expect(status).toMatchObject({ pause: { scope: "all", by: "ana@desk" } });
  await endPause(sql, { by: "bob" });
  await waitUntil(async () => (await readStatus(portal)).backlog.waiting === 0);
  for (const id of day.incidents) {
    const stored = sandbox.port.entity("pagerdutyIncident", id)?.properties["status"];
    expect([id, stored]).toEqual([id, sandbox.pagerduty.incident(id)?.status]);
  }
  expect(logs.lines.join("\n")).toContain(
    "Writing to Port goes on: the pause of ana@desk is over, ended by bob",
  );
});
