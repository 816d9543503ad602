import { expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import {
  ConfigError,
  type InstalledPortWebhook,
  installPortWebhook,
  type JsonObject,
  type PortWebhookName,
  readDefaultFile,
  setPortWebhookSecret,
} from "@pagerport/core";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { connectSandboxPort } from "../support/connect-sandbox.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const secret = "s3cret";

const seeds = {
  live: JSON.parse(readDefaultFile("guide/webhook-mapper.json")),
  history: JSON.parse(readDefaultFile("guide/webhook-history-mapper.json")),
} as Record<PortWebhookName, JsonObject & { readonly identifier: string; readonly title: string }>;
const seedBlueprints = JSON.parse(readDefaultFile("guide/webhook-blueprints.json")) as JsonObject[];

function start(portApi: SandboxOptions["portApi"] = {}): Promise<Sandbox> {
  return startSandbox({ services: 1, incidents: 0, now: Date.UTC(2026, 5, 1), portApi });
}

function install(
  sandbox: Sandbox,
  name: PortWebhookName,
  given?: string,
): Promise<InstalledPortWebhook> {
  return installPortWebhook({ port: connectSandboxPort(sandbox), name, secret: given });
}

/** Requests that change something. */
function countWrites({ requests }: Sandbox): number {
  return Object.entries(requests.port.byRoute)
    .filter(([route]) => !route.startsWith("GET ") && !route.endsWith("/access_token"))
    .reduce((sum, [, count]) => sum + count, 0);
}

async function post(url: string, payload: unknown, signedWith?: string): Promise<number> {
  const body = JSON.stringify(payload);
  const headers = new Headers({ "content-type": "application/json" });
  if (signedWith !== undefined) {
    const digest = createHmac("sha256", signedWith).update(body).digest("hex");
    headers.set("x-pagerduty-signature", `v1=${digest}`);
  }
  return (await fetch(url, { method: "POST", headers, body })).status;
}

test.each(["live", "history"] as const)(
  "installPortWebhook() of %s is the guide's, field by field, and nothing more the second time",
  async (name) => {
    await using sandbox = await start();
    const installed = await install(sandbox, name, secret);
    const { identifier, title } = seeds[name];
    expect(installed).toMatchObject({
      identifier,
      title,
      created: true,
      changed: [],
      blueprints: { created: ["microservice", "pagerdutyIncident"], added: [] },
      isSigned: true,
    });
    const [webhook] = sandbox.port.webhooks();
    const security = { ...(seeds[name]["security"] as JsonObject), secret };
    expect(webhook).toMatchObject({ ...seeds[name], security });
    expect([installed.url, installed.key]).toEqual([
      String(webhook?.["url"]),
      String(webhook?.["webhookKey"]),
    ]);
    expect(sandbox.port.blueprints()).toMatchObject(seedBlueprints);

    const writes = countWrites(sandbox);
    for (const given of [secret, undefined]) {
      const again = await install(sandbox, name, given);
      expect(again).toEqual({
        ...installed,
        created: false,
        blueprints: { created: [], added: [] },
      });
    }
    expect(countWrites(sandbox)).toBe(writes);
  },
);

test("installPortWebhook() puts right what was changed by hand, and keeps key and secret", async () => {
  await using sandbox = await start();
  const installed = await install(sandbox, "live", secret);
  const port = connectSandboxPort(sandbox);
  const path = "/webhooks/pagerduty_mapper";
  const body = {
    enabled: false,
    mappings: [],
    security: { secret, signatureHeaderName: "X-Other" },
  };
  await port.send({ method: "PATCH", path, body });
  const mended = await install(sandbox, "live");
  expect(mended).toMatchObject({ key: installed.key, created: false, isSigned: true });
  expect(mended.changed.toSorted()).toEqual(["enabled", "mappings", "security"]);
  const [webhook] = sandbox.port.webhooks();
  const security = { ...(seeds.live["security"] as JsonObject), secret };
  expect(webhook).toMatchObject({ ...seeds.live, security });
});

test.each(["masked", "hidden"] as const)(
  "installPortWebhook() loses no secret that Port keeps %s",
  async (webhookSecrets) => {
    await using sandbox = await start({ webhookSecrets });
    await install(sandbox, "live", secret);
    const writes = countWrites(sandbox);
    const again = await install(sandbox, "live");
    expect(again).toMatchObject({
      changed: [],
      isSigned: webhookSecrets === "masked" ? true : "unknown",
    });
    expect(countWrites(sandbox)).toBe(writes);
    // Whoever gives one wants it set, whatever it was.
    expect((await install(sandbox, "live", "other")).changed).toEqual(["security"]);
    expect(sandbox.port.webhooks()[0]?.["security"]).toMatchObject({ secret: "other" });

    const port = connectSandboxPort(sandbox);
    const security = { secret: "other", signatureHeaderName: "X-Other" };
    const path = "/webhooks/pagerduty_mapper";
    await port.send({ method: "PATCH", path, body: { security } });
    const outcome = await install(sandbox, "live").catch((error: unknown) => error);
    if (webhookSecrets === "masked") expect(outcome).toBeInstanceOf(ConfigError);
    expect(sandbox.port.webhooks()[0]?.["security"]).toEqual(security);
  },
);

test("installPortWebhook() adds to a blueprint what it lacks, and changes nothing that it has", async () => {
  await using sandbox = await start();
  const guide = JSON.parse(readDefaultFile("guide/blueprints.json")) as JsonObject[];
  for (const blueprint of guide) sandbox.port.putBlueprint(blueprint);
  const installed = await install(sandbox, "live", secret);
  expect(installed.blueprints.created).toEqual(["microservice"]);
  expect(installed.blueprints.added).toEqual([
    "pagerdutyIncident.properties.details",
    "pagerdutyIncident.properties.priority",
    "pagerdutyIncident.relations.microservice",
  ]);
  const there = sandbox.port
    .blueprints()
    .find(({ identifier }) => identifier === "pagerdutyIncident");
  expect(there).toMatchObject(
    guide.find(({ identifier }) => identifier === "pagerdutyIncident") ?? {},
  );
  expect(Object.keys(there?.["relations"] as JsonObject).toSorted()).toEqual([
    "microservice",
    "pagerdutyService",
  ]);
  const writes = countWrites(sandbox);
  await install(sandbox, "live", secret);
  expect(countWrites(sandbox)).toBe(writes);
});

test("installPortWebhook() writes nothing where a relation leads elsewhere, and names it", async () => {
  await using sandbox = await start();
  sandbox.port.putBlueprint({ identifier: "team", title: "Team", schema: { properties: {} } });
  sandbox.port.putBlueprint({
    identifier: "pagerdutyIncident",
    title: "Ours",
    schema: { properties: {} },
    relations: { microservice: { target: "team", required: false, many: false } },
  });
  const failure = await failureOf(install(sandbox, "live", secret));
  expect(failure).toBeInstanceOf(ConfigError);
  expect(failure.message).toBe(
    "Cannot use blueprint 'pagerdutyIncident' as its relation 'microservice' must lead to many of 'microservice': it leads to one of 'team'. Rename the relation in Port, or use another blueprint",
  );
  expect(countWrites(sandbox)).toBe(0);
});

test("installPortWebhook() makes the URL where Port tells the key only", async () => {
  await using sandbox = await start();
  const port = connectSandboxPort(sandbox);
  const silent: typeof port = {
    send: async (request) => {
      const answer = await port.send(request);
      const { webhook: _webhook, integration } = answer.body;
      if (integration === undefined) return answer;
      const { url: _url, ...rest } = integration as JsonObject;
      return { ...answer, body: { integration: rest } };
    },
  };
  const { key, url } = await installPortWebhook({ port: silent, name: "live", secret });
  expect(url).toBe(`https://ingest.getport.io/${key}`);
  const ingestBase = "https://ingest.us.getport.io";
  const other = await installPortWebhook({ port: silent, name: "live", secret, ingestBase });
  expect(other.url).toBe(`${ingestBase}/${key}`);
});

test("setPortWebhookSecret() sets it once, and asks for the webhook first", async () => {
  await using sandbox = await start();
  const port = connectSandboxPort(sandbox);
  const early = await failureOf(setPortWebhookSecret({ port, name: "live", secret }));
  expect(early).toBeInstanceOf(ConfigError);
  expect(early.message).toContain("'PagerDuty Mapper'");
  expect(await failureOf(setPortWebhookSecret({ port, name: "live", secret: "" }))).toBeInstanceOf(
    ConfigError,
  );

  const installed = await install(sandbox, "live");
  expect(installed.isSigned).toBe(false);
  expect(sandbox.port.webhooks()[0]?.["security"]).not.toHaveProperty("secret");
  const { url, key } = await setPortWebhookSecret({ port, name: "live", secret });
  expect([url, key]).toEqual([installed.url, installed.key]);
  expect(sandbox.port.webhooks()[0]).toMatchObject({
    ...seeds.live,
    security: { ...(seeds.live["security"] as JsonObject), secret },
  });
  const writes = countWrites(sandbox);
  await setPortWebhookSecret({ port, name: "live", secret });
  expect(countWrites(sandbox)).toBe(writes);
});

test("what PagerDuty posts to the live webhook becomes the guide's entities", async () => {
  await using sandbox = await start();
  const { url } = await install(sandbox, "live", secret);
  const data = {
    id: "Q1",
    title: "Disk full",
    status: "triggered",
    html_url: "https://example.pagerduty.com/incidents/Q1",
    priority: null,
    urgency: "high",
    assignees: [{ summary: "Ada" }],
    escalation_policy: { summary: "Default" },
    service: { id: "P1" },
  };
  const event = { event: { event_type: "incident.triggered", data } };
  expect(await post(url, event)).toBe(401);
  expect(await post(url, event, "other")).toBe(401);
  expect(sandbox.port.entityCount).toBe(0);
  expect(await post(url, event, secret)).toBe(202);
  expect(sandbox.port.webhookProblems).toEqual([]);
  expect(sandbox.port.entity("pagerdutyIncident", "Q1")).toMatchObject({
    title: "Disk full",
    properties: {
      status: "triggered",
      url: "https://example.pagerduty.com/incidents/Q1",
      details: "Disk full",
      priority: null,
      urgency: "high",
      responder: "Ada",
      escalation_policy: "Default",
    },
    relations: { microservice: ["P1"] },
  });

  const service = { event: { event_type: "service.updated", data: { id: "P1", summary: "Shop" } } };
  expect(await post(url, service, secret)).toBe(202);
  expect(sandbox.port.entity("microservice", "P1")).toMatchObject({
    title: "Shop",
    properties: { status: null, service: "https://api.pagerduty.com/services/P1" },
  });
});

test("what an import posts to the history webhook becomes the guide's entities", async () => {
  await using sandbox = await start();
  const { url } = await install(sandbox, "history", secret);
  const properties = {
    status: "resolved",
    url: "https://x.pagerduty.com/incidents/Q1",
    details: "d",
  };
  const relations = { microservice: "P1" };
  const data = { identifier: "Q1", title: "Disk full", properties, relations };
  expect(await post(url, { event: { event_type: "incident", data } }, secret)).toBe(202);
  expect(sandbox.port.entity("pagerdutyIncident", "Q1")).toMatchObject({
    title: "Disk full",
    properties,
    relations: { microservice: ["P1"] },
  });
});
