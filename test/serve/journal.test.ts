import { expect, test } from "bun:test";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { createPostgresDatabase } from "../../packages/core/src/testing/test-postgres.ts";
import { runHere } from "../support/run-here.ts";
import { serverEnvironment, startServer } from "../support/run-server.ts";
import { signWebhook } from "@pagerport/core/testing";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const secret = "hush";
/** Starting PostgreSQL is part of it. Milliseconds. */
const timeout = 30_000;

test(
  "pagerport serve with PostgreSQL needs no folder, and restore puts back what its events deleted",
  async () => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox({ services: 5, incidents: 0, schedules: 1, users: 2 });
    const env = {
      ...serverEnvironment(sandbox, secret),
      PAGERPORT_DATABASE_URL: await createPostgresDatabase(),
      PAGERPORT_STATE_DIR: "/proc/nowhere",
    };
    const server = await startServer({ cwd: folder.path, env });
    await server.waitFor(/^Resync ended/);
    const [service] = sandbox.pagerduty.allServices();
    const id = service?.id ?? "";
    const before = sandbox.port.entity("pagerdutyService", id);
    expect(before).toBeDefined();
    sandbox.pagerduty.deleteService(id);
    const data = { id, type: "service", summary: service?.name };
    const body = JSON.stringify({ event: { id: "01F", event_type: "service.deleted", data } });
    const headers = {
      "content-type": "application/json",
      "x-pagerduty-signature": signWebhook(body, secret),
    };
    await fetch(`${server.url}/webhook`, { method: "POST", headers, body });
    await server.waitFor(/^Event applied/, `services/${id}`);
    expect(sandbox.port.entity("pagerdutyService", id)).toBeUndefined();
    server.kill("SIGTERM");
    expect((await server.finished).code).toBe(0);
    expect(server.log.filter(({ level }) => level === "error")).toEqual([]);

    const restore = (...args: string[]) => runHere(["restore", ...args], { cwd: folder.path, env });
    const list = await restore("--list");
    expect([list.code, list.stdout]).toEqual([
      0,
      expect.stringMatching(/^run +entities +from +until\nlive +1 +20\S+Z +20\S+Z\n$/),
    ]);
    const late = await restore("--run", "live", "--since", "2999-01-01");
    expect([late.code, late.stderr]).toEqual([
      0,
      "Port organisation org_pagerport_sandbox.\nPut back 0 of 0 entities.\n",
    ]);
    const { code, stderr } = await restore("--run", "live");
    expect([code, stderr]).toEqual([
      0,
      "Port organisation org_pagerport_sandbox.\nPut back 1 of 1 entities.\n",
    ]);
    const { title, properties } = sandbox.port.entity("pagerdutyService", id) ?? {};
    expect([title, properties]).toEqual([before?.title, before?.properties]);

    // What was put back is held until it is released.
    sandbox.clock.advance(60_000);
    const once = { ...env, PAGERPORT_EVENT_LISTENER: "ONCE" };
    await runHere(["serve"], { cwd: folder.path, env: once });
    expect(sandbox.port.entity("pagerdutyService", id)?.title).toBe(before?.title);
    expect((await restore("--release", "pagerdutyService", id)).code).toBe(0);

    // One run and no server keeps it there as well.
    sandbox.clock.advance(60_000);
    expect((await runHere(["serve"], { cwd: folder.path, env: once })).code).toBe(0);
    expect(sandbox.port.entity("pagerdutyService", id)).toBeUndefined();
    const journals = (await restore("--list", "--json")).stdout;
    expect(JSON.parse(journals)).toEqual({
      command: "restore",
      journals: [
        {
          run: expect.any(Number),
          entities: 1,
          from: expect.any(String),
          until: expect.any(String),
        },
        { run: "live", entities: 1, from: expect.any(String), until: expect.any(String) },
      ],
    });
  },
  timeout,
);

test("pagerport restore finds what a server without a database deleted by its run, and lists it", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox({ services: 5, incidents: 0, schedules: 1, users: 2 });
  const env = {
    ...serverEnvironment(sandbox, secret),
    PAGERPORT_STATE_DIR: folder.file("state"),
    PAGERPORT_EVENT_LISTENER: "ONCE",
  };
  const run = (...args: string[]) => runHere(args, { cwd: folder.path, env });
  const restore = (...args: string[]) => run("restore", ...args);
  await run("serve");
  expect((await restore("--list")).stderr).toBe(
    `Nothing that was deleted is in ${folder.file("state")} or ${folder.path}.\n`,
  );
  const id = [...sandbox.pagerduty.allServices()][0]?.id ?? "";
  const stored = sandbox.port.entity("pagerdutyService", id);
  await Bun.write(folder.file("state/deleted-7.ndjson"), `${JSON.stringify(stored)}\n`);
  await Bun.write(folder.file("deleted-8.ndjson"), `${JSON.stringify(stored)}\n`);
  await Bun.write(folder.file("state/deleted-live-20260101T000000.ndjson"), "");
  const list = await restore("--list");
  expect(list.stdout).toMatch(/^run +entities +until +file\n/);
  expect(list.stdout).toContain(folder.file("state/deleted-7.ndjson"));
  expect(list.stdout).toContain(folder.file("deleted-8.ndjson"));
  expect(list.stdout).not.toContain("live");
  const { files } = JSON.parse((await restore("--list", "--json")).stdout) as { files: object[] };
  expect(files).toHaveLength(2);
  for (const number of ["7", "8"]) {
    const { code, stderr } = await restore("--run", number, "--dry-run", "--overwrite");
    expect([code, stderr]).toEqual([0, expect.stringContaining("1 of 1 entities")]);
  }
  const none = await restore("--run", "9");
  expect([none.code, none.stderr]).toEqual([
    2,
    expect.stringContaining(`Nothing that run 9 deleted is in ${folder.file("state")} or`),
  ]);
  await Bun.write(folder.file("deleted-7.ndjson"), `${JSON.stringify(stored)}\n`);
  const both = await restore("--run", "7");
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("several files")]);
}, 60_000);

test.each([
  [[], "Give one of these"],
  [["deleted-1.ndjson", "--run", "1"], "Give one of these"],
  [["deleted-1.ndjson", "--since", "2026-01-01"], "--since goes with --run"],
  [["--run", "x"], "--run must be the number of a run"],
  [["--run", "1", "--since", "x"], "--since"],
] as const)("pagerport restore %j ends with 2", async (args, text) => {
  using folder = new TemporaryFolder();
  const { code, stderr } = await runHere(["restore", ...args], { cwd: folder.path });
  expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
});
