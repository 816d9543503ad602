import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { createEntityWriter, type VerifyReport } from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import { connectSandboxPort } from "../support/connect-sandbox.ts";
import { type CliResult, portEnvironment } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";
import { createFolder } from "../support/run-import.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const hour = 3_600_000;

/** The command line against a sandbox, in a folder of its own. */
async function start(): Promise<
  AsyncDisposable & {
    readonly sandbox: Sandbox;
    readonly run: (args: readonly string[], env?: Record<string, string>) => Promise<CliResult>;
  }
> {
  const folder = createFolder();
  const sandbox = await startSandbox({ services: 20, incidents: 100, users: 30, schedules: 5 });
  putBlueprints(sandbox);
  const hosts = {
    ...portEnvironment(sandbox),
    PAGERPORT_STATE_DIR: `${folder.path}/state`,
  };
  return {
    sandbox,
    run: (args, env) => runHere(args, { cwd: folder.path, env: { ...hosts, ...env } }),
    async [Symbol.asyncDispose]() {
      await sandbox[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

test("pagerport verify finds what was changed, and exits 0 before and 3 then", async () => {
  await using setting = await start();
  const { sandbox, run } = setting;
  expect((await run(["sync"])).code).toBe(0);
  sandbox.clock.advance(hour);
  const before = await run(["verify"]);
  expect(before.stderr).toContain("Port's catalog is what PagerDuty says (");
  expect(before.code).toBe(0);
  const [head, first] = before.stdout.split("\n");
  expect(head).toMatch(
    /^ +made +in Port +compared +changed +missing +extra +kept +waiting +withheld$/,
  );
  expect(first).toMatch(/^pagerduty\w+ +\d+ +\d+ +\d+ +· +· +·/);

  const [one, other] = sandbox.port.entities("pagerdutyService");
  const [id, gone] = [String(one?.identifier), String(other?.identifier)];
  sandbox.port.editEntity("pagerdutyService", id, { title: "Edited" });
  sandbox.port.deleteEntity("pagerdutyService", gone);
  sandbox.clock.advance(hour);
  const after = await run(["verify"]);
  expect(after.stdout).toContain(
    `changed: ${id} of pagerdutyService\n  title: "Edited", must be "`,
  );
  expect(after.stdout).toContain(`missing: ${gone} of pagerdutyService\n`);
  expect(after.stderr).toContain("1 changed, 1 missing, 0 extra; 'pagerport sync' puts it right");
  expect(after.code).toBe(3);

  const json = await run(["verify", "--json", "--kinds", "services", "--sample", "5"]);
  const document = JSON.parse(json.stdout) as VerifyReport & { readonly verdict: string };
  expect(document).toMatchObject({ command: "verify", verdict: "drifted", sample: 5 });
  expect(document.blueprints).toMatchObject([
    { blueprint: "pagerdutyService", produced: 20, owned: 19, compared: 5, missing: 1 },
  ]);
  expect(json.code).toBe(3);
});

test("pagerport verify exits 0 while what is extra waits, and 3 where it is withheld", async () => {
  await using setting = await start();
  const { sandbox, run } = setting;
  await run(["sync"]);
  const port = connectSandboxPort(sandbox, { integrationIdentifier: "my-pagerduty-integration" });
  const writer = createEntityWriter({ port, merge: true, createMissingRelatedEntities: false });
  const blueprint = "pagerdutySchedule";
  const names = ["A", "B", "C", "D", "E", "F"];
  await writer.write(
    names.map((identifier) => ({ identifier, blueprint, properties: {}, relations: {} })),
  );
  sandbox.clock.advance(hour);
  const waiting = await run(["verify"]);
  expect(waiting.stderr).toContain(
    "6 of pagerdutySchedule wait, A, B, C and 3 more: its object answered 404 once. The next runs look again.\n",
  );
  expect(waiting.stderr).toContain("Port's catalog is what PagerDuty says (");
  expect(waiting.code).toBe(0);

  await run(["sync"]);
  sandbox.clock.advance(hour);
  const withheld = await run(["verify"]);
  expect(withheld.stdout).toMatch(/^pagerdutySchedule +5 +11 +5 +· +· +· +· +· +6$/m);
  expect(withheld.stderr).toContain(
    "Not certain: 6 of pagerdutySchedule were not made again, and not deleted: 6 would go",
  );
  expect(withheld.stderr).toContain("pagerport sync --allow-delete pagerdutySchedule");
  expect(withheld.stderr).toContain("a person has to decide on what is withheld (");
  expect(withheld.code).toBe(3);
});

test.each([
  ["a sample of none", ["--sample", "0"], {}, 2, "--sample must be a whole number of at least 1"],
  ["a kind that is not mapped", ["--kinds", "service"], {}, 2, "Did you mean services?"],
  ["a wrong token of PagerDuty", [], { PD_TOKEN: "wrong" }, 4, "PD_TOKEN"],
  ["a wrong secret of Port", [], { PORT_CLIENT_SECRET: "wrong" }, 4, "PORT_CLIENT"],
] as const)("pagerport verify with %s says so", async (_, args, env, code, text) => {
  await using setting = await start();
  const result = await setting.run(["verify", ...args], { ...env });
  expect(result.stderr).toContain(text);
  expect(result.stdout).toBe("");
  expect(result.code).toBe(code);
});

test("pagerport verify exits 3 where one kind may not be read, and 4 where none may", async () => {
  await using setting = await start();
  const { sandbox, run } = setting;
  await run(["sync"]);
  sandbox.configure({ refused: { users: 403 } });
  const some = await run(["verify"]);
  expect(some.stderr).toContain("Not certain: users[6] was not read whole");
  expect(some.code).toBe(3);
  sandbox.configure({ refused: { services: 403 } });
  expect((await run(["verify", "--kinds", "services"])).code).toBe(4);
});
