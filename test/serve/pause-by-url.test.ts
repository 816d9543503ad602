import { expect, test } from "bun:test";
import { listAudit, loadStoreSettings, openStore, readPause } from "@pagerport/core";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { claimObjects, releaseClaim } from "../../packages/core/src/store/claims.ts";
import { FakeClock } from "../../packages/core/src/testing/fake-clock.ts";
import { createFakeOperations } from "../../packages/core/src/testing/fake-operations.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { runCli } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";
import { serverEnvironment, startServer } from "../support/run-server.ts";
import { waitUntil } from "../support/run-service.ts";
import { operationsSecret, serveOperations } from "../support/serve-operations.ts";

const run = { owner: "host, process 7", work: "run", count: 1 } as const;
const objects = { owner: "host, process 8", work: "objects", count: 2 } as const;

/** A server whose operations are told what to answer, and a command on a clock of its own. */
function serveFake(rights?: readonly ("read" | "act")[]) {
  const clock = new FakeClock();
  const operations = createFakeOperations(clock.now());
  const server = serveOperations(operations, rights);
  return {
    operations,
    clock,
    pause: (...args: readonly string[]) =>
      clock.drive(
        runHere(["pause", "--url", server.url, ...args], {
          cwd: "/nowhere",
          env: { PAGERPORT_API_TOKEN: operationsSecret },
          clock,
        }),
      ),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

test("pause --url returns when nobody writes any more, and tells whom it waits for, as on a store", async () => {
  await using server = serveFake();
  server.operations.pending.push([objects, run], [objects, run], [run]);
  const { code, stdout, stderr } = await server.pause("--json");
  expect([code, JSON.parse(stdout).pending]).toEqual([0, []]);
  expect(stderr.split("\n")).toEqual([
    "Writing to Port is paused by alice until 'pagerport resume'.",
    "Waiting for what has begun: 2 objects of host, process 8, a resync or import of host, process 7.",
    "Waiting for what has begun: a resync or import of host, process 7.",
    "Nothing is written to Port any more.",
    "",
  ]);
});

test("pause --url ends with 3 and who may still write after as long as on a store", async () => {
  await using server = serveFake();
  server.operations.pending.push(...Array.from({ length: 1000 }, () => [run]));
  const begun = server.clock.now();
  const { code, stdout, stderr } = await server.pause("--json", "--deletions");
  expect([code, JSON.parse(stdout).pending]).toEqual([3, [run]]);
  expect(stderr).toContain(
    "It is paused, and after 75 s there is still a resync or import of host, process 7: what of it is on its way to Port may arrive.",
  );
  expect(server.clock.now() - begun).toBe(75_000);
});

test("pause --url ends with 3 where its token may not see whether what had begun has ended", async () => {
  await using server = serveFake(["act"]);
  server.operations.pending.push([run]);
  const { code, stderr } = await server.pause();
  expect([code, stderr]).toEqual([3, expect.stringContaining("there is still a resync")]);
  expect((await server.pause()).code).toBe(0);
});

test("pause --url of pagerport serve waits for a claim that somebody has on its store", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox({ services: 1, incidents: 1, schedules: 1, users: 1 });
  const env = {
    ...serverEnvironment(sandbox, "hush"),
    PAGERPORT_STATE_DIR: folder.path,
    PAGERPORT_API_TOKENS: `alice:read+act:${operationsSecret}`,
  };
  const server = await startServer({ cwd: folder.path, env });
  const { port } = await server.waitFor(/^The API is on/);
  await server.waitFor(/^Resync ended/);
  await using store = await openStore(loadStoreSettings({ environment: env }, folder.path));
  const { sql } = store;
  const owner = "another, process 9";
  const { claim } = await claimObjects(sql, { objects: ["incidents/QX"], owner });
  const pausing = runCli(["pause", "--url", `http://127.0.0.1:${String(port)}`], {
    cwd: folder.path,
    env: { PAGERPORT_API_TOKEN: operationsSecret },
  });
  // It is done for the server when it has answered who may still write.
  await waitUntil(async () => (await listAudit(sql, 1))[0]?.outcome === "done");
  expect(await readPause(sql)).toMatchObject({ scope: "all", by: "alice" });
  await releaseClaim(sql, claim);
  const { code, stderr } = await pausing;
  expect(stderr.split("\n").slice(1)).toEqual([
    `Waiting for what has begun: 1 object of ${owner}.`,
    "Nothing is written to Port any more.",
    "",
  ]);
  expect(code).toBe(0);
  server.kill("SIGTERM");
  expect((await server.finished).code).toBe(0);
}, 120_000);
