import { expect, test } from "bun:test";
import { describeIgnoredVariables, listIgnoredVariables } from "./ignored-variables.ts";

/** What the chart sets for every integration, with a Kafka listener. */
const chart = {
  OCEAN__PORT__BASE_URL: "https://api.getport.io",
  OCEAN__PORT__CLIENT_ID: "id",
  OCEAN__PORT__CLIENT_SECRET: "hush",
  OCEAN__INITIALIZE_PORT_RESOURCES: "true",
  OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS: "true",
  OCEAN__SEND_RAW_DATA_EXAMPLES: "true",
  OCEAN__EVENT_LISTENER: '{"type":"KAFKA","brokers":["b-1:9196"],"securityProtocol":"SASL_SSL"}',
  OCEAN__LAKEHOUSE_ENABLED: "true",
  OCEAN__PROCESSING_MODE: "dsp",
  OCEAN__STREAMING__ENABLED: "false",
  OCEAN__ACTIONS_PROCESSOR__ENABLED: "false",
  OCEAN__PROCESS_EXECUTION_MODE: "single_process",
  OCEAN__INTEGRATION__IDENTIFIER: "default-identifier",
  OCEAN__INTEGRATION__CONFIG__API_URL: "https://api.pagerduty.com",
  OCEAN__INTEGRATION__CONFIG__TOKEN: "hush",
  PATH: "/bin",
};

test("listIgnoredVariables() names what the chart sets and has no meaning here", () => {
  const ignored = listIgnoredVariables(chart);
  expect(ignored.every(({ isKnown }) => isKnown)).toBe(true);
  expect(ignored.map(({ name }) => name)).toEqual([
    "OCEAN__ACTIONS_PROCESSOR__ENABLED",
    "OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS",
    "OCEAN__EVENT_LISTENER (brokers)",
    "OCEAN__EVENT_LISTENER (securityProtocol)",
    "OCEAN__LAKEHOUSE_ENABLED",
    "OCEAN__PROCESSING_MODE",
    "OCEAN__PROCESS_EXECUTION_MODE",
    "OCEAN__STREAMING__ENABLED",
  ]);
});

test.each([
  [{ OCEAN__INTEGRATION__CONFIG__TOKN: "x" }, "OCEAN__INTEGRATION__CONFIG__TOKN"],
  [{ OCEAN__INTEGRATION__CONFIG: '{"tokn":"x"}' }, "OCEAN__INTEGRATION__CONFIG (tokn)"],
  [{ OCEAN__INTEGRATION: '{"config":{"tokn":"x"}}' }, "OCEAN__INTEGRATION (config.tokn)"],
  [{ ocean__integration__config__tokn: "x" }, "ocean__integration__config__tokn"],
])("listIgnoredVariables() of %j says what was probably meant", (environment, name) => {
  expect(listIgnoredVariables(environment)).toEqual([
    { name, isKnown: false, nearest: "OCEAN__INTEGRATION__CONFIG__TOKEN" },
  ]);
});

test("listIgnoredVariables() names variables of ours that are none, and only those", () => {
  const environment = {
    PAGERPORT_RATE_BUGDET: "1",
    pagerport_listen: "8000",
    PAGERPORT_STATE_DIR: "/state",
    PAGERPORT_DATABASE_URL_FILE: "/secret",
    PAGERPORT_LISTEN_FILE: "/no/secret",
    PAGERPORT_XYZ: "",
  };
  expect(listIgnoredVariables(environment)).toEqual([
    { name: "PAGERPORT_LISTEN_FILE", isKnown: false, nearest: "PAGERPORT_LISTEN" },
    { name: "PAGERPORT_RATE_BUGDET", isKnown: false, nearest: "PAGERPORT_RATE_BUDGET" },
    { name: "pagerport_listen", isKnown: false, nearest: "PAGERPORT_LISTEN" },
  ]);
});

test.each([
  {},
  { OCEAN__STREAMING__ENABLED: "" },
  { APPLICATION__PORT: "8000", APPLICATION__NAME: "another program's", OTHER__X: "1" },
  { OCEAN__OAUTH_ACCESS_TOKEN_FILE_PATH: "/token", OCEAN__PORT__CLIENT_SECRET_FILE: "/secret" },
  { OCEAN__EVENT_LISTENER: '{"type":"POLLING","resyncOnStart":true,"interval":60,"brokers":null}' },
])("listIgnoredVariables() has nothing against %j", (environment) => {
  expect(listIgnoredVariables(environment)).toEqual([]);
  expect(describeIgnoredVariables([])).toBeUndefined();
});

test("describeIgnoredVariables() tells both sorts in one text, and no value", () => {
  const text = describeIgnoredVariables(
    listIgnoredVariables({
      APPLICATION__ENABLE_HTTP_LOGGING: "false",
      OCEAN__SSL__PORT__VERIFY: "false",
      OCEAN__PORT__CLIENT_SECRT: "hush",
      OCEAN__XYZ: "hush",
    }),
  );
  expect(text).toBe(
    "Without meaning here, and ignored: APPLICATION__ENABLE_HTTP_LOGGING, OCEAN__SSL__PORT__VERIFY. Not known, and ignored: OCEAN__PORT__CLIENT_SECRT (or OCEAN__PORT__CLIENT_SECRET?), OCEAN__XYZ",
  );
});
