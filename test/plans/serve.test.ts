import { expect, test } from "bun:test";
import { createApiClient, listAudit, loadStoreSettings, openStore } from "@pagerport/core";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { runCli } from "../support/run-cli.ts";
import { type ServerProcess, startServer } from "../support/run-server.ts";
import { waitUntil } from "../support/run-service.ts";
import { startPipeline, storeEnvironments } from "./start-pipeline.ts";

const secretOf = (name: string): string => `${name}-0123456789-0123456789-0123`;
const tokens = `alice:read+act:${secretOf("alice")},bob:read+act:${secretOf("bob")}`;

async function findApi(server: ServerProcess): Promise<string> {
  const { port } = await server.waitFor(/^The API is on/);
  return `http://127.0.0.1:${String(port)}`;
}

test.each(storeEnvironments)(
  "two people approve a plan at the same time by the API of pagerport serve on %s: it is carried out once",
  async (name, open) => {
    await using pipeline = await startPipeline(await open());
    const { folder, lost } = pipeline;
    await pipeline.loseSome();
    const env = {
      ...pipeline.env,
      PAGERPORT_API_TOKENS: tokens,
      PD_WEBHOOK_SECRET: "hush",
      PAGERPORT_EVENT_LISTENER: "POLLING",
    };
    const count = name === "PostgreSQL" ? 2 : 1;
    const servers = await Promise.all(
      Array.from({ length: count }, () => startServer({ cwd: folder.path, env })),
    );
    const apis = await Promise.all(servers.map(findApi));
    const clients = ["alice", "bob"].map((who, place) =>
      createApiClient({ url: apis[place % count] ?? "", token: secretOf(who) }),
    );
    const [plan] = (await clients[0]?.listPlans()) ?? [];
    expect(plan).toMatchObject({ entities: 8, brake: "share" });
    const id = plan?.id ?? 0;
    const shown = await clients[1]?.showPlan(id);
    expect(shown?.entities.map(({ identifier }) => identifier)).toEqual(lost.toSorted());
    const stray = await failureOf(
      clients[0]?.approvePlan(id, { only: ["PNONE"], by: "" }) ?? Promise.resolve(),
    );
    expect(stray).toMatchObject({ reason: "not-on-plan" });
    // Written by the sandbox's clock: what is new to a run is not judged by it.
    pipeline.sandbox.clock.advance(3_600_000);
    const decisions = await Promise.all(
      clients.map((client) => client.approvePlan(id, { by: "" })),
    );
    expect(new Set(decisions.map(({ changed }) => changed))).toEqual(new Set([0, 8]));
    await waitUntil(() => pipeline.countServices() === 7);
    await waitUntil(async () => (await clients[0]?.listPlans())?.length === 0);
    const late = await failureOf(clients[0]?.approvePlan(id, { by: "" }) ?? Promise.resolve());
    expect(late).toMatchObject({ reason: "settled" });
    const list = await runCli(["deletions", "list", "--url", apis[0] ?? ""], {
      cwd: folder.path,
      env: { PAGERPORT_API_TOKEN: secretOf("bob") },
    });
    expect([list.code, list.stdout]).toEqual([0, expect.stringContaining("Nothing is held back")]);
    const status = await runCli(["status", "--json", "--url", apis[0] ?? ""], {
      cwd: folder.path,
      env: { PAGERPORT_API_TOKEN: secretOf("bob") },
    });
    expect(JSON.parse(status.stdout)).toMatchObject({ from: "server", plans: [] });
    for (const server of servers) server.kill("SIGTERM");
    for (const server of servers) expect((await server.finished).code).toBe(0);

    await using store = await openStore(loadStoreSettings({ environment: env }, folder.path));
    const audit = await listAudit(store.sql, 100);
    const approvals = audit.filter(({ action }) => action === "approve");
    expect(approvals.map(({ who }) => who).toSorted()).toEqual(
      ["alice", "alice", "alice", "bob"].toSorted(),
    );
    const journal = await runCli(["restore", "--list", "--json"], { cwd: folder.path, env });
    if (count === 2) {
      const { journals } = JSON.parse(journal.stdout) as { journals: { entities: number }[] };
      expect(journals.reduce((sum, { entities }) => sum + entities, 0)).toBe(8);
    }
  },
  180_000,
);
