import { expect, test } from "bun:test";
import { connectPort, exporter, startPort, type TestPort } from "./ask-port.ts";
import type { JsonObject } from "./json-object.ts";
import type { PortBehaviour } from "./port-behaviour.ts";
import { startSandbox } from "../../testing/start-sandbox.ts";

const now = "2026-06-30T12:00:00Z";

async function write(
  port: TestPort,
  from: number,
  to: number,
  userAgent = exporter,
): Promise<void> {
  for (let at = from; at < to; at += 20) {
    const length = Math.min(20, to - at);
    const entities = Array.from({ length }, (_, index) => ({
      identifier: `s${at + index}`,
      title: "S",
      properties: { level: at + index + 1 },
    }));
    const headers = { "user-agent": userAgent };
    await port.ask(
      "POST /v1/blueprints/service/entities/bulk?upsert=true&merge=true",
      { entities },
      headers,
    );
  }
}

test("access tokens expire, are revoked, and are checked", async () => {
  await using port = await startPort({ tokenSeconds: 60 });
  const { ask, sandbox } = port;
  const status = async (): Promise<number> => (await ask("GET /v1/organization")).status;
  expect(await status()).toBe(200);
  sandbox.clock.advance(59_000);
  expect(await status()).toBe(200);
  sandbox.clock.advance(1000);
  expect(await status()).toBe(401);
  const again = await connectPort(sandbox);
  expect((await again("GET /v1/organization")).status).toBe(200);
  sandbox.port.revokeTokens();
  const refused = await again("GET /v1/organization");
  expect([refused.status, refused.body.ok, refused.headers.get("x-trace-id")?.length]).toEqual([
    401,
    false,
    32,
  ]);

  const token = "POST /v1/auth/access_token";
  const clientSecret = "wrong";
  expect((await ask(token, { clientId: sandbox.portClientId, clientSecret })).status).toBe(401);
  expect((await ask(token, { clientId: sandbox.portClientId })).status).toBe(422);
  await using other = await startSandbox({ services: 1, incidents: 0, accountId: "other" });
  const theirs = await connectPort(other);
  const { body } = await theirs(token, {
    clientId: other.portClientId,
    clientSecret: other.portClientSecret,
  });
  const headers = { authorization: `Bearer ${body.accessToken}` };
  expect((await ask("GET /v1/organization", undefined, headers)).status).toBe(401);
});

test("a client that may only read is refused what writes", async () => {
  await using port = await startPort();
  const ask = await connectPort(port.sandbox, port.sandbox.portReadOnlyClientId);
  expect((await ask("GET /v1/blueprints")).body.blueprints).toHaveLength(2);
  const query = { combinator: "and", rules: [] };
  expect((await ask("POST /v1/entities/search", query)).status).toBe(200);
  const entities = [{ identifier: "a" }];
  const path = "POST /v1/blueprints/service/entities/bulk?upsert=true";
  expect((await ask(path, { entities })).status).toBe(403);
});

test("the listing of what an integration owns goes page by page and misses nothing", async () => {
  await using port = await startPort();
  await write(port, 0, 50);
  await write(port, 50, 60, "port-ocean/pagerduty/1.0.0/other/exporter");
  await write(port, 60, 65, "port-ocean/pagerduty/1.0.0/mine");
  port.sandbox.clock.advance(10_000);
  const before = new Date(port.sandbox.clock.now()).toISOString();
  await write(port, 40, 50);
  // A later version of the same integration takes over what it writes.
  await write(port, 30, 40, exporter.replace("1.0.0", "2.0.0"));

  const list = async (limit: number, more: JsonObject = {}): Promise<string[]> => {
    const found: string[] = [];
    let from: string | undefined;
    do {
      const { body } = await port.ask("POST /v1/blueprints/entities/datasource-entities", {
        datasource_prefix: "port-ocean/pagerduty/",
        datasource_suffix: "/mine/exporter",
        limit,
        from,
        ...more,
      });
      found.push(...body.entities.map(({ identifier }) => identifier));
      expect(body.entities.length).toBeLessThanOrEqual(limit);
      from = body.next;
      // What is deleted between two pages must not move the others.
      if (found.length === 7) port.sandbox.port.deleteEntity("service", "s3");
    } while (from !== undefined);
    return found;
  };
  expect(await list(7)).toHaveLength(50);
  expect(await list(5000)).toHaveLength(49);
  expect(await list(5000, { before })).toHaveLength(29);
  port.sandbox.configure({ portApi: { listing: "identifiers" } });
  const { body } = await port.ask("POST /v1/blueprints/entities/datasource-entities", {
    datasource_prefix: "port-ocean/pagerduty/",
    datasource_suffix: "/other/exporter",
  });
  expect(body.entities[0]).toEqual({ identifier: "s50", blueprint: "service" } as never);
  const tooMany = { datasource_prefix: "", datasource_suffix: "", limit: 5001 };
  expect((await port.ask("POST /v1/blueprints/entities/datasource-entities", tooMany)).status).toBe(
    422,
  );
});

test("a person's edit keeps the owner; who else writes may take over", async () => {
  await using port = await startPort();
  const { sandbox } = port;
  await write(port, 0, 1);
  sandbox.clock.advance(5000);
  const edited = sandbox.port.editEntity("service", "s0", { properties: { status: "active" } });
  expect(edited).toMatchObject({
    datasource: exporter,
    title: "S",
    properties: { status: "active", level: 1 },
    createdAt: "2026-06-30T12:00:00.000Z",
    updatedAt: "2026-06-30T12:00:05.000Z",
  });
  const other = "port-ocean/github/1.0.0/gh/exporter";
  const table: [PortBehaviour["ownership"], string, string][] = [
    ["creator", other, exporter],
    ["last-exporter", "curl", exporter],
    ["last-exporter", other, other],
    ["last-writer", "curl", "curl"],
  ];
  for (const [ownership, writer, owner] of table) {
    sandbox.configure({ portApi: { ownership } });
    await write(port, 0, 1, writer);
    const { datasource } = sandbox.port.entity("service", "s0") ?? {};
    expect([ownership, writer, datasource]).toEqual([ownership, writer, owner]);
  }
});

test("searches know Port's operators, and give the parts that are asked for", async () => {
  await using port = await startPort();
  await write(port, 0, 30);
  port.sandbox.port.editEntity("service", "s1", {
    team: ["one", "two"],
    relations: { parent: "s0" },
  });
  const table: [unknown, string, unknown, number][] = [
    ["$identifier", "=", "s3", 1],
    ["$identifier", "in", ["s3", "s4", "none"], 2],
    ["$identifier", "notIn", ["s3"], 29],
    ["$identifier", "beginsWith", "s2", 11],
    ["$title", "contains", "S", 30],
    ["$datasource", "contains", "/mine/", 30],
    ["$team", "contains", "two", 1],
    ["level", "<=", 3, 3],
    ["level", "!=", 1, 29],
    ["status", "isEmpty", undefined, 30],
    ["link", "endsWith", "/s7", 1],
    ["$updatedAt", "between", { from: "2026-06-30T11:00:00Z", to: "2026-06-30T13:00:00Z" }, 30],
    ["$updatedAt", ">", "2026-06-30T12:00:00.000Z", 0],
  ];
  for (const [property, operator, value, count] of table) {
    const rules = [
      { property, operator, value },
      { property: "$blueprint", operator: "=", value: "service" },
    ];
    const { body } = await port.ask("POST /v1/entities/search", { combinator: "and", rules });
    expect([property, operator, body.entities.length]).toEqual([property, operator, count]);
  }
  const related = [{ operator: "relatedTo", blueprint: "service", value: "s0" }];
  const query = { combinator: "or", rules: related };
  const path = "POST /v1/blueprints/service/entities/search";
  const include = ["identifier", "properties.level", "relations.parent"];
  expect((await port.ask(path, { query, include })).body.entities).toEqual([
    {
      identifier: "s1",
      properties: { level: 2 },
      relations: { parent: "s0" },
    } as never,
  ]);
  const first = (await port.ask(path, { limit: 25 })).body;
  const second = (await port.ask(path, { limit: 25, from: first.next })).body;
  expect([first.entities.length, second.entities.length, second.next]).toEqual([25, 5, undefined]);
  expect((await port.ask(path, { limit: 1001 })).status).toBe(422);
});

test("blueprints are created, changed and replaced", async () => {
  await using port = await startPort();
  const { ask } = port;
  const made = { identifier: "team", title: "Team", schema: { properties: {} } };
  expect((await ask("POST /v1/blueprints", made)).status).toBe(201);
  expect((await ask("POST /v1/blueprints", made)).status).toBe(409);
  const table: JsonObject[] = [
    { ...made, identifier: "with blank" },
    { ...made, identifier: "x", title: undefined },
    { ...made, identifier: "x", schema: { properties: { a: { type: "date" } } } },
    {
      ...made,
      identifier: "x",
      relations: { a: { target: "none", required: false, many: false } },
    },
    { ...made, identifier: "x", mirrorProperties: { a: { path: "none.title" } } },
  ];
  for (const wrong of table) {
    expect([wrong, (await ask("POST /v1/blueprints", wrong)).status]).toEqual([wrong, 422]);
  }
  const schema = { properties: { size: { type: "number" } }, required: [] };
  const changed = await ask("PATCH /v1/blueprints/team", { schema });
  expect(changed.body.blueprint).toMatchObject({ title: "Team", schema });
  const replaced = await ask("PUT /v1/blueprints/team", { ...made, title: "Group" });
  expect(replaced.body.blueprint).toMatchObject({ title: "Group", schema: { properties: {} } });
  expect((await ask("GET /v1/blueprints/none")).status).toBe(404);
  expect((await ask("DELETE /v1/blueprints/service")).status).toBe(422);
  expect((await ask("DELETE /v1/blueprints/team")).status).toBe(200);
});

test("an integration keeps its mapping, what is asked of it and what it reports", async () => {
  await using port = await startPort();
  const { ask, sandbox } = port;
  const path = "/v1/integration/mine";
  expect((await ask(`GET ${path}`)).status).toBe(404);
  const created = { installationId: "mine", installationAppType: "pagerduty", version: "1.0.0" };
  expect((await ask("POST /v1/integration", created)).status).toBe(201);
  expect((await ask("POST /v1/integration", created)).status).toBe(409);
  expect((await ask(`GET ${path}/resync-request`)).body).toEqual({ ok: true } as never);

  const skip = { "x-skip-resync": "true" };
  await ask(`PATCH ${path}/config`, { config: { resources: [] } }, skip);
  expect((await ask(`GET ${path}/resync-request`)).body.request).toBeUndefined();
  sandbox.clock.advance(1000);
  sandbox.port.setIntegrationConfig("mine", { resources: [{ kind: "users" }] });
  sandbox.port.requestResync("mine");
  expect((await ask(`GET ${path}/resync-request`)).body.request).toEqual({
    updatedAt: "2026-06-30T12:00:01.000Z",
  });
  await ask(`PATCH ${path}/resync-state`, { status: "running", lastResyncStart: now });
  await ask(`PATCH ${path}/resync-state`, { status: "completed" });
  await ask(`POST ${path}/kinds/users/examples`, { examples: [{ id: "P1" }] });
  await ask(`PATCH ${path}`, { arePortResourcesInitialized: true, version: "2" });
  expect((await ask(`GET ${path}`)).body.integration).toMatchObject({
    config: { resources: [{ kind: "users" }] },
    resyncState: { status: "completed", lastResyncStart: now },
    arePortResourcesInitialized: true,
  });
  expect(sandbox.port.integration("mine")).toMatchObject({
    examples: { users: [{ id: "P1" }] },
    resyncStates: [{ status: "running" }, { status: "completed" }],
  });
});

test("webhooks get a URL, and are changed or replaced", async () => {
  await using port = await startPort();
  const webhook = { identifier: "mapper", title: "Mapper", enabled: true, mappings: [] };
  const { status, body } = await port.ask("POST /v1/webhooks", webhook);
  expect([status, body.integration["url"]]).toEqual([201, expect.stringContaining("/ingest/")]);
  expect((await port.ask("POST /v1/webhooks", webhook)).status).toBe(409);
  expect((await port.ask("POST /v1/webhooks", { title: "x" })).status).toBe(422);
  const changed = await port.ask("PATCH /v1/webhooks/mapper", { security: { secret: "s" } });
  expect(changed.body.integration).toMatchObject({ title: "Mapper", security: { secret: "s" } });
  await port.ask("PUT /v1/webhooks/mapper", { title: "Other", enabled: false });
  const read = (await port.ask("GET /v1/webhooks/mapper")).body.integration;
  expect([read["title"], read["security"], read["url"]]).toEqual([
    "Other",
    undefined,
    body.integration["url"],
  ]);
});

test("Port's limit is told in headers, and counted by route", async () => {
  await using port = await startPort({ rate: { limit: 4, windowMs: 60_000 } });
  const answers: Awaited<ReturnType<typeof port.ask>>[] = [];
  for (let at = 0; at < 4; at++) answers.push(await port.ask("GET /v1/blueprints/service"));
  const names = ["x-ratelimit-period", "x-ratelimit-limit", "x-ratelimit-remaining"];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  expect(names.map((name) => answers.at(-1)?.headers.get(name))).toEqual(["60", "4", "0"]);
  const reset = Number(answers.at(-1)?.headers.get("x-ratelimit-reset"));
  const date = Date.parse(answers.at(-1)?.headers.get("date") ?? "");
  expect(reset - date / 1000).toBeWithin(0, 62);
  expect(port.sandbox.requests.port).toMatchObject({
    total: 5,
    throttled: 1,
    byRoute: { "GET /v1/blueprints/:bp": 4, "POST /v1/auth/access_token": 1 },
  });
  port.sandbox.clock.advance(60_000);
  expect((await port.ask("GET /v1/blueprints/service")).status).toBe(200);
});

test("faults keep a write from being carried out, or only its answer from arriving", async () => {
  const outcomes: [NonNullable<PortBehaviour["faults"]>["kinds"], number, number][] = [
    [["500"], 500, 0],
    [["429"], 429, 0],
    [["reset"], 0, 0],
    [["reset-after"], 0, 1],
  ];
  for (const [kinds, status, written] of outcomes) {
    await using port = await startPort();
    port.sandbox.configure({ portApi: { faults: { rate: 1, kinds } } });
    const path = "POST /v1/blueprints/service/entities/bulk?upsert=true";
    const answer = await port.ask(path, { entities: [{ identifier: "a" }] }).catch(() => undefined);
    expect([kinds, answer?.status ?? 0, port.sandbox.port.entityCount]).toEqual([
      kinds,
      status,
      written,
    ]);
  }
});

test("other processes edit entities, revoke tokens and ask for a resync", async () => {
  await using port = await startPort();
  await write(port, 0, 1);
  const control = async (what: string, body?: unknown): Promise<unknown> => {
    const [method, path = ""] = what.split(" ");
    const response = await fetch(`${port.sandbox.controlUrl}/port${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return response.json();
  };
  expect(await control("PATCH /entities/service/s0", { title: "By hand" })).toMatchObject({
    title: "By hand",
  });
  expect(await control("PATCH /entities/service/s0", { properties: { none: 1 } })).toEqual({
    error: expect.stringContaining("no such property"),
  });
  await control("PUT /integrations/mine/config?resync=false", { resources: [] });
  await control("POST /integrations/mine/resync");
  expect(await control("GET /integrations/mine")).toMatchObject({
    json: { config: { resources: [] } },
    resyncRequestedAt: "2026-06-30T12:00:00.000Z",
  });
  expect(await control("GET /entities?blueprint=service")).toHaveLength(1);
  await control("DELETE /entities/service/s0");
  await control("POST /revoke-tokens");
  expect((await port.ask("GET /v1/blueprints")).status).toBe(401);
  expect(port.sandbox.port.entityCount).toBe(0);
});
