import { expect, test } from "bun:test";
import { judgeSync } from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import { createNeighbour } from "../support/neighbours.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const hour = 3_600_000;

test("resync() of two stores of one integration deletes nothing as long as both run, and goes on after", async () => {
  await using sandbox = await startSandbox({ services: 6, incidents: 0, users: 4, schedules: 1 });
  putBlueprints(sandbox);
  await using a = await createNeighbour(sandbox, "mine");
  await using b = await createNeighbour(sandbox, "mine");
  const run = async (neighbour: typeof a, dryRun = false) => {
    sandbox.clock.advance(hour);
    return neighbour.run({ dryRun, allowDelete: ["pagerdutyService"] });
  };
  expect(judgeSync(await run(a))).toBe("done");
  expect(judgeSync(await run(a))).toBe("done");
  // The first of a store is not held up.
  expect(judgeSync(await run(b))).toBe("done");
  const [gone] = [...sandbox.pagerduty.allServices()].map(({ id }) => id);
  sandbox.pagerduty.deleteService(gone ?? "");
  const began = sandbox.port.integration("mine")?.json["resyncState"] as Record<string, string>;
  for (const dryRun of [true, false]) {
    const report = await run(a, dryRun);
    expect(report.unfinished.join()).toContain(`began at ${began["lastResyncStart"]}`);
    expect(report.blueprints.map(({ deleted }) => deleted)).toEqual([0, 0]);
  }
  expect((await run(b)).unfinished.join()).toContain("does not share this store");
  expect((await run(a)).unfinished.join()).toContain("does not share this store");
  expect(sandbox.port.entity("pagerdutyService", gone ?? "")).toBeDefined();
  // The other is stopped.
  expect(judgeSync(await run(a))).toBe("done");
  expect(sandbox.port.entity("pagerdutyService", gone ?? "")).toBeUndefined();
});

test("resync() of a store without memory is not held up", async () => {
  await using sandbox = await startSandbox({ services: 3, incidents: 0, users: 2, schedules: 1 });
  putBlueprints(sandbox);
  for (let time = 0; time < 3; time += 1) {
    sandbox.clock.advance(hour);
    await using fresh = await createNeighbour(sandbox, "mine");
    expect(judgeSync(await fresh.run())).toBe("done");
  }
});
