import { expect, test } from "bun:test";
import { createApiClient, loadStoreSettings, openStore, signWebhook } from "@pagerport/core";
import { rememberPlans } from "../../packages/core/src/store/plans/remember-plans.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { portEnvironment, runCli } from "../support/run-cli.ts";
import { startServer } from "../support/run-server.ts";
import { bySize } from "../support/size.ts";
import { storeEnvironments } from "./start-pipeline.ts";

const entities = 10_000;
/** Webhooks of a round, and rounds with somebody who polls and without. */
const webhooks = bySize({ short: 20, long: 200 });
const rounds = bySize({ short: 2, long: 10 });
/** Milliseconds that a route may take, in the middle: the long size measures on a quiet machine. */
const most = bySize({ short: 1000, long: 100 });
const secret = "hush";
const token = "alice-0123456789-0123456789-0123";

/** The middle of some durations. */
function median(durations: readonly number[]): number {
  return durations.toSorted((one, other) => one - other)[durations.length >> 1] ?? 0;
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

test.each(storeEnvironments)(
  "pagerport serve on %s answers webhooks and routes as fast while somebody polls a plan of 10,000 entities",
  async (name, open) => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox({ services: 5, incidents: 5, users: 4, schedules: 2 });
    putBlueprints(sandbox);
    const env = {
      ...portEnvironment(sandbox),
      PAGERPORT_STATE_DIR: folder.file("state"),
      PD_WEBHOOK_SECRET: secret,
      PAGERPORT_API_TOKENS: `alice:read:${token}`,
      PAGERPORT_EVENT_LISTENER: "WEBHOOKS_ONLY",
      ...(await open()),
    };
    expect((await runCli(["sync"], { cwd: folder.path, env })).code).toBe(0);
    {
      await using store = await openStore(loadStoreSettings({ environment: env }, folder.path));
      await store.sql.transaction((sql) =>
        rememberPlans(sql, {
          run: 1,
          isJudged: () => true,
          held: [
            {
              blueprint: "pagerdutyService",
              brake: "share",
              reader: "r",
              entities: Array.from({ length: entities }, (_, place) => ({
                blueprint: "pagerdutyService",
                identifier: `P${place}`,
                why: "10000 would go",
                title: `Service ${place}`,
                related: place % 7,
              })),
            },
          ],
          isUndecided: () => false,
          hasFollowed: () => false,
        }),
      );
    }
    const server = await startServer({ cwd: folder.path, env });
    const { port } = await server.waitFor(/^The API is on/);
    const client = createApiClient({ url: `http://127.0.0.1:${String(port)}`, token });
    const ask = async (path: string): Promise<void> => {
      const response = await fetch(`http://127.0.0.1:${String(port)}/api/v1${path}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    };
    const [plan] = await client.listPlans();
    expect(plan?.entities).toBe(entities);
    const id = plan?.id ?? 0;
    const [service] = sandbox.pagerduty.allServices();
    const incident = sandbox.pagerduty.createIncident({ serviceId: String(service?.id) });
    const data = { ...sandbox.pagerduty.incident(incident), type: "incident" };
    let sent = 0;
    const postWebhook = async (): Promise<void> => {
      sent += 1;
      const event = { id: `01F${sent}`, event_type: "incident.triggered", data };
      const body = JSON.stringify({ event });
      const response = await fetch(`${server.url}/webhook`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-pagerduty-signature": signWebhook(body, secret),
        },
        body,
      });
      expect(response.status).toBe(202);
    };
    const taken: Record<string, number[]> = {
      alone: [],
      polled: [],
      status: [],
      list: [],
      show: [],
    };
    for (let round = 0; round < rounds; round += 1) {
      for (const way of ["alone", "polled"] as const) {
        for (let place = 0; place < webhooks; place += 1) {
          // As often as once a second at this pace of webhooks, and more.
          if (way === "polled" && place % 10 === 0) {
            taken["status"]?.push(await time(() => ask("/status")));
            taken["list"]?.push(await time(() => ask("/deletions")));
            taken["show"]?.push(await time(() => ask(`/deletions/${id}`)));
          }
          taken[way]?.push(await time(postWebhook));
        }
      }
    }
    const medians = Object.fromEntries(
      Object.entries(taken).map(([what, durations]) => [
        what,
        Math.round(median(durations) * 10) / 10,
      ]),
    );
    process.stdout.write(`${name}: medians in ms ${JSON.stringify(medians)}\n`);
    for (const route of ["status", "list", "show"]) {
      expect([route, (medians[route] ?? 0) < most]).toEqual([route, true]);
    }
    expect(medians["polled"]).toBeLessThan(Math.max(2 * (medians["alone"] ?? 0), most));
    server.kill("SIGTERM");
    expect((await server.finished).code).toBe(0);
  },
  600_000,
);
