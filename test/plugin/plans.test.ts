import { expect, test } from "bun:test";
import { mockCredentials } from "@backstage/backend-test-utils";
import { type Sandbox, startSandbox } from "@pagerport/cli/sandbox";
import { createApiClient } from "@pagerport/core";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { portalDatabases, readStatus, waitUntil } from "../support/start-portal.ts";
import { type PortalProcess, startPortalProcess } from "../support/start-portal-process.ts";

const account = { services: 15, incidents: 0, users: 6, schedules: 2 };
const hour = 3_600_000;
const pagerport = { allowActions: "user:default/mock" };
const token = mockCredentials.user.header().split(" ")[1] ?? "";

function connect({ url }: PortalProcess): ReturnType<typeof createApiClient> {
  return createApiClient({ url: `${url}/v1`, token });
}

/** Has the portal read everything again an hour later, as PagerDuty's clock tells it. */
async function resync(sandbox: Sandbox, portal: PortalProcess): Promise<void> {
  const count = async (): Promise<number> => (await readStatus(portal)).lastRuns[0]?.endedAt ?? 0;
  const before = await count();
  sandbox.clock.advance(hour);
  await connect(portal).resync("full", "");
  await waitUntil(async () => (await count()) > before);
}

/** A portal of whose services eight are gone, which one full run has held back. */
async function withhold(sandbox: Sandbox, portal: PortalProcess): Promise<readonly string[]> {
  await waitUntil(async () => (await readStatus(portal)).lastRuns.length > 0);
  const lost = [...sandbox.pagerduty.allServices()].slice(0, 8).map(({ id }) => id);
  sandbox.configure({ unlisted: lost, missing: lost });
  await resync(sandbox, portal);
  await resync(sandbox, portal);
  return lost;
}

function countServices({ port }: Sandbox): number {
  return port.entities("pagerdutyService").length;
}

test.each(portalDatabases)(
  "portals approve a plan once, whoever asks, and what PagerDuty has again by then stays, on %s",
  async (name, createDatabase) => {
    await using sandbox = await startSandbox(account);
    using folder = new TemporaryFolder();
    const isShared = name === "PostgreSQL";
    const inFolder = { client: "better-sqlite3", connection: { directory: folder.path } };
    const database = isShared ? await createDatabase() : inFolder;
    await using one = await startPortalProcess(sandbox, { database, pagerport });
    await using second = isShared
      ? await startPortalProcess(sandbox, { database, pagerport })
      : null;
    const lost = await withhold(sandbox, one);
    expect(countServices(sandbox)).toBe(15);
    const clients = [one, second ?? one].map(connect);
    const plans = await Promise.all(clients.map((client) => client.listPlans()));
    expect(plans[0]).toEqual([expect.objectContaining({ entities: 8, brake: "share" })]);
    expect(plans[1]).toEqual(plans[0]);
    const id = plans[0]?.[0]?.id ?? 0;
    const shown = await clients[1]?.showPlan(id);
    expect(shown?.entities.map(({ identifier }) => identifier)).toEqual(lost.toSorted());

    const gone = lost.slice(1);
    sandbox.configure({ unlisted: gone, missing: gone });
    sandbox.clock.advance(hour);
    const decisions = await Promise.all(
      clients.map((client) => client.approvePlan(id, { by: "" })),
    );
    expect(new Set(decisions.map(({ changed }) => changed))).toEqual(new Set([0, 8]));
    await waitUntil(() => countServices(sandbox) === 8);
    await waitUntil(async () => (await clients[0]?.listPlans())?.length === 0);
    expect(sandbox.port.entity("pagerdutyService", lost[0] ?? "")).toBeDefined();
    const again = await failureOf(clients[1]?.approvePlan(id, { by: "" }) ?? Promise.resolve());
    expect(again).toMatchObject({ reason: "settled" });
  },
  120_000,
);

test("a portal that a plan is rejected in keeps its entities, and asks no more, also after a restart", async () => {
  await using sandbox = await startSandbox(account);
  using folder = new TemporaryFolder();
  const database = { client: "better-sqlite3", connection: { directory: folder.path } };
  {
    await using portal = await startPortalProcess(sandbox, { database, pagerport });
    await withhold(sandbox, portal);
    const client = connect(portal);
    const [plan] = await client.listPlans();
    expect(await client.rejectPlan(plan?.id ?? 0, { by: "" })).toMatchObject({ changed: 8 });
    expect(await client.listPlans()).toMatchObject([{ entities: 0, rejected: 8 }]);
  }
  await using portal = await startPortalProcess(sandbox, { database, pagerport });
  await resync(sandbox, portal);
  const waiting = (await connect(portal).listPlans()).filter(({ entities }) => entities > 0);
  expect(waiting).toEqual([]);
  expect(countServices(sandbox)).toBe(15);
}, 120_000);
