import { afterAll, expect, test } from "bun:test";
import { addEvents } from "../../packages/core/src/store/inbox.ts";
import { createEvent } from "../../packages/core/src/testing/inbox-event.ts";
import { createPostgresDatabase } from "../../packages/core/src/testing/test-postgres.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { loadStoreSettings, openStore } from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import { portEnvironment } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";

/** `pagerport status`: from a store, from Port, and where nothing answers. */

const sandbox = await startSandbox({ services: 4, incidents: 10, schedules: 1, users: 2 });
putBlueprints(sandbox);
const folder = new TemporaryFolder();
afterAll(async () => {
  await sandbox.close();
  folder[Symbol.dispose]();
});

interface Document {
  readonly ok: boolean;
  readonly from: string;
  readonly findings: readonly { readonly severity: string; readonly about: string }[];
}

const sorts = [
  ["SQLite", () => Promise.resolve({ PAGERPORT_STATE_DIR: folder.file("state") })],
  [
    "PostgreSQL",
    async () => ({
      PAGERPORT_STATE_DIR: folder.file("pins"),
      PAGERPORT_DATABASE_URL: await createPostgresDatabase(),
    }),
  ],
] as const satisfies readonly (readonly [string, () => Promise<Record<string, string>>])[];

test.each(sorts)(
  "pagerport status tells what a sync's store knows, and exits 0 or 3 (%s)",
  async (_sort, place) => {
    const env = { ...portEnvironment(sandbox), ...(await place()) };
    const run = (args: readonly string[]) => runHere(args, { cwd: folder.path, env });
    expect((await run(["sync"])).code).toBe(0);
    const well = await run(["status"]);
    expect(well).toMatchObject({ code: 0, stderr: "" });
    expect(well.stdout).toMatch(/^my-pagerduty-integration: all is well\n/);
    expect(well.stdout).toMatch(/^mapping [^]*its\s+deletions went through$/m);
    expect(well.stdout).toMatch(/^full run {2}run \d+, complete, ended \d+ s ago/m);
    expect(well.stdout).toMatch(/PagerDuty [\w.-]+pagerduty\.com, Port \w+, read from/);

    // A whole comparison by hand is the last check.
    expect((await run(["verify"])).code).toBe(0);
    expect((await run(["status"])).stdout).toMatch(
      /^check +\d+ s ago, all, \d+ compared: nothing/m,
    );

    const settings = loadStoreSettings({ environment: env }, folder.path);
    const store = await openStore(settings);
    await addEvents(store.sql, [createEvent("1", { state: "dead" })]);
    await store[Symbol.asyncDispose]();
    const { code, stdout } = await run(["status", "--json"]);
    expect(code).toBe(3);
    const document = JSON.parse(stdout) as Document;
    expect(document).toMatchObject({ command: "status", ok: false, from: "store" });
    expect(document.findings).toMatchObject([{ severity: "waits", about: "inbox/dead" }]);
    // No credential is in it.
    for (const secret of [sandbox.token, sandbox.portClientSecret]) {
      expect(stdout).not.toContain(secret);
    }
  },
  60_000,
);

test("pagerport status asks Port where there is no store, and makes none", async () => {
  const env = { ...portEnvironment(sandbox), PAGERPORT_STATE_DIR: folder.file("none") };
  const { code, stdout } = await runHere(["status"], { cwd: folder.path, env });
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/nothing is wrong by Port's word[^]*Only Port's word is known/),
  });
  expect(await Bun.file(folder.file("none")).exists()).toBe(false);
});

test.each<readonly [string, readonly string[], Record<string, string>, number, RegExp]>([
  ["nothing is set", [], {}, 2, /PORT_CLIENT_ID is not set/],
  ["a server that is not there", ["--url", "http://127.0.0.1:1"], {}, 5, /No pagerport answers/],
  ["an address that is none", ["--url", "127.0.0.1"], {}, 2, /--url must be a URL/],
  ["options that exclude each other", ["--watch", "--json"], {}, 2, /--watch and --json/],
  [
    "a database that is not there",
    [],
    { PAGERPORT_DATABASE_URL: "postgres://u:hush@127.0.0.1:1/x" },
    5,
    /Cannot use the database postgres:\/\/127\.0\.0\.1:1\/x/,
  ],
])("pagerport status exits with what it means: %s", async (_name, args, env, expected, message) => {
  const state = { PAGERPORT_STATE_DIR: folder.file("none"), PORT_CLIENT_ID: "" };
  const { code, stderr, stdout } = await runHere(["status", ...args], {
    cwd: folder.path,
    env: { ...state, ...env, ...("PAGERPORT_DATABASE_URL" in env && portEnvironment(sandbox)) },
  });
  expect({ code, stderr, stdout }).toEqual({
    code: expected,
    stderr: expect.stringMatching(message),
    stdout: "",
  });
  expect(stderr).not.toContain("hush");
});
