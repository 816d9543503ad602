import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCli, sandboxEnvironment, startCli } from "../support/run-cli.ts";
import { bySize } from "../support/size.ts";
import { createFolder } from "../support/run-import.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const incidents = bySize({ short: 4000, long: 25_000 });
const kills = bySize({ short: 4, long: 50 });
const end = Date.parse("2026-06-01T00:00:00Z");

/** The same account again: the same data, byte for byte. */
const account = { incidents, to: new Date(end), now: end } as const;

/** Kills fall where they fall, but the same ones in every run of the test. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test(`import continues after ${kills} kills as if there had been none`, async () => {
  await using whole = await startSandbox(account);
  using wholeFolder = createFolder();
  const uninterrupted = await runCli(["import"], {
    cwd: wholeFolder.path,
    env: sandboxEnvironment(whole),
  });
  expect(uninterrupted.code).toBe(0);

  await using sandbox = await startSandbox({ ...account, record: "count" });
  using folder = createFolder();
  const options = { cwd: folder.path, env: sandboxEnvironment(sandbox) };
  const random = createRandom(7);
  const perKill = (incidents + 40) / (kills + 1);
  for (let kill = 1; kill <= kills; kill += 1) {
    const child = startCli(["import"], options);
    // By progress, not by time: a slow machine is killed at the same places.
    const aim = perKill * (kill - random());
    await until(() => sandbox.ingest.received.distinct >= aim);
    child.kill("SIGKILL");
    expect((await child.finished).code).not.toBe(0);
  }
  const last = await runCli(["import", "--json"], options);
  expect(last.code).toBe(0);
  expect(JSON.parse(last.stdout)).toMatchObject({
    complete: true,
    resumed: true,
    kinds: { services: { delivered: 40 }, incidents: { delivered: incidents } },
  });
  const read = (path: string): string => readFileSync(join(path, "output.json"), "utf8");
  expect(read(folder.path) === read(wholeFolder.path)).toBe(true);
  expect(sandbox.ingest.received.distinct).toBe(incidents + 40);
});

test("import ends within a second of Ctrl-C, says how to go on, and goes on", async () => {
  await using sandbox = await startSandbox({
    ...account,
    ingest: { latency: { minMs: 20, maxMs: 40 } },
  });
  using folder = createFolder();
  const options = { cwd: folder.path, env: sandboxEnvironment(sandbox) };
  const child = startCli(["import", "--json"], options);
  await until(() => sandbox.ingest.received.total > 300);
  const interruptedAt = performance.now();
  child.kill("SIGINT");
  const result = await child.finished;

  expect(performance.now() - interruptedAt).toBeLessThan(1000);
  expect(result.code).toBe(130);
  expect(result.stderr).toContain("run the same command again to go on");
  expect(JSON.parse(result.stdout)).toMatchObject({ complete: false, problems: ["Interrupted"] });

  sandbox.configure({ ingest: { latency: null } });
  const before = sandbox.ingest.received.total;
  const second = await runCli(["import"], options);
  expect(second.code).toBe(0);
  expect(sandbox.ingest.received.distinct).toBe(incidents + 40);
  // Nothing that was answered is posted again.
  expect(sandbox.ingest.received.total - before).toBe(incidents + 40 - before);
});

test("import ends at once on a second Ctrl-C", async () => {
  await using sandbox = await startSandbox({
    ...account,
    ingest: { latency: { minMs: 20_000, maxMs: 20_000 } },
  });
  using folder = createFolder();
  const child = startCli(["import"], { cwd: folder.path, env: sandboxEnvironment(sandbox) });
  await until(() => sandbox.requests.ingest.total > 0);
  child.kill("SIGINT");
  await Bun.sleep(50);
  child.kill("SIGINT");
  const result = await child.finished;
  expect(result.code).toBe(130);
  expect(result.milliseconds).toBeLessThan(10_000);
});

test("import ends with 143 on SIGTERM", async () => {
  await using sandbox = await startSandbox({
    ...account,
    ingest: { latency: { minMs: 20, maxMs: 40 } },
  });
  using folder = createFolder();
  const child = startCli(["import"], { cwd: folder.path, env: sandboxEnvironment(sandbox) });
  await until(() => sandbox.ingest.received.total > 50);
  child.kill("SIGTERM");
  expect((await child.finished).code).toBe(143);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await Bun.sleep(2);
}
