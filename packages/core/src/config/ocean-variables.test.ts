import { expect, test } from "bun:test";
import { ConfigError } from "../errors.ts";
import { loadSetting, requireSetting } from "./load-settings.ts";
import { type Environment, findOceanVariable, usesOcean } from "./ocean-variables.ts";

const token = "OCEAN__INTEGRATION__CONFIG__TOKEN";

test.each([
  [{ [token]: "a" }, "a", token],
  [{ ocean__integration__config__token: "a" }, "a", "ocean__integration__config__token"],
  [{ OCEAN__INTEGRATION__CONFIG: '{"token": "a"}' }, "a", "OCEAN__INTEGRATION__CONFIG (token)"],
  [{ OCEAN__INTEGRATION: '{"config": {"token": "a"}}' }, "a", "OCEAN__INTEGRATION (config.token)"],
  // The nearest to the name wins, an empty one is unset.
  [{ OCEAN__INTEGRATION__CONFIG: '{"token": "b"}', [token]: "a" }, "a", token],
  [
    { OCEAN__INTEGRATION__CONFIG: '{"token": "b"}', [token]: "" },
    "b",
    "OCEAN__INTEGRATION__CONFIG (token)",
  ],
  [
    { OCEAN__INTEGRATION__CONFIG: '{"token": ""}', OCEAN__INTEGRATION: '{"config":{"token":"c"}}' },
    "c",
    "OCEAN__INTEGRATION (config.token)",
  ],
])("findOceanVariable() in %j finds '%s'", (environment, text, origin) => {
  expect(findOceanVariable(environment, token)).toEqual({ text, origin });
});

const without: readonly Environment[] = [
  {},
  { [token]: "" },
  { OCEAN__INTEGRATION__CONFIG: "{}" },
  { OCEAN__INTEGRATION__CONFIG: '{"token": null}' },
  { OCEAN__INTEGRATION: '{"config": "token"}' },
  { INTEGRATION__CONFIG__TOKEN: "a" },
];

test.each(without)("findOceanVariable() finds nothing in %j", (environment) => {
  expect(findOceanVariable(environment, token)).toBeUndefined();
});

test.each([
  ['{"resyncOnStart": false}', "resyncOnStart"],
  ['{"resync_on_start": false}', "resync_on_start"],
])("findOceanVariable() takes members as %s", (json, key) => {
  expect(
    findOceanVariable({ OCEAN__EVENT_LISTENER: json }, "OCEAN__EVENT_LISTENER__RESYNC_ON_START"),
  ).toEqual({ text: "false", origin: `OCEAN__EVENT_LISTENER (${key})` });
});

test.each([
  [
    "OCEAN__EVENT_LISTENER",
    "POLLING",
    `OCEAN__EVENT_LISTENER must be a JSON object like {"type":"POLLING"}: current value is 'POLLING'`,
  ],
  [
    "ocean__event_listener",
    "[1]",
    `ocean__event_listener must be a JSON object like {"type":"POLLING"}: current value is '[1]'`,
  ],
  // It may hold credentials.
  [
    "OCEAN__INTEGRATION__CONFIG",
    "{token: hush}",
    "OCEAN__INTEGRATION__CONFIG must be a JSON object",
  ],
  ["OCEAN__INTEGRATION__CONFIG", '"hush"', "OCEAN__INTEGRATION__CONFIG must be a JSON object"],
])("findOceanVariable() refuses %s=%s", (variable, text, message) => {
  let told: unknown;
  try {
    findOceanVariable({ [variable]: text }, variable.toUpperCase().concat("__TYPE"));
  } catch (error) {
    told = error;
  }
  expect(told).toBeInstanceOf(ConfigError);
  expect(told).toMatchObject({ message, setting: variable });
  expect((told as ConfigError).cause).toBeUndefined();
});

test("findOceanVariable() does not read an object that is not needed", () => {
  const environment = { OCEAN__INTEGRATION__CONFIG: "no JSON", PD_TOKEN: "own" };
  expect(loadSetting("pagerDutyToken", { environment })).toBe("own");
});

test("usesOcean() tells Ocean's environment from others", () => {
  expect(usesOcean({ OCEAN__PORT__CLIENT_ID: "a" })).toBe(true);
  expect(usesOcean({ ocean__port: "{}" })).toBe(true);
  expect(usesOcean({ OCEAN__PORT__CLIENT_ID: "" })).toBe(false);
  expect(usesOcean({ OCEAN_SIDE: "a", PD_TOKEN: "b" })).toBe(false);
});

test("requireSetting() names Ocean's variable too where those are in use", () => {
  const environment = { OCEAN__PORT__CLIENT_SECRET: "hush" };
  expect(() => requireSetting("portClientId", { environment })).toThrow(
    "PORT_CLIENT_ID (or OCEAN__PORT__CLIENT_ID) is not set: client ID of Port's API credentials",
  );
});
