import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, rateBudgets } from "@pagerport/core";
import { Command } from "commander";
import { openPort, openRun } from "./open-run.ts";
import { addRunOptions, loadRunSources, readGivenMapping, type RunFlags } from "./run-options.ts";
import { createContext } from "./testing/create-context.ts";

const environment = {
  PD_TOKEN: "token",
  PORT_CLIENT_ID: "id",
  PORT_CLIENT_SECRET: "hush",
};

class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "pagerport-test-"));

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function open(env: Record<string, string>, flags: RunFlags = {}, cwd?: string) {
  const context = createContext(env, cwd);
  const sources = loadRunSources(flags, context);
  const run = openRun({ sources, rateBudget: rateBudgets.sync }, context);
  return { context, run };
}

test("openRun() opens a store of its own for each integration", async () => {
  using folder = new Folder();
  const here = { ...environment, PAGERPORT_STATE_DIR: join(folder.path, "state") };
  const first = await open(here).run;
  const second = await open({ ...here, PAGERPORT_INTEGRATION_IDENTIFIER: "other" }).run;
  try {
    expect(first.integrationIdentifier).toBe("my-pagerduty-integration");
    expect(first.store.isPersistent).toBe(true);
    expect(first.store.place).not.toBe(second.store.place);
    expect(first.requestsPerMinute).toBe(480);
    expect(first.resync.agedIncidents).toBe("keep");
    expect(first.resync.deletionThreshold).toBe(0.2);
  } finally {
    await first.close();
    await second.close();
  }
  expect(readdirSync(join(folder.path, "state"))).toEqual([
    expect.stringMatching(/^pagerport_my_pagerduty_integration_[0-9a-f]{10}\.sqlite$/),
    expect.stringMatching(/^pagerport_other_[0-9a-f]{10}\.sqlite$/),
  ]);
});

test("openRun() works with Ocean's variables alone, and names what it ignores", async () => {
  using folder = new Folder();
  const { context, run } = open({
    OCEAN__PORT__CLIENT_ID: "id",
    OCEAN__PORT: '{"client_secret":"hush"}',
    OCEAN__INTEGRATION__CONFIG__TOKEN: "token",
    OCEAN__EVENT_LISTENER: '{"type":"ONCE"}',
    OCEAN__PROCESSING_MODE: "dsp",
    PAGERPORT_STATE_DIR: folder.path,
  });
  const { close } = await run;
  await close();
  expect(context.told).toEqual(["Without meaning here, and ignored: OCEAN__PROCESSING_MODE.\n"]);
});

test("openRun() says that a store is in memory only", async () => {
  using folder = new Folder();
  folder.write("file", "");
  const state = join(folder.path, "file", "state");
  const { context, run } = open({ ...environment, PAGERPORT_STATE_DIR: state });
  const { store, close } = await run;
  await close();
  expect(store.isPersistent).toBe(false);
  expect(context.told.join("")).toContain("in memory only; set PAGERPORT_STATE_DIR");
});

test("openRun() tells every mistake at once, and opens nothing", async () => {
  using folder = new Folder();
  const state = join(folder.path, "state");
  const { run } = open(
    {
      PAGERPORT_STATE_DIR: state,
      PAGERPORT_AGED_INCIDENTS: "drop",
      OCEAN__EVENT_LISTENER: "ONCE",
    },
    { rateBudget: "2" },
  );
  const error = await run.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  const lines = (error as ConfigError).message.split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual([
    "PD_TOKEN",
    "--rate-budget",
    "PORT_CLIENT_ID",
    "PORT_CLIENT_SECRET",
    "PAGERPORT_AGED_INCIDENTS",
    "OCEAN__EVENT_LISTENER",
  ]);
  expect(existsSync(state)).toBe(false);
});

test("openPort() needs Port's settings only", () => {
  const context = createContext({ PORT_CLIENT_ID: "id", PORT_CLIENT_SECRET: "hush" });
  expect(openPort(loadRunSources({}, context), context)).toHaveProperty("send");
  const without = createContext({ PORT_CLIENT_ID: "id" });
  expect(() => openPort(loadRunSources({}, without), without)).toThrow("PORT_CLIENT_SECRET");
});

test("addRunOptions() adds what RunFlags names, each a setting", async () => {
  using folder = new Folder();
  folder.write("own.yaml", "rateBudget: 0.1\nfullResyncInterval: 1\nclientTimeout: 9\n");
  const command = addRunOptions(new Command("sync").exitOverride());
  command.parse(
    [
      "--mapping",
      "m.yaml",
      "--config",
      "own.yaml",
      "--api-url",
      "https://x.test",
      "--requests-per-minute",
      "7",
      "--rate-budget",
      "0.2",
    ],
    { from: "user" },
  );
  const context = createContext({}, folder.path);
  const sources = loadRunSources(command.opts<RunFlags>(), context, { baseUrl: undefined });
  expect(sources.flags).toEqual({
    mappingFile: "m.yaml",
    pagerDutyApiUrl: "https://x.test",
    requestsPerMinute: "7",
    rateBudget: "0.2",
  });
  expect(sources.file?.path).toBe(join(folder.path, "own.yaml"));
});

test("readGivenMapping() reads the file that the flag names, or what pagerport.yaml holds", async () => {
  using folder = new Folder();
  folder.write("m.yaml", "resources: []");
  folder.write("pagerport.yaml", "mapping: {}");
  const context = createContext({}, folder.path);
  const read = (flags: RunFlags) => readGivenMapping(loadRunSources(flags, context), context);
  expect(await read({ mapping: "m.yaml" })).toEqual({
    name: "m.yaml",
    text: "resources: []",
    within: [],
  });
  expect(await read({})).toEqual({
    name: join(folder.path, "pagerport.yaml"),
    text: "mapping: {}",
    within: ["mapping"],
  });
  const missing = await read({ mapping: "none.yaml" }).catch((error: unknown) => error);
  expect(missing).toMatchObject({ name: "ConfigError", setting: "--mapping" });
});
