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
      fullResyncInterval: "12",
      initializePortResources: false,
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
    fullResyncInterval: 12,
    initializePortResources: false,
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
    { deletionThreshold: 20 },
    "pagerport.deletionThreshold must be a number from 0 to 1: current value is '20'",
  ],
  [{ fullResyncInterval: -1 }, "pagerport.fullResyncInterval must be"],
  [{ initializePortResources: "perhaps" }, "pagerport.initializePortResources must be"],
  [
    { takeOver: "a", leaveTo: ["b", "a"] },
    "pagerport.takeOver and pagerport.leaveTo both name 'a'",
  ],
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
