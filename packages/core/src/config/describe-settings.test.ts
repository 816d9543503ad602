import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { readConfigFile } from "./config-file.ts";
import { type DescribedSetting, describeSettings } from "./describe-settings.ts";
import type { SettingSources } from "./load-settings.ts";
import type { SettingName } from "./settings.ts";

function describe(name: SettingName, sources: SettingSources): DescribedSetting {
  const found = describeSettings(sources, "/work").find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no ${name}`);
  return found;
}

test.each([
  [
    "pagerDutyToken",
    { PD_TOKEN: "hush-hush" },
    "(secret, 9 characters)",
    "environment",
    "PD_TOKEN",
  ],
  ["pagerDutyToken", {}, undefined, "unset", undefined],
  ["portUrl", { PORT_URL: "x" }, "(secret, 1 character)", "environment", "PORT_URL"],
  [
    "portClientId",
    { OCEAN__PORT: '{"clientId":"id"}' },
    "id",
    "environment",
    "OCEAN__PORT (clientId)",
  ],
  ["requestsPerMinute", {}, "960", "default", undefined],
  ["listen", {}, "0.0.0.0:8000", "default", undefined],
  ["rateBudget", {}, "0.9 for import, else 0.5", "default", undefined],
  ["stateDir", { HOME: "/home/me" }, "/home/me/.local/state/pagerport", "default", undefined],
  ["pathPrefix", {}, undefined, "unset", undefined],
] as const)("describeSettings() of %s, %j", (name, environment, value, source, origin) => {
  expect(describe(name, { environment })).toMatchObject({ value, source, origin });
});

test("describeSettings() tells flag, file and place", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("pagerport.yaml");
  writeFileSync(path, "rateBudget: 0.2\nrequestsPerMinute: 20");
  const sources = { flags: { rateBudget: "0.4" }, environment: {}, file: readConfigFile(path) };
  expect(describe("rateBudget", sources)).toMatchObject({
    value: "0.4",
    source: "flag",
    origin: "--rate-budget",
  });
  expect(describe("requestsPerMinute", sources)).toMatchObject({
    value: "20",
    source: "file",
    origin: `${path}:2:1`,
  });
});

test("describeSettings() tells what is wrong, and no secret nor password", () => {
  const environment = {
    PD_TOKEN: "two words",
    PD_API_URL: "https://me:hush@api.test",
    PORT_CLIENT_SECRET_FILE: "/no/such/file",
  };
  const described = describeSettings({ environment }, "/work");
  expect(JSON.stringify(described)).not.toMatch(/hush|two words/);
  const mistakes = described.flatMap(({ mistake }) => mistake ?? []);
  expect(mistakes).toEqual([
    expect.stringMatching(/^PD_TOKEN must be one word/),
    "PD_API_URL must not hold a user name or password: current value is 'https://…@api.test'",
    expect.stringMatching(/^PORT_CLIENT_SECRET_FILE names a file that cannot be read/),
  ]);
});
