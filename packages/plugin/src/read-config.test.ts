import { expect, test } from "bun:test";
import { ConfigReader } from "@backstage/config";
import { describeError } from "@pagerport/core";
import { type PluginConfig, readPluginConfig } from "./read-config.ts";

type Data = ConstructorParameters<typeof ConfigReader>[0];

const own = {
  pagerduty: { token: "u+token" },
  port: { clientId: "id", clientSecret: "secret" },
};

function read(data: Data): Promise<PluginConfig> {
  return readPluginConfig(new ConfigReader(data));
}

async function mistakesOf(data: Data): Promise<string[]> {
  try {
    await read(data);
  } catch (error) {
    return describeError(error).split("\n");
  }
  return [];
}

test("readPluginConfig() takes our own keys", async () => {
  const { hosts, missing, ...rest } = await read({
    pagerport: {
      ...own,
      integrationIdentifier: "portal",
      expectAccount: "acme",
      expectPortOrg: "org_1",
      schedule: { frequency: { minutes: 30 }, timeout: { minutes: 5 } },
      webhook: { publicUrl: "https://portal.test/api/pagerport/webhook/", manage: true },
      agedIncidents: "delete",
      takeOver: ["ocean"],
      leaveTo: "users, others",
      deletionThreshold: 0.5,
      keepDays: "30",
      fullResyncInterval: "12",
      initializePortResources: false,
      allowActions: ["group:On-Call", "user:default/alice"],
      writes: "false",
    },
  });
  expect(hosts).toEqual({
    pagerDuty: {
      apiUrl: "https://api.pagerduty.com",
      names: { token: "pagerport.pagerduty.token", apiUrl: "pagerport.pagerduty.apiUrl" },
      credential: { type: "token", token: "u+token" },
    },
    port: {
      baseUrl: "https://api.getport.io",
      clientId: "id",
      clientSecret: "secret",
      names: {
        clientId: "pagerport.port.clientId",
        clientSecret: "pagerport.port.clientSecret",
        baseUrl: "pagerport.port.baseUrl",
      },
    },
  });
  expect(missing).toEqual([]);
  expect(rest).toEqual({
    integrationIdentifier: "portal",
    expected: { account: "acme", portOrg: "org_1" },
    webhookSecrets: [],
    mapping: undefined,
    schedule: { frequency: { minutes: 30 }, timeout: { minutes: 5 } },
    publicUrl: "https://portal.test/api/pagerport/webhook",
    managesWebhook: true,
    agedIncidents: "delete",
    takeOver: ["ocean"],
    leaveTo: ["users", "others"],
    deletionThreshold: 0.5,
    retention: { days: 30, rotatingDays: 7, limit: 512 * 1024 * 1024 },
    fullResyncInterval: 12,
    verifyInterval: 24,
    verifySample: 200,
    initializePortResources: false,
    access: {
      hasPermissions: false,
      allowActions: new Set(["group:default/on-call", "user:default/alice"]),
    },
    writes: false,
    webhookToken: undefined,
  } as never);
});

test("readPluginConfig() falls back to the blocks of PagerDuty's and Port's own plugins", async () => {
  const port = {
    api: { baseUrl: "https://api.us.getport.io/v1", auth: { clientId: "a", clientSecret: "b" } },
  };
  const tokenOnly = await read({
    pagerDuty: { apiToken: "u+other", apiBaseUrl: "https://api.eu.pagerduty.com" },
    port,
  });
  expect(tokenOnly.hosts).toEqual({
    pagerDuty: {
      apiUrl: "https://api.eu.pagerduty.com",
      names: { token: "pagerDuty.apiToken", apiUrl: "pagerDuty.apiBaseUrl" },
      credential: { type: "token", token: "u+other" },
    },
    port: {
      baseUrl: "https://api.us.getport.io",
      clientId: "a",
      clientSecret: "b",
      names: {
        clientId: "port.api.auth.clientId",
        clientSecret: "port.api.auth.clientSecret",
        baseUrl: "port.api.baseUrl",
      },
    },
  });
  const oauth = { clientId: "c", clientSecret: "d", subDomain: "acme", region: "eu" };
  const tokenUrl = "https://identity.pagerduty.com/oauth/token";
  const credential = { type: "oauth", ...oauth, tokenUrl } as const;
  const blocks: readonly (readonly [key: string, pagerDuty: NonNullable<Data>["pagerDuty"]])[] = [
    ["pagerDuty.oauth", { oauth }],
    ["pagerDuty.accounts[0].oauth", { accounts: [{ id: "only", oauth }] }],
    [
      "pagerDuty.accounts[1].oauth",
      {
        accounts: [
          { id: "one", apiToken: "x" },
          { id: "two", isDefault: true, oauth },
        ],
      },
    ],
  ];
  for (const [token, pagerDuty] of blocks) {
    expect((await read({ pagerDuty, port })).hosts?.pagerDuty).toEqual({
      apiUrl: "https://api.eu.pagerduty.com",
      names: { token, apiUrl: "pagerport.pagerduty.apiUrl" },
      credential,
    });
  }
});

test("readPluginConfig() names what is missing, and takes nothing half from elsewhere", async () => {
  const nothing = await read({ pagerport: { pagerduty: { token: "" } } });
  expect(nothing.hosts).toBeUndefined();
  expect(nothing.missing).toEqual([
    "pagerport.pagerduty.token (or pagerDuty.apiToken, or pagerDuty.oauth)",
    "pagerport.port.clientId (or port.api.auth.clientId)",
  ]);
  const half = await read({
    pagerport: { ...own, port: { clientId: "id" } },
    port: { api: { auth: { clientId: "a", clientSecret: "b" } } },
  });
  expect(half.missing).toEqual(["pagerport.port.clientSecret (or port.api.auth.clientSecret)"]);
});

for (const [webhookSecrets, expected] of [
  [
    ["one", "two"],
    ["one", "two"],
  ],
  ["one, two", ["one", "two"]],
  ["", []],
] as const) {
  test(`readPluginConfig() takes ${JSON.stringify(webhookSecrets)} for webhook secrets`, async () => {
    const data = { pagerport: { pagerduty: { webhookSecrets } } } as never;
    expect((await read(data)).webhookSecrets.map(({ value }) => value)).toEqual([...expected]);
  });
}

for (const [pagerport, mistake] of [
  [{ pagerduty: { token: 7 } }, "pagerport.pagerduty.token must be a text"],
  [{ pagerduty: { token: "a b" } }, "pagerport.pagerduty.token must be one word"],
  [{ pagerduty: { apiUrl: "api" } }, "pagerport.pagerduty.apiUrl must"],
  [{ pagerduty: { webhookSecrets: [7] } }, "pagerport.pagerduty.webhookSecrets[0] must be a text"],
  [{ pagerDuty: {} }, "pagerport.pagerDuty is not a key of pagerport's: is it pagerduty?"],
  [
    { webhook: { publcUrl: "x" } },
    "pagerport.webhook.publcUrl is not a key of pagerport's: is it publicUrl?",
  ],
  [{ webhook: { publicUrl: "https://a" } }, "pagerport.webhook.publicUrl must end in /webhook"],
  [{ webhook: { manage: true } }, "pagerport.webhook.publicUrl must be set"],
  [{ webhook: { manage: 7 } }, "pagerport.webhook.manage must be true or false"],
  [{ schedule: { frequency: "often", timeout: "PT1M" } }, "pagerport.schedule"],
  [{ schedule: { frequency: "PT1M" } }, "pagerport.schedule.timeout"],
  [
    { agedIncidents: "burn" },
    "pagerport.agedIncidents must be one of keep, delete: current value is 'burn'",
  ],
  [
    { keepDays: 0 },
    "pagerport.keepDays must be a whole number from 1 to 3650: current value is '0'",
  ],
  [
    { deletionThreshold: 20 },
    "pagerport.deletionThreshold must be a number from 0 to 1: current value is '20'",
  ],
  [{ fullResyncInterval: -1 }, "pagerport.fullResyncInterval must be"],
  [{ initializePortResources: "perhaps" }, "pagerport.initializePortResources must be"],
  [
    { takeOver: "a", leaveTo: ["b", "a"] },
    "pagerport.takeOver and pagerport.leaveTo both name 'a'",
  ],
  [{ allowActions: ["alice"] }, "pagerport.allowActions[0] must be references of users or groups"],
  [{ allowActions: "component:a" }, "pagerport.allowActions must be references of users or groups"],
  [{ allowActions: [7] }, "pagerport.allowActions[0] must be a text"],
  [{ leaveTo: [7] }, "pagerport.leaveTo[0] must be a text"],
  [{ takeOver: "a,,b" }, "pagerport.takeOver must be one word"],
  [{ mappingFile: "none.yaml" }, "pagerport.mappingFile cannot be read"],
  [{ mapping: {}, mappingFile: "x" }, "pagerport.mapping and pagerport.mappingFile"],
  [{ mapping: { resources: [{ kind: "servcies" }] } }, "pagerport.mapping: resources[0]"],
] as const) {
  test(`readPluginConfig() refuses ${JSON.stringify(pagerport)}`, async () => {
    const [first = ""] = await mistakesOf({ pagerport: pagerport as never });
    expect(first).toInclude(mistake);
  });
}

const application = { clientId: "id", clientSecret: "secret", subDomain: "acme" };
const oauth = (more: Record<string, string | number>): Data => ({
  pagerport: { port: own.port },
  pagerDuty: { oauth: { ...application, ...more } },
});

for (const region of ["eu", "EU", " Eu "]) {
  test(`readPluginConfig() takes the region ${JSON.stringify(region)} for the EU's address and scope`, async () => {
    const { hosts } = await read(oauth({ region }));
    expect(hosts?.pagerDuty).toMatchObject({
      apiUrl: "https://api.eu.pagerduty.com",
      credential: { region: "eu" },
    });
  });
}

test("readPluginConfig() takes what is empty for absent, wherever it stands", async () => {
  const { hosts } = await read(oauth({ region: "", identityUrl: "" }));
  expect(hosts?.pagerDuty).toMatchObject({
    apiUrl: "https://api.pagerduty.com",
    credential: { region: "us", tokenUrl: "https://identity.pagerduty.com/oauth/token" },
  });
  const usual = await read({ pagerport: own });
  const names = `
    schedule mapping mappingFile webhook writes initializePortResources
    takeOver leaveTo agedIncidents deletionThreshold keepDays keepRotatingDays journalLimit fullResyncInterval verifyInterval
    verifySample allowActions expectAccount expectPortOrg integrationIdentifier
  `;
  const empty = Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, ""]),
  );
  const others = { pagerDuty: "", permission: { enabled: "" } };
  expect(await read({ pagerport: { ...own, ...empty }, ...others })).toEqual(usual);
  const within = { webhook: { manage: "", publicUrl: "" } };
  expect(await read({ pagerport: { ...own, ...within } })).toEqual(usual);
  for (const block of [
    { oauth: "", accounts: "" },
    { apiToken: "", apiBaseUrl: "" },
  ]) {
    expect(await read({ pagerport: own, pagerDuty: block })).toEqual(usual);
  }
  expect(await read({ pagerport: "" })).toMatchObject({ hosts: undefined });
});

test("readPluginConfig() takes switches and choices in any case of letters", async () => {
  const written = { agedIncidents: "DELETE", writes: "False", initializePortResources: "NO" };
  expect(await read({ pagerport: { ...own, ...written } })).toMatchObject({
    agedIncidents: "delete",
    writes: false,
    initializePortResources: false,
  });
  const accounts = [{ apiToken: "one" }, { apiToken: "two", isDefault: "True" }];
  const { hosts } = await read({ pagerport: { port: own.port }, pagerDuty: { accounts } });
  expect(hosts?.pagerDuty.credential).toEqual({ type: "token", token: "two" });
});

for (const [data, key] of [
  [{ pagerport: { pagerduty: { token: 12_345_678 } } }, "pagerport.pagerduty.token"],
  [{ pagerport: { pagerduty: { webhookToken: 7 } } }, "pagerport.pagerduty.webhookToken"],
  [{ pagerport: { pagerduty: { webhookSecrets: 7 } } }, "pagerport.pagerduty.webhookSecrets"],
  [{ pagerport: { port: { clientId: 7 } } }, "pagerport.port.clientId"],
  [{ pagerport: { expectAccount: 7 } }, "pagerport.expectAccount"],
  [{ pagerport: { integrationIdentifier: 7 } }, "pagerport.integrationIdentifier"],
  [{ pagerport: { takeOver: 7 } }, "pagerport.takeOver"],
  [{ pagerDuty: { apiToken: 7 } }, "pagerDuty.apiToken"],
  [oauth({ clientSecret: 7 }), "pagerDuty.oauth.clientSecret"],
  [oauth({ region: 7 }), "pagerDuty.oauth.region"],
] as const) {
  test(`readPluginConfig() says how ${key} is written that was read as a number`, async () => {
    const mistakes = await mistakesOf(data);
    const variable = `APP_CONFIG_${key.replaceAll(".", "_")}`;
    expect(mistakes).toContain(
      `${key} must be a text, and is read as a number: put it in quotes, in a variable within others (${variable}='"..."')`,
    );
  });
}

for (const [data, mistake] of [
  [oauth({ region: "apac" }), "pagerDuty.oauth.region must be us or eu: current value is 'apac'"],
  [oauth({ identityUrl: "identity" }), "pagerDuty.oauth.identityUrl must"],
  [oauth({ clientId: "" }), "pagerDuty.oauth.clientId must be set"],
  [{ pagerDuty: { accounts: "x" } }, "pagerDuty.accounts must be a list of blocks of keys"],
  [{ pagerDuty: { accounts: ["x"] } }, "pagerDuty.accounts must be a list of blocks of keys"],
  [{ pagerDuty: 7 }, "pagerDuty must be a block of keys"],
  [{ pagerDuty: { oauth: true } }, "pagerDuty.oauth must be a block of keys"],
  [{ pagerport: { webhook: true } }, "pagerport.webhook must be a block of keys"],
  [{ pagerport: { schedule: "hourly" } }, "pagerport.schedule must be a block of keys"],
  [{ permission: { enabled: "perhaps" } }, "permission.enabled must be true or false"],
] as const) {
  test(`readPluginConfig() refuses ${JSON.stringify(data).slice(0, 90)} in a sentence`, async () => {
    const mistakes = await mistakesOf(data as Data);
    expect(mistakes.join("\n")).toInclude(mistake);
  });
}

test("readPluginConfig() tells every mistake at once, and no secret", async () => {
  const mistakes = await mistakesOf({
    pagerport: { pagerduty: { token: "canary token" }, agedIncidents: "burn", webhok: {} },
  });
  expect(mistakes).toHaveLength(3);
  expect(mistakes.join("\n")).not.toInclude("canary");
});

test("readPluginConfig() takes every configuration that the README shows", async () => {
  const text = await Bun.file(`${import.meta.dir}/../README.md`).text();
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = ""]) =>
    block.replaceAll(/\$\{(\w+)\}/g, "$1").replaceAll("<your backend>", "portal.example"),
  );
  const [first, managed, whole] = await Promise.all(
    blocks.map((block) => read(Bun.YAML.parse(block) as Data)),
  );
  expect(first).toMatchObject({ missing: [], webhookSecrets: [{ value: "PD_WEBHOOK_SECRET" }] });
  expect(managed).toMatchObject({ managesWebhook: true });
  expect(whole).toMatchObject({ missing: [], schedule: { frequency: { minutes: 30 } } });
});
