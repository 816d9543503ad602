import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCli, sandboxEnvironment } from "../support/run-cli.ts";
import {
  createFolder,
  identifiersOf,
  type Line,
  readOutput,
  runImport,
} from "../support/run-import.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const secret = "port-webhook-secret";

test("import signs what it posts where the webhook demands it", async () => {
  await using sandbox = await startSandbox({ incidents: 300, ingest: { secret } });
  using folder = createFolder();
  const report = await runImport(sandbox, { folder: folder.path, portSecret: secret });
  expect(report.complete).toBe(true);
  expect(sandbox.ingest.received.distinct).toBe(340);
});

test("import without the secret ends with 4 at the first object", async () => {
  await using sandbox = await startSandbox({ incidents: 300, ingest: { secret } });
  using folder = createFolder();
  const result = await runCli(["import"], { cwd: folder.path, env: sandboxEnvironment(sandbox) });
  expect(result.code).toBe(4);
  expect(result.stderr).toContain("set PORT_WEBHOOK_SECRET");
  expect(result.stderr).not.toContain(new URL(sandbox.ingestUrl).pathname);
  expect(sandbox.requests.ingest.total).toBe(1);
});

test("import sets refused objects aside, and posts them first the next time", async () => {
  const refused = new Set<string>();
  await using sandbox = await startSandbox({
    incidents: 500,
    ingest: {
      reject: (payload) => {
        const { identifier } = (payload as Line).event.data;
        return refused.has(identifier) ? { status: 422, message: "title is not valid" } : undefined;
      },
    },
  });
  const all = [...sandbox.pagerduty.allIncidents()].map(({ id }) => id);
  for (const place of [3, 77, 400]) refused.add(String(all[place]));
  using folder = createFolder();
  const failedFile = join(folder.path, "output.failed.json");

  const first = await runImport(sandbox, { folder: folder.path });
  expect(first.complete).toBe(false);
  expect(first.kinds).toMatchObject({ incidents: { fetched: 500, delivered: 497, failed: 3 } });
  const lines = readFileSync(failedFile, "utf8").trim().split("\n");
  expect(lines).toHaveLength(3);
  expect(JSON.parse(String(lines[0]))).toMatchObject({ status: 422 });
  expect(lines[0]).toContain("title is not valid");
  expect(readOutput(folder.path)).toHaveLength(540);

  // One is accepted now, two are still refused.
  refused.delete(String(all[77]));
  const before = sandbox.requests.ingest.total;
  const second = await runImport(sandbox, { folder: folder.path });
  expect(second.complete).toBe(false);
  expect(second.kinds).toMatchObject({ incidents: { delivered: 1, failed: 2 } });
  expect(sandbox.requests.ingest.total - before).toBe(3);

  refused.clear();
  const third = await runImport(sandbox, { folder: folder.path });
  expect(third.complete).toBe(true);
  expect(existsSync(failedFile)).toBe(false);
  expect(sandbox.ingest.received.distinct).toBe(540);
});

test.each([401, 403, 404, 410])(
  "import stops on %d from Port and goes on later",
  async (status) => {
    await using sandbox = await startSandbox({ incidents: 2000 });
    using folder = createFolder();
    const options = { cwd: folder.path, env: sandboxEnvironment(sandbox) };
    sandbox.onRequest(({ side, number }) => {
      if (side === "ingest" && number === 700) sandbox.configure({ ingest: { status } });
    });
    const first = await runCli(["import"], options);
    expect(first.code).toBe(4);
    expect(first.stderr).toContain("run the same command again to go on");

    sandbox.configure({ ingest: { status: null } });
    const second = await runCli(["import", "--json"], options);
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ complete: true, resumed: true });
    const lines = readOutput(folder.path);
    expect(lines).toHaveLength(2040);
    expect(new Set(identifiersOf(lines)).size).toBe(2040);
  },
);

test("import run again sends what is new and what has changed", async () => {
  await using sandbox = await startSandbox({ incidents: 3000 });
  const [anyService] = [...sandbox.pagerduty.allServices()];
  const openOne = (at: string): string =>
    sandbox.pagerduty.createIncident({ serviceId: String(anyService?.id), at: new Date(at) });
  const one = openOne("2026-01-02T03:04:05Z");
  const two = openOne("2026-02-03T04:05:06Z");
  using folder = createFolder();
  const first = await runImport(sandbox, { folder: folder.path });
  expect(first.complete).toBe(true);
  sandbox.pagerduty.resolveIncident(one);
  const service = sandbox.pagerduty.createService({ name: "Brand new" });
  const incident = sandbox.pagerduty.createIncident({ serviceId: service });

  const second = await runImport(sandbox, { folder: folder.path });
  expect(second.complete).toBe(true);
  const added = readOutput(folder.path).slice(3042);
  expect(identifiersOf(added).toSorted()).toEqual([one, service, incident].toSorted());
  expect(sandbox.ingest.received.last(one)).toMatchObject({
    event: { data: { properties: { status: "resolved" } } },
  });

  // What was open then is still followed.
  sandbox.pagerduty.resolveIncident(two);
  sandbox.pagerduty.resolveIncident(incident);
  await runImport(sandbox, { folder: folder.path });
  expect(identifiersOf(readOutput(folder.path).slice(3045)).toSorted()).toEqual(
    [two, incident].toSorted(),
  );
  const fourth = await runImport(sandbox, { folder: folder.path });
  expect(readOutput(folder.path)).toHaveLength(3047);
  expect(fourth.requests.port).toBe(0);
});
