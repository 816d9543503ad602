import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { putBlueprints } from "../support/blueprints.ts";
import { createFolder } from "../support/run-import.ts";
import { runHere } from "../support/run-here.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

test("sync, verify and import leave another integration's entities alone until --take-over names it", async () => {
  await using sandbox = await startSandbox({
    services: 4,
    incidents: 30,
    users: 4,
    schedules: 2,
    // No older than what a run reads.
    from: testClock.now() - 20 * day,
    to: testClock.now() - day,
  });
  using folder = createFolder();
  putBlueprints(sandbox);
  const run = async (identifier: string, ...args: string[]) => {
    sandbox.clock.advance(minute);
    return runHere(args, {
      cwd: folder.path,
      env: {
        PD_TOKEN: sandbox.token,
        PD_API_URL: sandbox.pagerDutyUrl,
        PORT_BASE_URL: sandbox.portUrl,
        PORT_CLIENT_ID: sandbox.portClientId,
        PORT_CLIENT_SECRET: sandbox.portClientSecret,
        PAGERPORT_INTEGRATION_IDENTIFIER: identifier,
        PAGERPORT_REQUESTS_PER_MINUTE: "0",
        PAGERPORT_STATE_DIR: folder.path,
      },
    });
  };
  const ownersOf = (): Record<string, number> => {
    const owners: Record<string, number> = {};
    for (const { datasource } of sandbox.port.entities()) {
      const name = datasource.split("/").at(-2) ?? "";
      owners[name] = (owners[name] ?? 0) + 1;
    }
    return owners;
  };
  expect((await run("ocean", "sync")).code).toBe(0);
  const all = sandbox.port.entityCount;

  // All three say the same, and write nothing.
  for (const args of [["sync", "--dry-run"], ["verify"], ["import", "--to", "port"], ["sync"]]) {
    const { code, stderr } = await run("new", ...args);
    expect([args, code]).toEqual([args, 3]);
    expect(stderr).toContain("integration 'ocean' owns them");
    expect(stderr).toContain("sync --take-over ocean");
    expect(ownersOf()).toEqual({ ocean: all });
  }
  // The set does not grow.
  expect(await run("new", "sync")).toMatchObject({ code: 0 });
  expect((await run("new", "verify")).code).toBe(0);
  writeFileSync(`${folder.path}/pagerport.yaml`, "leaveTo: [ocean]\n");
  const meant = await run("new", "sync");
  expect([meant.code, meant.stderr.includes("left to")]).toEqual([0, false]);
  const both = await run("new", "sync", "--take-over", "ocean");
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("both name 'ocean'")]);
  writeFileSync(`${folder.path}/pagerport.yaml`, "");

  const misspelt = await run("new", "sync", "--take-over", "oceam");
  expect([misspelt.code, ownersOf()]).toEqual([0, { ocean: all }]);
  expect(misspelt.stderr).toContain("--take-over oceam took over nothing");

  const taken = await run("new", "sync", "--take-over", "ocean");
  expect(taken.stderr).not.toContain("took over nothing");
  expect([taken.code, ownersOf()]).toEqual([0, { new: all }]);
  expect((await run("new", "sync")).code).toBe(0);
  // It tells once what it has lost.
  const lost = await run("ocean", "sync");
  expect([lost.code, ownersOf()]).toEqual([3, { new: all }]);
  expect((await run("ocean", "sync")).code).toBe(0);
});
