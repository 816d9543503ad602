import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { readConfigFile } from "./config-file.ts";
import { findStateDir, loadStoreSettings, nameStore } from "./store-settings.ts";

test.each([
  [{ PAGERPORT_STATE_DIR: "/var/pagerport", OCEAN__BASE_URL: "x" }, "/var/pagerport"],
  [{ PAGERPORT_STATE_DIR: "state" }, "/work/state"],
  [{ OCEAN__BASE_URL: "x", XDG_STATE_HOME: "/state", HOME: "/home/me" }, "/tmp/ocean/pagerport"],
  [{ OCEAN__BASE_URL: "", XDG_STATE_HOME: "/state", HOME: "/home/me" }, "/state/pagerport"],
  [{ XDG_STATE_HOME: "state", HOME: "/home/me" }, "/home/me/.local/state/pagerport"],
  [{ HOME: "/home/me" }, "/home/me/.local/state/pagerport"],
  [{}, join(homedir(), ".local/state/pagerport")],
])("findStateDir() of %j is %s", (environment, folder) => {
  expect(findStateDir({ environment }, "/work")).toBe(folder);
});

test("findStateDir() takes what pagerport.yaml names relative to that file", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("pagerport.yaml");
  writeFileSync(path, "stateDir: state");
  const file = readConfigFile(path);
  expect(findStateDir({ environment: {}, file }, "/work")).toBe(join(folder.path, "state"));
});

const identity = {
  integrationIdentifier: "my-pagerduty-integration",
  portBaseUrl: "https://api.getport.io",
  portClientId: "id",
  pagerDutyApiUrl: "https://api.pagerduty.com",
};

test("nameStore() tells accounts and integrations apart", () => {
  const name = nameStore(identity);
  expect(name).toMatch(/^pagerport_my_pagerduty_integration_[0-9a-f]{10}$/);
  expect(nameStore({ ...identity, portBaseUrl: "https://API.getport.io/" })).toBe(name);
  const others = [
    { integrationIdentifier: "my_pagerduty_integration" },
    { portBaseUrl: "https://api.us.getport.io" },
    { portClientId: "other" },
    { pagerDutyApiUrl: "https://api.eu.pagerduty.com" },
  ].map((change) => nameStore({ ...identity, ...change }));
  expect(new Set([name, ...others]).size).toBe(5);
});

test.each(["", "1", "-", "Über.alles", "x".repeat(200), "ab-".repeat(30), "pg_x"])(
  "nameStore() makes a name for a file and a schema of '%s'",
  (integrationIdentifier) => {
    expect(nameStore({ ...identity, integrationIdentifier })).toMatch(
      /^pagerport_(?:[a-z0-9][a-z0-9_]*_)?[0-9a-f]{10}$/,
    );
    expect(nameStore({ ...identity, integrationIdentifier }).length).toBeLessThanOrEqual(63);
  },
);

test("loadStoreSettings() does not change with what rotates", () => {
  const environment = {
    PORT_CLIENT_ID: "id",
    PORT_CLIENT_SECRET: "one",
    PD_TOKEN: "one",
    PAGERPORT_DATABASE_URL: "postgres://a:one@db/x",
    HOME: "/home/me",
  };
  const before = loadStoreSettings({ environment }, "/work");
  expect(before).toEqual({
    databaseUrl: "postgres://a:one@db/x",
    readDatabaseUrl: undefined,
    stateDir: "/home/me/.local/state/pagerport",
    name: nameStore(identity),
  });
  const rotated = { ...environment, PORT_CLIENT_SECRET: "two", PD_TOKEN: "two" };
  expect(loadStoreSettings({ environment: rotated }, "/work")).toEqual(before);
});
