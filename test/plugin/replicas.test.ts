import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { serverEnvironment, startServer } from "../support/run-server.ts";
import { isLong } from "../support/size.ts";
import {
  describeSandbox,
  portalDatabases,
  readStatus,
  startPortal,
  startPortalSandbox,
  waitUntil,
} from "../support/start-portal.ts";
import { startPortalProcess } from "../support/start-portal-process.ts";

const account = { services: 5, incidents: 30, schedules: 2, users: 4, seed: "replicas" };
const day = { incidents: 8, hours: 0 };

/** What Port holds, without when and by whom it was written. */
function contentOf({ port }: Sandbox): unknown[] {
  return port
    .entities()
    .map(({ blueprint, identifier, title, properties, relations }) => {
      const written = { blueprint, identifier, title, properties, relations };
      return [`${blueprint}/${identifier}`, JSON.stringify(written)] as const;
    })
    .toSorted(([one], [other]) => one.localeCompare(other));
}

// What the killed one held is free when its lease has lapsed, half a minute later.
if (isLong) {
  test("of two backends on one PostgreSQL one is killed, and nothing is lost", async () => {
    await using setting = await startPortalSandbox(account);
    const { sandbox } = setting;
    const database = (await portalDatabases[1]?.[1]()) ?? {};
    const doomed = await startPortalProcess(sandbox, { database });
    const other = await startPortalProcess(sandbox, { database });
    try {
      setting.deliverTo(doomed, other);
      await waitUntil(async () => (await readStatus(other)).lastRuns.length > 0);
      sandbox.configure({ latency: { minMs: 20, maxMs: 60 } });
      const { incidents } = await sandbox.playDay({ ...day, incidents: 20 });
      await waitUntil(async () => (await readStatus(other)).backlog.waiting > 5);
      await doomed.kill();
      await sandbox.webhooks.settled();
      sandbox.configure({ latency: null });
      await waitUntil(async () => (await readStatus(other)).backlog.waiting === 0);
      for (const id of incidents) {
        const stored = sandbox.port.entity("pagerdutyIncident", id);
        const status = sandbox.pagerduty.incident(id)?.status;
        expect([id, stored?.properties["status"]]).toEqual([id, status]);
      }
      expect((await readStatus(other)).deadLetters).toEqual([]);
    } finally {
      await other.kill();
    }
  });
}

test("a day of incidents ends in the same catalog through Backstage as through pagerport serve", async () => {
  const to = "2026-01-01T00:00:00Z";
  const options = { ...account, to, now: to };
  await using setting = await startPortalSandbox(options);
  const { sandbox } = setting;
  const database = { client: "better-sqlite3", connection: ":memory:" };
  await using portal = await startPortal(sandbox, { database });
  setting.deliverTo(portal);
  await waitUntil(async () => (await readStatus(portal)).lastRuns.length > 0);
  await sandbox.playDay(day);
  await sandbox.webhooks.settled();
  await waitUntil(async () => (await readStatus(portal)).backlog.waiting === 0);

  using folder = new TemporaryFolder();
  await using served = await startPortalSandbox(options);
  const [secret = ""] = describeSandbox(served.sandbox).secrets;
  const env = serverEnvironment(served.sandbox, secret);
  const server = await startServer({ cwd: folder.path, env });
  served.deliverTo(server);
  await server.waitFor(/^Resync ended/);
  await served.sandbox.playDay(day);
  await served.sandbox.webhooks.settled();
  await waitUntil(async () => {
    const ready = await fetch(`${server.url}/health/ready`);
    const { backlog } = (await ready.json()) as { backlog: { waiting: number } };
    return backlog.waiting === 0;
  });
  server.kill("SIGTERM");
  await server.finished;
  expect(sandbox.port.entities().length).toBeGreaterThan(account.services + day.incidents);
  expect(contentOf(sandbox)).toEqual(contentOf(served.sandbox));
});
