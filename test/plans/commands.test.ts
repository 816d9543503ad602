import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { runCli } from "../support/run-cli.ts";
import { hour, startPipeline, storeEnvironments } from "./start-pipeline.ts";

test.each(storeEnvironments)(
  "pagerport deletions on %s: list, show, approve a part, reject the rest",
  async (_name, open) => {
    await using pipeline = await startPipeline(await open());
    const { run, lost } = pipeline;
    await pipeline.loseSome();
    const list = await run("deletions", "list");
    expect([list.code, list.stdout]).toEqual([3, expect.stringContaining("8 to decide")]);
    const { plans } = JSON.parse((await run("deletions", "list", "--json")).stdout) as {
      plans: { id: number }[];
    };
    const id = String(plans[0]?.id);
    const shown = await run("deletions", "show", id);
    expect(shown.code).toBe(0);
    for (const identifier of lost) expect(shown.stdout).toContain(identifier);
    const only = lost.slice(0, 3);
    const approved = await run("deletions", "approve", id, "--by", "maria", "--only", ...only);
    expect([approved.code, approved.stderr]).toEqual([
      0,
      expect.stringContaining(`Approved 3 of plan ${id}`),
    ]);
    const again = await run("deletions", "approve", id, "--only", ...only);
    expect(again.stderr).toContain("Nothing changed: maria had approved 3");
    const carried = await run("sync");
    expect([carried.code, carried.stderr]).toEqual([
      3,
      expect.stringContaining(`Plan ${id}: 3 went`),
    ]);
    expect(pipeline.countServices()).toBe(12);
    expect((await run("deletions", "reject", id)).code).toBe(0);
    expect((await run("sync")).code).toBe(0);
    expect((await run("verify")).code).toBe(0);
    expect(pipeline.countServices()).toBe(12);
    // Those that are left to decide do not go because they are fewer.
    const last = await run("deletions", "list");
    expect([last.code, last.stdout]).toEqual([0, expect.stringContaining("5 rejected")]);
    for (const [args, message] of [
      [["show", "99"], "There is no plan 99"],
      [["approve", "x"], "A plan is named by its number"],
      [["approve", id, "--only", "P0"], "'P0' is not on plan"],
    ] as const) {
      const { code, stderr } = await run("deletions", ...args);
      expect([args, code, stderr]).toEqual([args, 2, expect.stringContaining(message)]);
    }
  },
  120_000,
);

test("pagerport sync --plan-out and --approve pass a plan between jobs without a store", async () => {
  // Half of what is known must be there, or it is taken for another account.
  await using pipeline = await startPipeline({}, 7);
  const { lost, folder, sandbox } = pipeline;
  /** Every job begins with an empty folder. */
  let job = 0;
  const runJob = (...args: string[]) => {
    job += 1;
    sandbox.clock.advance(hour);
    const env = { ...pipeline.env, PAGERPORT_STATE_DIR: folder.file(`job-${job}`) };
    return runCli(args, { cwd: folder.path, env });
  };
  expect((await runJob("sync")).code).toBe(0);
  pipeline.lose(lost);
  const withheld = await runJob("sync", "--plan-out", "plan.json");
  expect([withheld.code, withheld.stderr]).toEqual([
    3,
    expect.stringContaining("pagerport sync --approve plan.json"),
  ]);
  const text = readFileSync(folder.file("plan.json"), "utf8");
  const plan = JSON.parse(text) as { plans: { entities: { identifier: string }[] }[] };
  expect(plan.plans[0]?.entities.map(({ identifier }) => identifier).toSorted()).toEqual(
    lost.toSorted(),
  );

  const refusals: [change: () => Promise<{ code: number | null; stderr: string }>, string][] = [
    [
      () => {
        writeFileSync(folder.file("edited.json"), text.replace(String(lost[0]), "PEDITED"));
        return runJob("sync", "--approve", "edited.json");
      },
      "it was changed after pagerport wrote it",
    ],
    [
      () => {
        writeFileSync(folder.file("none.json"), "{}");
        return runJob("sync", "--approve", "none.json");
      },
      "no plan of pagerport",
    ],
    [() => runJob("sync", "--approve", "missing.json"), "Cannot read missing.json"],
    [() => runJob("sync", "--approve", "plan.json", "--only", "PNONE"), "'PNONE' is not in it"],
    [() => runJob("sync", "--only", "PNONE"), "--only goes with --approve"],
    [
      () => {
        const mapping = readFileSync("packages/core/defaults/mapping.yaml", "utf8").replace(
          /(kind: services\n\s+selector:\n\s+query: )"true"/,
          '$1.status != "nonsense"',
        );
        writeFileSync(folder.file("mapping.yaml"), mapping);
        return runJob("sync", "--mapping", "mapping.yaml", "--approve", "plan.json");
      },
      "the mapping reads or names pagerdutyService otherwise than when it was made",
    ],
  ];
  for (const [change, message] of refusals) {
    const { code, stderr } = await change();
    expect([message, code, stderr]).toEqual([message, 2, expect.stringContaining(message)]);
    expect(pipeline.countServices()).toBe(15);
  }

  await using other = await startPipeline();
  writeFileSync(other.folder.file("plan.json"), text.replace("pagerport-sandbox", "other"));
  const foreign = await other.run("sync", "--approve", "plan.json");
  expect(foreign.code).toBe(2);

  const approved = await runJob("sync", "--approve", "plan.json", "--only", ...lost.slice(0, 2));
  expect(approved.stderr).toContain("The plan of the file: 2 went");
  expect(pipeline.countServices()).toBe(13);
  // What PagerDuty has again by then is left out.
  pipeline.lose(lost.slice(3));
  const rest = await runJob("sync", "--approve", "plan.json");
  expect(rest.stderr).toContain("PagerDuty has it again");
  expect([rest.code, pipeline.countServices()]).toEqual([0, 11]);
}, 120_000);
