import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { ConfigError } from "../errors.ts";
import { defaultRetention } from "../retention.ts";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { gatherMistakes } from "./gather-mistakes.ts";
import { loadPagerDutySettings, loadPortSettings, loadWebhookKey } from "./host-settings.ts";
import { loadResyncSettings, loadServerSettings } from "./run-settings.ts";
import { rateBudgets } from "./settings.ts";

/** What the guide's `docker run` and its table of parameters set. */
const guide = {
  OCEAN__PORT__CLIENT_ID: "id",
  OCEAN__PORT__CLIENT_SECRET: "hush",
  OCEAN__PORT__BASE_URL: "https://api.getport.io",
  OCEAN__INTEGRATION__IDENTIFIER: "my-pagerduty-integration",
  OCEAN__INTEGRATION__TYPE: "pagerduty",
  OCEAN__EVENT_LISTENER: '{"type":"POLLING"}',
  OCEAN__INTEGRATION__CONFIG__TOKEN: "token",
  OCEAN__INTEGRATION__CONFIG__API_URL: "https://api.pagerduty.com",
  OCEAN__INTEGRATION__CONFIG__APP_HOST: "https://hook.test",
  OCEAN__SCHEDULED_RESYNC_INTERVAL: "120",
  OCEAN__INITIALIZE_PORT_RESOURCES: "true",
};

test("the settings of the guide's container are all understood", () => {
  const sources = { environment: guide };
  expect(loadPagerDutySettings(sources, rateBudgets.sync)).toMatchObject({
    apiUrl: "https://api.pagerduty.com",
    token: "token",
    requestsPerMinute: 960,
    rateBudget: 0.5,
    timeout: 60_000,
  });
  expect(loadPortSettings(sources)).toEqual({
    baseUrl: "https://api.getport.io",
    clientId: "id",
    clientSecret: "hush",
    readCredentials: undefined,
    integrationIdentifier: "my-pagerduty-integration",
  });
  expect(loadResyncSettings(sources)).toEqual({
    agedIncidents: "keep",
    deletionThreshold: 0.2,
    takeOver: [],
    leaveTo: [],
    retention: defaultRetention,
    initializePortResources: true,
    createPortResourcesOrigin: undefined,
    sendRawDataExamples: true,
  });
  expect(loadServerSettings(sources)).toEqual({
    listen: { host: "0.0.0.0", port: 8000 },
    metricsListen: undefined,
    baseUrl: "https://hook.test",
    pathPrefix: "",
    webhookSecrets: [],
    readWebhookSecrets: undefined,
    listener: { type: "POLLING", interval: 60, resyncOnStart: true },
    scheduledResyncInterval: 120,
    fullResyncInterval: 24,
    verifyInterval: 24,
    verifySample: 200,
    api: {
      listen: { host: "127.0.0.1", port: 8010 },
      isListenGiven: false,
      tokens: [],
      readTokens: expect.any(Function),
      hosts: [],
    },
    shadow: false,
    shutdownGrace: 25,
    logLevel: "info",
    warnings: [],
  });
});

test("loadServerSettings() passes on what is done in the place of what was asked for", () => {
  const environment = { OCEAN__EVENT_LISTENER__TYPE: "KAFKA", PD_WEBHOOK_SECRET: "a,b" };
  const loaded = loadServerSettings({ environment });
  expect(loaded.warnings).toHaveLength(1);
  expect(loaded.webhookSecrets).toEqual(["a", "b"]);
  expect(loaded.scheduledResyncInterval).toBeUndefined();
});

test("loadPagerDutySettings() reads the token again from its file", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("token");
  writeFileSync(path, "first");
  const environment = { OCEAN__OAUTH_ACCESS_TOKEN_FILE_PATH: path, PAGERPORT_RATE_BUDGET: "1" };
  const { token, readToken, rateBudget } = loadPagerDutySettings({ environment }, 0.5);
  writeFileSync(path, "second");
  expect([token, readToken?.(), rateBudget]).toEqual(["first", "second", 1]);
});

test("what comes from no file of its own is not read again, and a pipe is read once", async () => {
  using folder = new TemporaryFolder();
  const pipe = folder.file("pipe");
  await Bun.$`mkfifo ${pipe}`.quiet();
  const writing = Bun.spawn(["sh", "-c", `printf one > ${pipe}`]);
  const piped = loadPagerDutySettings({ environment: { PD_TOKEN_FILE: pipe } }, 1);
  expect([piped.token, piped.readToken]).toEqual(["one", undefined]);
  expect(await writing.exited).toBe(0);
  expect(loadPagerDutySettings({ environment: { PD_TOKEN: "one" } }, 1).readToken).toBeUndefined();
  expect(loadWebhookKey({ environment: {} })).toBeUndefined();
  expect(loadWebhookKey({ environment: { PD_WEBHOOK_TOKEN: "key" } })).toEqual({
    token: "key",
    readToken: undefined,
  });
});

test("loadPortSettings() tells everything that is missing or wrong at once", () => {
  const environment = { PORT_BASE_URL: "string", OCEAN__INTEGRATION__TYPE: "jira" };
  expect(() => loadPortSettings({ environment })).toThrow(
    [
      "PORT_CLIENT_ID (or OCEAN__PORT__CLIENT_ID) is not set: client ID of Port's API credentials",
      "PORT_CLIENT_SECRET (or OCEAN__PORT__CLIENT_SECRET) is not set: client secret of Port's API credentials",
      "PORT_BASE_URL must be a URL that begins with https:// (or http://): current value is 'string'",
      "OCEAN__INTEGRATION__TYPE must be pagerduty: current value is 'jira'",
    ].join("\n"),
  );
});

test("gatherMistakes() tells each once, and lets other failures through", () => {
  const fail = (message: string) => () => {
    throw new ConfigError(message, { setting: message });
  };
  let told: unknown;
  try {
    gatherMistakes({ a: fail("one"), b: fail("two"), c: fail("one\nthree"), d: () => 1 });
  } catch (error) {
    told = error;
  }
  expect(told).toMatchObject({ message: "one\ntwo\nthree", setting: "one" });
  const broken = (): never => {
    throw new TypeError("a bug");
  };
  expect(() => gatherMistakes({ a: fail("one"), b: broken })).toThrow("a bug");
});
