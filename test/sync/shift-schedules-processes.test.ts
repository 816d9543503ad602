import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { loadStoreSettings, openStore } from "@pagerport/core";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { readBlueprints } from "../support/blueprints.ts";
import { lapseLeases } from "../support/lapse-leases.ts";
import { portEnvironment, runCli, startCli } from "../support/run-cli.ts";
import { startServer } from "../support/run-server.ts";
import { listLooseOncalls, readGoldenSchedules, showSchedules } from "../support/shift-account.ts";
import { bySize } from "../support/size.ts";

const count = bySize({ short: 60, long: 800 });
const kills = bySize({ short: 4, long: 20 });

/** An account, whose Port is filled, and what a process needs. */
async function startAccount(
  options: { readonly schedules: number } = { schedules: count },
): Promise<
  AsyncDisposable & {
    readonly sandbox: Sandbox;
    readonly started: { readonly cwd: string; readonly env: Record<string, string> };
    /** What is to be in Port of each schedule. */
    readonly golden: Awaited<ReturnType<typeof readGoldenSchedules>>;
  }
> {
  const sandbox = await startSandbox({
    services: options.schedules * 4,
    incidents: 0,
    users: 30,
    now: "2026-06-30T12:00:00Z",
    ...options,
  });
  for (const blueprint of readBlueprints()) sandbox.port.putBlueprint(blueprint);
  const folder = new TemporaryFolder();
  const env = { ...portEnvironment(sandbox), PAGERPORT_STATE_DIR: folder.file("state") };
  const started = { cwd: folder.path, env };
  const golden = await readGoldenSchedules(sandbox);
  expect((await runCli(["sync"], started)).code).toBe(0);
  expect(showSchedules(sandbox)).toEqual(golden);
  return {
    sandbox,
    started,
    golden,
    async [Symbol.asyncDispose]() {
      await sandbox[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** As if the lease of a process that was killed had lapsed by now. */
async function freeLeases(
  { cwd, env }: { readonly cwd: string; readonly env: Record<string, string> },
  pid: number,
): Promise<void> {
  await using store = await openStore(loadStoreSettings({ environment: env }, cwd));
  await lapseLeases(store.sql, pid);
}

test(`pagerport sync, killed ${kills} times while PagerDuty moves ${count} schedules, loses none`, async () => {
  await using account = await startAccount();
  const { sandbox, started, golden } = account;
  const rest = [...golden.keys()];
  // As many with each request as have all moved when the last process is killed.
  const atOnce = Math.ceil(count / (kills * 10));
  const stop = sandbox.onRequest(({ side }) => {
    if (side !== "pagerduty") return;
    for (const id of rest.splice(0, atOnce)) sandbox.pagerduty.upgradeSchedule(id);
  });
  sandbox.configure({
    faults: { rate: 0.03, kinds: ["500", "reset", "slow-body"], slowBodyMs: 5 },
  });
  for (let kill = 0; kill < kills; kill += 1) {
    sandbox.clock.advance(60_000);
    const aim = sandbox.requests.pagerduty.total + 12 + kill * 2;
    const child = startCli(["sync"], started);
    let hasEnded = false;
    void child.finished.finally(() => {
      hasEnded = true;
    });
    // By progress, not by time: a slow machine is killed at the same places.
    while (!hasEnded && sandbox.requests.pagerduty.total < aim) await Bun.sleep(2);
    child.kill("SIGKILL");
    await child.finished;
    await freeLeases(started, child.pid);
    expect(showSchedules(sandbox)).toEqual(golden);
  }
  stop();
  for (const id of rest.splice(0)) sandbox.pagerduty.upgradeSchedule(id);
  sandbox.configure({ faults: null });
  sandbox.clock.advance(3_600_000);
  const last = await runCli(["sync", "--json"], started);
  expect([last.code, showSchedules(sandbox)]).toEqual([0, golden]);
  expect(await listLooseOncalls(sandbox)).toEqual([]);
  sandbox.clock.advance(60_000);
  expect((await runCli(["verify"], started)).code).toBe(0);
  expect((await runCli(["sync", "--estimate"], started)).code).toBe(0);
}, 600_000);

test("pagerport sync takes nothing while the shift-based list is refused, exits with 3, and goes on", async () => {
  await using account = await startAccount({ schedules: 8 });
  const { sandbox, started, golden } = account;
  for (const id of [...golden.keys()].slice(0, 3)) sandbox.pagerduty.upgradeSchedule(id);
  sandbox.clock.advance(60_000);
  expect((await runCli(["sync"], started)).code).toBe(0);
  sandbox.configure({ refused: { "v3/schedules": 403 } });
  for (let run = 0; run < 2; run += 1) {
    sandbox.clock.advance(3_600_000);
    const { code, stderr } = await runCli(["sync"], started);
    expect([code, showSchedules(sandbox)]).toEqual([3, golden]);
    expect(stderr).toContain("v3/schedules");
  }
  sandbox.configure({ refused: {} });
  sandbox.clock.advance(3_600_000);
  expect((await runCli(["sync"], started)).code).toBe(0);
  expect(showSchedules(sandbox)).toEqual(golden);
});

test("pagerport sync keeps no calendar address of a schedule", async () => {
  await using account = await startAccount({ schedules: 4 });
  const { sandbox, started, golden } = account;
  for (const id of golden.keys()) sandbox.pagerduty.upgradeSchedule(id);
  sandbox.clock.advance(60_000);
  expect((await runCli(["sync"], started)).code).toBe(0);
  const glob = new Bun.Glob("**/*");
  for await (const file of glob.scan({ cwd: started.cwd, dot: true, absolute: true })) {
    expect([file, readFileSync(file).includes("calendar-secret")]).toEqual([file, false]);
  }
});

test("pagerport serve follows schedules that PagerDuty moves", async () => {
  await using account = await startAccount({ schedules: 8 });
  const { sandbox, started, golden } = account;
  const ids = [...golden.keys()];
  for (const id of ids.slice(0, 4)) sandbox.pagerduty.upgradeSchedule(id);
  sandbox.clock.advance(60_000);
  const env = { ...started.env, PAGERPORT_EVENT_LISTENER: "POLLING", PD_WEBHOOK_SECRET: "hush" };
  const server = await startServer({ cwd: started.cwd, env });
  const ended = server.waitFor(/^Resync ended/);
  await ended;
  server.kill("SIGTERM");
  await server.finished;
  expect(showSchedules(sandbox)).toEqual(golden);
});
