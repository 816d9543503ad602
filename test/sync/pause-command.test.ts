import { expect, test } from "bun:test";
import { loadStoreSettings, openStore, setPause, type Store } from "@pagerport/core";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startOwnHosts } from "../ownership/own-hosts.ts";
import { countWrites } from "../support/count-writes.ts";
import type { CliResult } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";

/** An account that is in Port, of which one service is gone by now, with the store of what knows it. */
async function start() {
  const own = await startOwnHosts();
  const { sandbox, folder, env } = own;
  const options = { cwd: folder.path, env };
  const store = await openStore(loadStoreSettings({ environment: env }, folder.path));
  return {
    ...own,
    sandbox,
    store,
    run: (...args: readonly string[]): Promise<CliResult> => runHere(args, options),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await own[Symbol.asyncDispose]();
    },
  };
}

async function readRuns({ sql }: Store): Promise<number> {
  return (await sql.all("SELECT number FROM run")).length;
}

test("sync, import --to port and restore of a paused store end with 2, who paused it and what to type", async () => {
  await using setting = await start();
  const { run, sandbox, store, folder } = setting;
  await Bun.write(
    folder.file("deleted.ndjson"),
    `${JSON.stringify({ blueprint: "pagerdutyService", identifier: "P0", title: "x", properties: {}, relations: {} })}\n`,
  );
  const [incident] = sandbox.pagerduty.allIncidents();
  sandbox.pagerduty.changeObject(incident?.id ?? "", { title: "Another" });
  const paused = await run("pause", "--by", "ana@desk", "--reason", "Port migrates");
  expect([paused.code, paused.stdout]).toEqual([0, ""]);
  expect(paused.stderr.split("\n")).toEqual([
    "Writing to Port is paused by ana@desk until 'pagerport resume'.",
    "Nothing is written to Port any more.",
    "",
  ]);
  const runs = await readRuns(store);
  using writes = countWrites(sandbox);
  for (const args of [
    ["sync"],
    ["sync", "--json"],
    ["import", "--to", "port"],
    ["restore", "deleted.ndjson"],
  ]) {
    const { code, stdout, stderr } = await run(...args);
    expect([args, code]).toEqual([args, 2]);
    expect(stdout).toBe("");
    expect(stderr).toMatch(
      /error: Writing to Port is paused by ana@desk since 20\S+Z \(Port migrates\)\. To go on: pagerport resume(; without writing: (pagerport sync )?--dry-run)?\n/,
    );
  }
  const dry = await run("sync", "--dry-run");
  expect([dry.code, dry.stdout.includes('"title":"Another"')]).toEqual([0, true]);
  expect(dry.stderr).toContain("is paused by ana@desk since");
  expect((await run("restore", "deleted.ndjson", "--dry-run")).code).toBe(0);
  expect((await run("verify")).code).toBe(3);
  expect(writes.requests).toEqual([]);
  expect(await readRuns(store)).toBe(runs);
  const resumed = await run("resume", "--by", "bob");
  expect([resumed.code, resumed.stderr]).toEqual([
    0,
    expect.stringMatching(
      /^It goes on within two seconds\. Ended: Writing to Port is paused by ana/,
    ),
  ]);
  expect((await run("sync")).code).toBe(0);
  expect((await run("restore", "deleted.ndjson")).code).toBe(0);
  expect(sandbox.port.entity("pagerdutyIncident", incident?.id ?? "")?.title).toBe("Another");
});

test("sync while deletions are paused writes, deletes nothing and exits 3; the end asks for a full run", async () => {
  await using setting = await start();
  const { run, sandbox, store } = setting;
  const [service] = sandbox.pagerduty.allServices();
  const id = service?.id ?? "";
  sandbox.pagerduty.deleteService(id);
  const [incident] = sandbox.pagerduty.allIncidents();
  sandbox.pagerduty.changeObject(incident?.id ?? "", { title: "Another" });
  // What was written a moment ago is left alone in any case.
  sandbox.clock.advance(600_000);
  expect((await run("pause", "--deletions", "--for", "2h", "--by", "ana@desk")).code).toBe(0);
  const before = sandbox.port.entity("pagerdutyService", id);
  expect(before).toBeDefined();
  const held = await run("sync");
  expect(held.code).toBe(3);
  expect(held.stderr).toMatch(
    /Nothing was deleted: Deletions are paused by ana@desk since \S+Z, until \S+Z\. To go on: pagerport resume/,
  );
  // Neither gone nor a stub.
  expect(sandbox.port.entity("pagerdutyService", id)).toEqual(before);
  expect(sandbox.port.entity("pagerdutyIncident", incident?.id ?? "")?.title).toBe("Another");
  expect(await store.sql.all("SELECT type FROM queued_run")).toEqual([]);
  expect((await run("resume")).code).toBe(0);
  expect(await store.sql.all("SELECT type FROM queued_run")).toEqual([{ type: "full" }]);
});

test.each([
  [["sync"], "full"],
  [["import", "--to", "port", "--kinds", "services"], undefined],
])("%p breaks off when a pause begins in the middle of it", async (args, queued) => {
  await using setting = await start();
  const { run, sandbox, store } = setting;
  for (const { id } of sandbox.pagerduty.allServices()) {
    sandbox.pagerduty.changeObject(id, { name: `New ${id}` });
  }
  const paused = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const stop = sandbox.onRequest(async ({ side, path }) => {
    if (side !== "pagerduty" || !path.startsWith("/services")) return;
    // Whose account it is was asked before.
    const [lease] = await store.sql.all("SELECT name FROM lease WHERE name = 'run'");
    if (lease === undefined) return;
    begun.resolve();
    await paused.promise;
  });
  const running = run(...args);
  await begun.promise;
  await setPause(store.sql, { scope: "all", by: "ana@desk" });
  await testClock.sleep(1500);
  using writes = countWrites(sandbox);
  paused.resolve();
  stop();
  const { code, stderr } = await running;
  expect([code, stderr.includes("error: Writing to Port is paused by ana@desk since")]).toEqual([
    2,
    true,
  ]);
  // But for the state of the run, which it tells before it is over.
  expect(writes.requests.filter((one) => !one.includes("/resync-state"))).toEqual([]);
  const [asked] = await store.sql.all("SELECT type FROM queued_run");
  expect(asked?.["type"]).toBe(queued);
  expect(await store.sql.all("SELECT name FROM lease")).toEqual([]);
  expect((await run("resume")).code).toBe(0);
  expect((await run(...args)).code).toBe(0);
  const [service] = sandbox.pagerduty.allServices();
  const id = service?.id ?? "";
  expect(sandbox.port.entity("pagerdutyService", id)?.title).toBe(`New ${id}`);
});

test("pause and resume tell JSON, and may be typed twice", async () => {
  await using setting = await start();
  const { run } = setting;
  const first = JSON.parse((await run("pause", "--json")).stdout);
  expect(first).toEqual({
    command: "pause",
    pause: {
      scope: "all",
      since: expect.stringMatching(/^20\S+Z$/),
      until: null,
      by: expect.stringMatching(/^.+@.+$/),
      reason: null,
    },
    pending: [],
  });
  const second = JSON.parse((await run("pause", "--for", "30m", "--json")).stdout);
  expect(second.pause.since).toBe(first.pause.since);
  const until = Date.parse(second.pause.until) - Date.parse(first.pause.since);
  expect(until).toBeGreaterThanOrEqual(1_800_000);
  const ended = JSON.parse((await run("resume", "--json")).stdout);
  expect(ended).toEqual({ command: "resume", ended: second.pause });
  const again = await run("resume", "--json");
  expect([again.code, JSON.parse(again.stdout)]).toEqual([0, { command: "resume", ended: null }]);
  expect(again.stderr).toBe("Nothing was paused.\n");
});

test.each([
  [["pause", "--for", "later"], "--for must be a length of time"],
  [["pause", "--by", " "], "--by is empty"],
  [["resume", "--by", ""], "--by is empty"],
])("%p is refused, and changes nothing", async (args, message) => {
  await using setting = await start();
  const refused = await setting.run(...args);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain(message);
  expect(await setting.store.sql.all("SELECT name FROM state WHERE name LIKE 'pause%'")).toEqual(
    [],
  );
});
