import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { loadSetting } from "./load-settings.ts";
import type { Environment } from "./ocean-variables.ts";
import type { Setting } from "./setting.ts";
import { type SettingName, settings } from "./settings.ts";

/** Any setting's value, whatever its type. */
function load(name: SettingName, environment: Environment): unknown {
  return loadSetting(name, { environment });
}

/** Each setting: our variable with a text, Ocean's with another, the values of both and the default. */
const table: readonly (readonly [
  name: SettingName,
  own: string,
  ownText: string,
  ownValue: unknown,
  ocean: string | undefined,
  oceanText: string,
  oceanValue: unknown,
  defaultValue: unknown,
])[] = [
  [
    "pagerDutyToken",
    "PD_TOKEN",
    "own",
    "own",
    "OCEAN__INTEGRATION__CONFIG__TOKEN",
    "oceans",
    "oceans",
    undefined,
  ],
  ["webhookToken", "PD_WEBHOOK_TOKEN", "own", "own", undefined, "", undefined, undefined],
  [
    "pagerDutyApiUrl",
    "PD_API_URL",
    "https://own.test/",
    "https://own.test",
    "OCEAN__INTEGRATION__CONFIG__API_URL",
    "https://api.eu.pagerduty.com/",
    "https://api.eu.pagerduty.com",
    "https://api.pagerduty.com",
  ],
  ["requestsPerMinute", "PAGERPORT_REQUESTS_PER_MINUTE", "0", 0, undefined, "", 0, 960],
  ["rateBudget", "PAGERPORT_RATE_BUDGET", "0.3", 0.3, undefined, "", 0, undefined],
  ["clientTimeout", "PAGERPORT_CLIENT_TIMEOUT", "5", 5, "OCEAN__CLIENT_TIMEOUT", "90", 90, 60],
  ["portClientId", "PORT_CLIENT_ID", "own", "own", "OCEAN__PORT__CLIENT_ID", "id", "id", undefined],
  [
    "portClientSecret",
    "PORT_CLIENT_SECRET",
    "own",
    "own",
    "OCEAN__PORT__CLIENT_SECRET",
    "hush",
    "hush",
    undefined,
  ],
  [
    "portBaseUrl",
    "PORT_BASE_URL",
    "https://own.test/",
    "https://own.test",
    "OCEAN__PORT__BASE_URL",
    "https://api.us.getport.io",
    "https://api.us.getport.io",
    "https://api.getport.io",
  ],
  ["portUrl", "PORT_URL", "https://in.test/a", "https://in.test/a", undefined, "", 0, undefined],
  ["portWebhookSecret", "PORT_WEBHOOK_SECRET", " s ", " s ", undefined, "", 0, undefined],
  [
    "integrationIdentifier",
    "PAGERPORT_INTEGRATION_IDENTIFIER",
    "Own-1",
    "Own-1",
    "OCEAN__INTEGRATION__IDENTIFIER",
    "default-identifier",
    "default-identifier",
    "my-pagerduty-integration",
  ],
  [
    "integrationType",
    "PAGERPORT_INTEGRATION_TYPE",
    "pagerduty",
    "pagerduty",
    "OCEAN__INTEGRATION__TYPE",
    "PagerDuty",
    "pagerduty",
    "pagerduty",
  ],
  [
    "initializePortResources",
    "PAGERPORT_INITIALIZE_PORT_RESOURCES",
    "no",
    false,
    "OCEAN__INITIALIZE_PORT_RESOURCES",
    "False",
    false,
    true,
  ],
  [
    "createPortResourcesOrigin",
    "PAGERPORT_CREATE_PORT_RESOURCES_ORIGIN",
    "ocean",
    "Ocean",
    "OCEAN__CREATE_PORT_RESOURCES_ORIGIN",
    "Empty",
    "Empty",
    undefined,
  ],
  [
    "sendRawDataExamples",
    "PAGERPORT_SEND_RAW_DATA_EXAMPLES",
    "0",
    false,
    "OCEAN__SEND_RAW_DATA_EXAMPLES",
    "false",
    false,
    true,
  ],
  ["mappingFile", "PAGERPORT_MAPPING_FILE", "a.yaml", "a.yaml", undefined, "", 0, undefined],
  [
    "databaseUrl",
    "PAGERPORT_DATABASE_URL",
    "postgres://a:b@c/d",
    "postgres://a:b@c/d",
    undefined,
    "",
    0,
    undefined,
  ],
  ["stateDir", "PAGERPORT_STATE_DIR", "/var/a", "/var/a", undefined, "", 0, undefined],
  [
    "takeOver",
    "PAGERPORT_TAKE_OVER",
    "ocean, other",
    ["ocean", "other"],
    undefined,
    "",
    0,
    undefined,
  ],
  ["leaveTo", "PAGERPORT_LEAVE_TO", "other", ["other"], undefined, "", 0, undefined],
  ["expectAccount", "PAGERPORT_EXPECT_ACCOUNT", "acme", "acme", undefined, "", 0, undefined],
  ["expectPortOrg", "PAGERPORT_EXPECT_PORT_ORG", "org_1", "org_1", undefined, "", 0, undefined],
  ["agedIncidents", "PAGERPORT_AGED_INCIDENTS", "delete", "delete", undefined, "", 0, "keep"],
  ["deletionThreshold", "PAGERPORT_DELETION_THRESHOLD", "0.5", 0.5, undefined, "", 0, 0.2],
  ["keepDays", "PAGERPORT_KEEP_DAYS", "30", 30, undefined, "", 0, 90],
  ["keepRotatingDays", "PAGERPORT_KEEP_ROTATING_DAYS", "1", 1, undefined, "", 0, 7],
  ["journalLimit", "PAGERPORT_JOURNAL_LIMIT", "0", 0, undefined, "", 0, 512],
  [
    "scheduledResyncInterval",
    "PAGERPORT_SCHEDULED_RESYNC_INTERVAL",
    "30",
    30,
    "OCEAN__SCHEDULED_RESYNC_INTERVAL",
    "120",
    120,
    0,
  ],
  ["fullResyncInterval", "PAGERPORT_FULL_RESYNC_INTERVAL", "12", 12, undefined, "", 0, 24],
  ["verifyInterval", "PAGERPORT_VERIFY_INTERVAL", "12", 12, undefined, "", 0, 24],
  ["verifySample", "PAGERPORT_VERIFY_SAMPLE", "all", 0, undefined, "", 0, 200],
  [
    "eventListener",
    "PAGERPORT_EVENT_LISTENER",
    "webhooks_only",
    "WEBHOOKS_ONLY",
    "OCEAN__EVENT_LISTENER__TYPE",
    "ONCE",
    "ONCE",
    "POLLING",
  ],
  [
    "pollInterval",
    "PAGERPORT_POLL_INTERVAL",
    "10",
    10,
    "OCEAN__EVENT_LISTENER__INTERVAL",
    "20",
    20,
    60,
  ],
  [
    "resyncOnStart",
    "PAGERPORT_RESYNC_ON_START",
    "off",
    false,
    "OCEAN__EVENT_LISTENER__RESYNC_ON_START",
    "false",
    false,
    true,
  ],
  [
    "webhookSecrets",
    "PD_WEBHOOK_SECRET",
    "one, two",
    ["one", "two"],
    "OCEAN__INTEGRATION__CONFIG__WEBHOOK_SECRET",
    "three",
    ["three"],
    undefined,
  ],
  [
    "baseUrl",
    "PAGERPORT_BASE_URL",
    "https://own.test",
    "https://own.test",
    "OCEAN__BASE_URL",
    "https://hook.test/",
    "https://hook.test",
    undefined,
  ],
  ["pathPrefix", "PAGERPORT_PATH_PREFIX", "/", "", "OCEAN__PATH_PREFIX", "a/b/", "/a/b", ""],
  [
    "listen",
    "PAGERPORT_LISTEN",
    "127.0.0.1:1",
    { host: "127.0.0.1", port: 1 },
    "APPLICATION__PORT",
    "9000",
    { host: "0.0.0.0", port: 9000 },
    { host: "0.0.0.0", port: 8000 },
  ],
  [
    "metricsListen",
    "PAGERPORT_METRICS_LISTEN",
    "[::1]:9",
    { host: "::1", port: 9 },
    undefined,
    "",
    0,
    undefined,
  ],
  [
    "shutdownGrace",
    "PAGERPORT_SHUTDOWN_GRACE",
    "0",
    0,
    "OCEAN__MAX_WAIT_SECONDS_BEFORE_SHUTDOWN",
    "5",
    5,
    25,
  ],
  ["shadow", "PAGERPORT_SHADOW", "true", true, undefined, "", 0, false],
  [
    "logLevel",
    "PAGERPORT_LOG_LEVEL",
    "debug",
    "debug",
    "APPLICATION__LOG_LEVEL",
    "WARNING",
    "warning",
    "info",
  ],
  [
    "apiListen",
    "PAGERPORT_API_LISTEN",
    "9010",
    { host: "0.0.0.0", port: 9010 },
    undefined,
    "",
    0,
    { host: "127.0.0.1", port: 8010 },
  ],
  [
    "apiTokens",
    "PAGERPORT_API_TOKENS",
    "alice:read:0123456789-0123456789-0123456789",
    [
      {
        name: "alice",
        rights: new Set(["read"]),
        secret: "0123456789-0123456789-0123456789",
      },
    ],
    undefined,
    "",
    0,
    undefined,
  ],
  ["apiHosts", "PAGERPORT_API_HOSTS", "a.test, b", ["a.test", "b"], undefined, "", 0, undefined],
  [
    "serverUrl",
    "PAGERPORT_URL",
    "http://127.0.0.1:8010/",
    "http://127.0.0.1:8010",
    undefined,
    "",
    0,
    undefined,
  ],
  ["apiToken", "PAGERPORT_API_TOKEN", " own ", "own", undefined, "", 0, undefined],
];

test.each(table)(
  "the setting %s is read from %s first",
  (name, own, ownText, ownValue, ocean, oceanText, oceanValue, defaultValue) => {
    expect(load(name, {})).toEqual(defaultValue);
    expect(load(name, { [own]: ownText })).toEqual(ownValue);
    if (ocean === undefined) return;
    const named = { [ocean]: oceanText };
    expect(load(name, named)).toEqual(oceanValue);
    const lower = { [ocean.toLowerCase()]: oceanText };
    expect(load(name, lower)).toEqual(oceanValue);
    const both = { ...named, [own]: ownText };
    expect(load(name, both)).toEqual(ownValue);
    const empty = { ...named, [own]: "" };
    expect(load(name, empty)).toEqual(oceanValue);
    expect(load(name, { [ocean]: "" })).toEqual(defaultValue);
  },
);

test("the settings are all in the table above, and no variable has two meanings", () => {
  expect(table.map(([name]) => name).toSorted()).toEqual(
    (Object.keys(settings) as SettingName[]).toSorted(),
  );
  const all: readonly Setting<unknown>[] = Object.values(settings);
  const names = [
    ...all.flatMap(({ environment }) => environment),
    ...all.flatMap(({ ocean = [] }) => ocean),
  ];
  expect(new Set(names).size).toBe(names.length);
  // Platforms set it for every process.
  expect(names).not.toContain("PORT");
});

test("loadSetting() reads every secret, and what is kept with one, from the file that *_FILE names", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("secret");
  for (const [name, own, ownText, ownValue, ocean, oceanText, oceanValue, unset] of table) {
    const { isSecret, hasFile = isSecret } = settings[name] as Setting<unknown>;
    writeFileSync(path, `${ownText}\n`);
    const environment = { [`${own}_FILE`]: path };
    const value = load(name, environment);
    if (name === "portWebhookSecret") expect(value).toBe("s");
    else expect(value).toEqual(hasFile ? ownValue : unset);
    if (ocean === undefined) continue;
    writeFileSync(path, `${oceanText}\n`);
    const oceans = load(name, { [`${ocean}_FILE`]: path });
    expect(oceans).toEqual(isSecret ? oceanValue : unset);
  }
});

test("loadSetting() takes the token that Ocean's OAuth file holds, before Ocean's other names", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("token");
  writeFileSync(path, "pdus+first\n");
  const environment = {
    OCEAN__OAUTH_ACCESS_TOKEN_FILE_PATH: path,
    OCEAN__INTEGRATION__CONFIG__TOKEN: "fixed",
  };
  expect(loadSetting("pagerDutyToken", { environment })).toBe("pdus+first");
  expect(loadSetting("pagerDutyToken", { environment: { ...environment, PD_TOKEN: "own" } })).toBe(
    "own",
  );
  writeFileSync(path, "pdus+second");
  expect(loadSetting("pagerDutyToken", { environment })).toBe("pdus+second");
});

test("loadSetting() takes the base URL that older versions of the integration were given", () => {
  const old = { OCEAN__INTEGRATION__CONFIG__APP_HOST: "https://old.test" };
  expect(loadSetting("baseUrl", { environment: old })).toBe("https://old.test");
  const both = { ...old, OCEAN__BASE_URL: "https://new.test" };
  expect(loadSetting("baseUrl", { environment: both })).toBe("https://new.test");
});

const wrong: readonly (readonly [SettingName, string, string, string])[] = [
  [
    "pagerDutyApiUrl",
    "OCEAN__INTEGRATION__CONFIG__API_URL",
    "string",
    "must be a URL that begins with https:// (or http://): current value is 'string'",
  ],
  [
    "pagerDutyApiUrl",
    "PD_API_URL",
    "https://me:pw@x.test",
    "must not hold a user name or password: current value is 'https://…@x.test'",
  ],
  [
    "scheduledResyncInterval",
    "OCEAN__SCHEDULED_RESYNC_INTERVAL",
    "1.5",
    "must be a whole number from 0 to 525600: current value is '1.5'",
  ],
  [
    "initializePortResources",
    "OCEAN__INITIALIZE_PORT_RESOURCES",
    "maybe",
    "must be true or false: current value is 'maybe'",
  ],
  [
    "leaveTo",
    "PAGERPORT_LEAVE_TO",
    "a,,b",
    "must be one word of plain characters, or several with commas between them: current value is 'a,,b'",
  ],
  [
    "agedIncidents",
    "PAGERPORT_AGED_INCIDENTS",
    "drop",
    "must be one of keep, delete: current value is 'drop'",
  ],
  [
    "deletionThreshold",
    "PAGERPORT_DELETION_THRESHOLD",
    "20",
    "must be a number from 0 to 1: current value is '20'",
  ],
  [
    "keepDays",
    "PAGERPORT_KEEP_DAYS",
    "0",
    "must be a whole number from 1 to 3650: current value is '0'",
  ],
  [
    "integrationType",
    "OCEAN__INTEGRATION__TYPE",
    "jira",
    "must be pagerduty: current value is 'jira'",
  ],
  [
    "integrationIdentifier",
    "OCEAN__INTEGRATION__IDENTIFIER",
    "two words",
    "must be one word of plain characters (a-z, 0-9, -, _, .): current value is 'two words'",
  ],
  [
    "eventListener",
    "OCEAN__EVENT_LISTENER__TYPE",
    "ACTIONS_ONLY",
    "must be one of POLLING, ONCE, WEBHOOKS_ONLY, KAFKA, WEBHOOK: current value is 'ACTIONS_ONLY'",
  ],
  [
    "listen",
    "APPLICATION__PORT",
    "99999",
    "must be a port or host:port (0.0.0.0:8000): current value is '99999'",
  ],
  // Secrets are not shown.
  [
    "databaseUrl",
    "PAGERPORT_DATABASE_URL",
    "mysql://me:hush@x/y",
    "must be like postgres://user:password@host/name",
  ],
  [
    "portClientSecret",
    "OCEAN__PORT__CLIENT_SECRET",
    "hush hush",
    "must be one word of plain characters: was it copied whole, and nothing else?",
  ],
  [
    "webhookSecrets",
    "PD_WEBHOOK_SECRET",
    "hush,,hush",
    "must be one secret, or several with commas between them",
  ],
];

test.each(wrong)("loadSetting() refuses a wrong %s in %s", (name, variable, text, message) => {
  expect(() => load(name, { [variable]: text })).toThrow(`${variable} ${message}`);
});
