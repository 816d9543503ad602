import { expect, test } from "bun:test";
import { startPipeline, storeEnvironments } from "./start-pipeline.ts";

test.each(storeEnvironments)(
  "pagerport status ends with 3 while a plan waits, and no more once a person has decided on it, on %s",
  async (_name, open) => {
    await using pipeline = await startPipeline(await open());
    const { run, lost } = pipeline;
    await pipeline.loseSome();
    const look = async () => {
      const { code, stdout } = await run("status", "--json");
      const { plans, withheld } = JSON.parse(stdout) as { plans: unknown[]; withheld: unknown[] };
      return [code, plans.length, withheld.length];
    };
    expect(await look()).toEqual([3, 1, 1]);
    const [first = "", ...others] = lost;
    expect((await run("deletions", "reject", "1", "--only", first)).code).toBe(0);
    expect(await look()).toEqual([3, 1, 1]);
    expect((await run("deletions", "approve", "1", "--only", ...others)).code).toBe(0);
    expect(await look()).toEqual([0, 0, 0]);
    // Nor by the run that carries it out.
    expect((await run("sync")).code).toBe(0);
    expect(await look()).toEqual([0, 0, 0]);
    expect(pipeline.countServices()).toBe(8);
  },
  120_000,
);
