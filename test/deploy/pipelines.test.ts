import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { type Sandbox, startSandbox } from "@pagerport/cli/sandbox";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { useStandIn, type StandInOptions } from "../support/docker-stand-in.ts";
import { type PipelineJob, parseDeployFile, readPipelines } from "../support/read-pipeline.ts";
import { atMachineTime, portEnvironment, runCli } from "../support/run-cli.ts";
import { isLong } from "../support/size.ts";

// A history of two weeks: what the default mapping reads.
const small = {
  services: 5,
  incidents: 20,
  schedules: 2,
  users: 4,
  years: 0.05,
  seed: "pipelines",
} as const;
const pipelines = readPipelines();

/** Runs the script block of a pipeline with the file's variables, and a secret store with what is given. */
async function runJob(
  job: PipelineJob,
  given: Readonly<Record<string, string>>,
  standIn: StandInOptions,
): Promise<{ code: number; printed: string }> {
  const env = Object.fromEntries(
    // The addresses are the sandbox's in the place of the file's.
    Object.entries(job.env).map(([name, value]) => [name, given[name] ?? value ?? ""]),
  );
  const workspace = `${standIn.folder}/workspace`;
  mkdirSync(workspace, { recursive: true });
  await Bun.write(`${standIn.folder}/job.sh`, job.script);
  const child = Bun.spawn([...job.shell, `${standIn.folder}/job.sh`], {
    cwd: workspace,
    env: { ...env, ...useStandIn(standIn) },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, printed: stdout + stderr };
}

function catalogOf(sandbox: Sandbox): unknown[] {
  return ["pagerdutyService", "pagerdutyIncident", "pagerdutySchedule", "pagerdutyUser"].flatMap(
    (blueprint) =>
      sandbox.port
        .entities(blueprint)
        .map(({ identifier, title, properties, relations }) => ({
          identifier,
          title,
          properties,
          relations,
        }))
        .toSorted((a, b) => a.identifier.localeCompare(b.identifier)),
  );
}

/** What a resync by hand makes of the same account. */
const expected = (async () => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  const { code } = await runCli(["sync"], {
    cwd: folder.path,
    env: { ...portEnvironment(sandbox), ...atMachineTime },
  });
  expect(code).toBe(0);
  return catalogOf(sandbox);
})();

for (const job of pipelines) {
  test(`the script of ${job.name} makes the catalog that a sync by hand makes`, async () => {
    await using sandbox = await startSandbox(small);
    using folder = new TemporaryFolder();
    const { code, printed } = await runJob(job, portEnvironment(sandbox), {
      folder: folder.path,
      image: job.image,
    });
    expect([code, printed]).toEqual([0, expect.stringContaining("Took")]);
    expect(sandbox.port.entities("pagerdutyIncident")).not.toBeEmpty();
    expect(catalogOf(sandbox)).toEqual(await expected);
    expect(printed).not.toContain(sandbox.token);
    expect(existsSync(`${folder.path}/workspace/deleted`)).toBeTrue();
  });

  test.each([0, 3, 4, 5])(`exit code %i reaches ${job.name}`, async (code) => {
    using folder = new TemporaryFolder();
    // It is the script that is looked at; what really ends so is in the long size.
    await Bun.write(folder.file("ends"), `exit ${code}`);
    const command = ["sh", folder.file("ends")];
    const result = await runJob(job, {}, { folder: folder.path, image: job.image, command });
    expect(result.code).toBe(code);
  });

  if (!isLong) continue;
  test(`a refused kind and a wrong token reach ${job.name} as 3 and 4`, async () => {
    await using sandbox = await startSandbox({ ...small, refused: { schedules: 403 } });
    using folder = new TemporaryFolder();
    const standIn = { folder: folder.path, image: job.image };
    const env = portEnvironment(sandbox);
    expect((await runJob(job, env, standIn)).code).toBe(3);
    expect((await runJob(job, { ...env, PD_TOKEN: "wrong" }, standIn)).code).toBe(4);
  });
}

test("a secret that is missing is told by its name, with exit code 2", async () => {
  const [job] = pipelines;
  if (job === undefined) throw new Error("There are no pipelines");
  using folder = new TemporaryFolder();
  const { code, printed } = await runJob(job, {}, { folder: folder.path, image: job.image });
  expect([code, printed]).toEqual([2, expect.stringContaining("PD_TOKEN")]);
});

test("what a pipeline deleted is left for 'pagerport restore'", async () => {
  const [job] = pipelines;
  if (job === undefined) throw new Error("There are no pipelines");
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  const standIn = { folder: folder.path, image: job.image };
  const service = sandbox.pagerduty.createService({});
  expect((await runJob(job, portEnvironment(sandbox), standIn)).code).toBe(0);
  sandbox.pagerduty.deleteService(service);
  sandbox.clock.advance(60_000);
  expect((await runJob(job, portEnvironment(sandbox), standIn)).code).toBe(0);
  expect(readdirSync(folder.file("workspace/deleted"))).toEqual([
    expect.stringMatching(/^deleted-\d+\.ndjson$/),
  ]);
});

test("every pipeline runs on a schedule, alone, and hands its secrets on by name", () => {
  const github = parseDeployFile("github-actions.yml") as Record<string, unknown>;
  expect(github).toMatchObject({
    on: { schedule: [{ cron: "17 * * * *" }] },
    concurrency: { "cancel-in-progress": false },
  });
  const azure = parseDeployFile("azure-pipelines.yml") as Record<string, unknown>;
  expect(azure).toMatchObject({ schedules: [{ cron: "17 * * * *", always: true }] });
  const names = ["PD_TOKEN", "PORT_CLIENT_ID", "PORT_CLIENT_SECRET"];
  for (const { env, script } of pipelines) {
    expect(Object.keys(env).filter((name) => env[name] === undefined)).toEqual(names);
    // Not in the list of processes, and not in a log of `sh -x`.
    expect(script).not.toMatch(/\$\{?(?:PD_TOKEN|PORT_CLIENT)/);
  }
});
