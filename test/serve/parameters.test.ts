import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { settings } from "@pagerport/core";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { exitCodes } from "../../packages/cli/src/context.ts";
import { createProgram } from "../../packages/cli/src/create-program.ts";
import { reportError } from "../../packages/cli/src/report-error.ts";
import { createContext } from "../../packages/cli/src/testing/create-context.ts";
import {
  loadServeSettings,
  type ServeSettings,
} from "../../packages/cli/src/serve/load-serve-settings.ts";

/** The least that a container of Ocean's is given. */
const least = {
  OCEAN__PORT__CLIENT_ID: "the-id",
  OCEAN__PORT__CLIENT_SECRET: "the-secret",
  OCEAN__INTEGRATION__CONFIG__TOKEN: "the-token",
};

function load(environment: Readonly<Record<string, string>>): ServeSettings {
  const flags = { requiresWebhook: false, acceptsUnsigned: false };
  const sources = { environment: { ...least, ...environment } };
  return loadServeSettings(sources, flags, createContext());
}

interface Row {
  /** The guide's parameter, as the chart calls it, or what it is about. */
  readonly title: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly read: (settings: ServeSettings) => unknown;
  readonly value: unknown;
}

/** The guide's table of parameters, each with the variable that the chart makes of it. */
const parameters: readonly Row[] = [
  {
    title: "port.clientId",
    environment: { OCEAN__PORT__CLIENT_ID: "other" },
    read: ({ run }) => run.port.clientId,
    value: "other",
  },
  {
    title: "port.clientSecret",
    environment: { OCEAN__PORT__CLIENT_SECRET: "other" },
    read: ({ run }) => run.port.clientSecret,
    value: "other",
  },
  {
    title: "port.baseUrl",
    environment: { OCEAN__PORT__BASE_URL: "https://api.us.getport.io" },
    read: ({ run }) => run.port.baseUrl,
    value: "https://api.us.getport.io",
  },
  {
    title: "integration.identifier",
    environment: { OCEAN__INTEGRATION__IDENTIFIER: "My-Own" },
    read: ({ run }) => run.port.integrationIdentifier,
    value: "My-Own",
  },
  {
    title: "integration.type",
    environment: { OCEAN__INTEGRATION__TYPE: "pagerduty" },
    read: ({ run }) => run.port.integrationIdentifier,
    value: "my-pagerduty-integration",
  },
  {
    title: "integration.eventListener.type",
    environment: { OCEAN__EVENT_LISTENER: '{"type":"POLLING"}' },
    read: ({ server }) => [server.listener, server.warnings],
    value: [{ type: "POLLING", interval: 60, resyncOnStart: true }, []],
  },
  {
    title: "integration.secrets.token",
    environment: { OCEAN__INTEGRATION__CONFIG__TOKEN: "other" },
    read: ({ run }) => [run.pagerDuty.token, run.pagerDuty.readToken],
    value: ["other", undefined],
  },
  {
    title: "integration.config.apiUrl",
    environment: { OCEAN__INTEGRATION__CONFIG__API_URL: "https://api.eu.pagerduty.com/" },
    read: ({ run }) => run.pagerDuty.apiUrl,
    value: "https://api.eu.pagerduty.com",
  },
  {
    title: "integration.config.appHost",
    environment: { OCEAN__INTEGRATION__CONFIG__APP_HOST: "https://hook.test/" },
    read: ({ server }) => server.baseUrl,
    value: "https://hook.test",
  },
  {
    title: "scheduledResyncInterval",
    environment: { OCEAN__SCHEDULED_RESYNC_INTERVAL: "120" },
    read: ({ server }) => server.scheduledResyncInterval,
    value: 120,
  },
  {
    title: "initializePortResources",
    environment: { OCEAN__INITIALIZE_PORT_RESOURCES: "false" },
    read: ({ run }) => run.resync.initializePortResources,
    value: false,
  },
];

/** What else Ocean's container takes and has a meaning here. */
const variables: readonly Row[] = [
  {
    title: "all of the integration's configuration in one variable",
    environment: {
      OCEAN__INTEGRATION__CONFIG: '{"apiUrl":"https://a.test","app_host":"https://b.test"}',
    },
    read: ({ run, server }) => [run.pagerDuty.apiUrl, server.baseUrl],
    value: ["https://a.test", "https://b.test"],
  },
  {
    title: "variables in small letters",
    environment: { ocean__base_url: "https://c.test" },
    read: ({ server }) => server.baseUrl,
    value: "https://c.test",
  },
  {
    title: "OCEAN__BASE_URL before APP_HOST",
    environment: {
      OCEAN__BASE_URL: "https://new.test",
      OCEAN__INTEGRATION__CONFIG__APP_HOST: "https://old.test",
    },
    read: ({ server }) => server.baseUrl,
    value: "https://new.test",
  },
  {
    title: "OCEAN__PATH_PREFIX",
    environment: { OCEAN__PATH_PREFIX: "ocean/" },
    read: ({ server }) => server.pathPrefix,
    value: "/ocean",
  },
  {
    title: "OCEAN__CLIENT_TIMEOUT, seconds",
    environment: { OCEAN__CLIENT_TIMEOUT: "90" },
    read: ({ run }) => run.pagerDuty.timeout,
    value: 90_000,
  },
  {
    title: "OCEAN__CREATE_PORT_RESOURCES_ORIGIN",
    environment: { OCEAN__CREATE_PORT_RESOURCES_ORIGIN: "Port" },
    read: ({ run }) => run.resync.createPortResourcesOrigin,
    value: "Port",
  },
  {
    title: "OCEAN__SEND_RAW_DATA_EXAMPLES",
    environment: { OCEAN__SEND_RAW_DATA_EXAMPLES: "false" },
    read: ({ run }) => run.resync.sendRawDataExamples,
    value: false,
  },
  {
    title: "the listener KAFKA, with what the chart gives it",
    environment: { OCEAN__EVENT_LISTENER: '{"type":"KAFKA","brokers":["b-1:9196"]}' },
    read: ({ server, run }) => [
      server.listener.type,
      server.warnings.length,
      run.ignored.map(({ name }) => name),
    ],
    value: ["POLLING", 1, ["OCEAN__EVENT_LISTENER (brokers)"]],
  },
  {
    title: "the listener WEBHOOK",
    environment: { OCEAN__EVENT_LISTENER: '{"type":"WEBHOOK","appHost":"https://x.test"}' },
    read: ({ server }) => [server.listener.type, server.warnings.length],
    value: ["POLLING", 1],
  },
  {
    title: "the listener ONCE",
    environment: { OCEAN__EVENT_LISTENER: '{"type":"ONCE"}' },
    read: ({ server }) => server.listener,
    value: { type: "ONCE" },
  },
  {
    title: "the listener WEBHOOKS_ONLY",
    environment: { OCEAN__EVENT_LISTENER__TYPE: "WEBHOOKS_ONLY" },
    read: ({ server }) => server.listener,
    value: { type: "WEBHOOKS_ONLY" },
  },
  {
    title: "members of the listener as Ocean documents them",
    environment: { OCEAN__EVENT_LISTENER: '{"type":"POLLING","resyncOnStart":false}' },
    read: ({ server }) => server.listener,
    value: { type: "POLLING", interval: 60, resyncOnStart: false },
  },
  {
    title: "members of the listener as Ocean reads them",
    environment: { OCEAN__EVENT_LISTENER: '{"type":"POLLING","resync_on_start":false}' },
    read: ({ server }) => server.listener,
    value: { type: "POLLING", interval: 60, resyncOnStart: false },
  },
  {
    title: "members of the listener one by one",
    environment: {
      OCEAN__EVENT_LISTENER__INTERVAL: "20",
      OCEAN__EVENT_LISTENER__RESYNC_ON_START: "false",
    },
    read: ({ server }) => server.listener,
    value: { type: "POLLING", interval: 20, resyncOnStart: false },
  },
  {
    title: "a secret of webhooks",
    environment: { OCEAN__INTEGRATION__CONFIG__WEBHOOK_SECRET: "one,two" },
    read: ({ server }) => server.webhookSecrets,
    value: ["one", "two"],
  },
  {
    title: "OCEAN__MAX_WAIT_SECONDS_BEFORE_SHUTDOWN",
    environment: { OCEAN__MAX_WAIT_SECONDS_BEFORE_SHUTDOWN: "5" },
    read: ({ server }) => server.shutdownGrace,
    value: 5,
  },
  {
    title: "APPLICATION__PORT",
    environment: { APPLICATION__PORT: "9000" },
    read: ({ server }) => server.listen,
    value: { host: "0.0.0.0", port: 9000 },
  },
  {
    title: "APPLICATION__LOG_LEVEL",
    environment: { APPLICATION__LOG_LEVEL: "DEBUG" },
    read: ({ server }) => server.logLevel,
    value: "debug",
  },
  {
    title: "no port at all: the one that the chart's probes ask",
    environment: {},
    read: ({ server }) => server.listen,
    value: { host: "0.0.0.0", port: 8000 },
  },
  {
    title: "no folder at all: the only one that can be written there",
    environment: {},
    read: ({ run }) => run.store.stateDir,
    value: "/tmp/ocean/pagerport",
  },
];

test.each([...parameters, ...variables])(
  "loadServeSettings() honours $title",
  ({ environment, read, value }) => {
    expect(read(load(environment))).toEqual(value);
  },
);

test("every variable of Ocean's that has a meaning here is in one of the tables", () => {
  const all: readonly { readonly ocean?: readonly string[] }[] = Object.values(settings);
  const told = new Set(
    [...parameters, ...variables].flatMap(({ environment }) =>
      Object.keys(environment).map((name) => name.toUpperCase()),
    ),
  );
  const untold = all.flatMap(({ ocean = [] }) => ocean).filter((name) => !told.has(name));
  expect(untold).toEqual([]);
});

test("loadServeSettings() takes the token from the file that OCEAN__OAUTH_ACCESS_TOKEN_FILE_PATH names", () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.file("token"), "first");
  const { pagerDuty } = load({ OCEAN__OAUTH_ACCESS_TOKEN_FILE_PATH: folder.file("token") }).run;
  expect(pagerDuty.token).toBe("first");
  writeFileSync(folder.file("token"), "second");
  expect(pagerDuty.readToken?.()).toBe("second");
});

/** What `serve` says and ends with where a variable is wrong. */
async function serve(
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly told: string }> {
  const context = createContext({ ...least, ...environment });
  try {
    await createProgram(context).parseAsync(["serve"], { from: "user" });
    return { code: context.exitCode, told: context.told.join("") };
  } catch (error) {
    return { code: reportError(error, context), told: context.told.join("") };
  }
}

test.each<[string, string, string]>([
  // What the guide's command has in it to be replaced.
  ["OCEAN__INTEGRATION__CONFIG__API_URL", "string", "current value is 'string'"],
  ["OCEAN__INTEGRATION__CONFIG__API_URL", "PAGERDUTY_API_URL", "'PAGERDUTY_API_URL'"],
  ["OCEAN__INTEGRATION__CONFIG__APP_HOST", "hook.test", "must be a URL"],
  ["OCEAN__INTEGRATION__TYPE", "jira", "must be pagerduty"],
  ["OCEAN__SCHEDULED_RESYNC_INTERVAL", "2h", "must be a whole number"],
  ["OCEAN__INITIALIZE_PORT_RESOURCES", "maybe", "must be true or false"],
  ["OCEAN__EVENT_LISTENER", "POLLING", "must be a JSON object"],
  ["OCEAN__EVENT_LISTENER", '{"type":"ACTIONS_ONLY"}', "must be one of POLLING"],
])("serve with %s=%s ends with 2, naming it", async (variable, text, said) => {
  const { code, told } = await serve({ [variable]: text });
  expect([code, told.includes(variable), told.includes(said)]).toEqual([
    exitCodes.usage,
    true,
    true,
  ]);
});
