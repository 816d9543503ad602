import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import {
  coreServices,
  createServiceFactory,
  type BackendFeature,
} from "@backstage/backend-plugin-api";
import { mockCredentials } from "@backstage/backend-test-utils";
import { AuthorizeResult } from "@backstage/plugin-permission-common";
import { startSandbox } from "@pagerport/cli/sandbox";
import { createApiClient, describeError } from "@pagerport/core";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { recordLogs } from "../support/record-logs.ts";
import { type Portal, portalDatabases, startPortal } from "../support/start-portal.ts";

const small = { services: 3, incidents: 5 };
const inMemory = { client: "better-sqlite3", connection: ":memory:" };
const withPermissions = { permission: { enabled: true } };
const alice = "user:default/alice";
const somebody = mockCredentials.user.header(alice);
const service = mockCredentials.service.header();

/** Every route, what it needs, and what it answers where that is given and there are no plans. */
const routes = [
  ["GET", "/v1/status", "read", 200],
  ["GET", "/v1/deletions", "read", 200],
  ["GET", "/v1/deletions/7", "read", 404],
  ["POST", "/v1/deletions/7/approve", "approve", 404],
  ["POST", "/v1/deletions/7/reject", "approve", 404],
  ["GET", "/v1/pause", "read", 200],
  ["POST", "/v1/pause", "pause", 200],
  ["POST", "/v1/resume", "pause", 200],
  ["POST", "/v1/resyncs", "resync", 202],
] as const;

const bodies: Readonly<Record<string, object>> = {
  "/v1/pause": { scope: "deletions", reason: "a test" },
  "/v1/resyncs": { type: "delta" },
  "/restore": { run: 1 },
};

/** A permission framework whose policy allows these, and nothing else. */
function allowOnly(...names: readonly string[]): BackendFeature {
  const decide = async (requests: readonly { readonly permission: { readonly name: string } }[]) =>
    requests.map(({ permission: { name } }) => ({
      result: names.includes(name) ? AuthorizeResult.ALLOW : AuthorizeResult.DENY,
    }));
  return createServiceFactory({
    service: coreServices.permissions,
    deps: {},
    factory: () => ({ authorize: decide, authorizeConditional: decide }) as never,
  });
}

/** A catalog by which everybody is in these groups. */
function everybodyIn(...groups: readonly string[]): BackendFeature {
  return createServiceFactory({
    service: coreServices.userInfo,
    deps: {},
    factory: () => ({
      getUserInfo: async () => ({ userEntityRef: alice, ownershipEntityRefs: [alice, ...groups] }),
    }),
  });
}

async function ask(
  { url }: Portal,
  method: string,
  path: string,
  authorization: string = somebody,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization, "content-type": "application/json", ...headers },
    ...(method === "POST" ? { body: JSON.stringify(bodies[path] ?? {}) } : {}),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test.each(["read", "approve", "pause", "resync", "restore"])(
  "whoever has the permission pagerport.%s in a portal may do that over the API, and nothing else",
  async (given) => {
    await using sandbox = await startSandbox(small);
    const logs = recordLogs();
    await using portal = await startPortal(sandbox, {
      database: inMemory,
      config: withPermissions,
      // It counts only where there is no permission framework.
      pagerport: { allowActions: [alice] },
      features: [allowOnly(`pagerport.${given}`), logs.feature],
    });
    for (const [method, path, needed, answer] of routes) {
      const { status, body } = await ask(portal, method, path);
      expect([path, status]).toEqual([path, needed === given ? answer : 403]);
      if (status !== 403) continue;
      expect(body).toMatchObject({
        type: "urn:pagerport:problem:not-allowed",
        detail: `You may not ask for that: permission pagerport.${needed}`,
      });
    }
    const audited = logs.lines.filter((line) => /pagerport\.(approve|reject|pause|res)/.test(line));
    const count = (word: RegExp): number => audited.filter((line) => word.test(line)).length;
    const allowed = routes.filter(
      ([method, , needed]) => method === "POST" && needed === given,
    ).length;
    expect(count(/initiated/)).toBe(5);
    // There is no plan 7: those fail.
    expect(count(/succeeded/)).toBe(given === "approve" ? 0 : allowed);
    const recorded = logs.lines.filter((line) => line.includes("By hand, over the API"));
    expect(recorded.filter((line) => line.includes(": refused: ")).length).toBe(5 - allowed);
  },
);

test("in a portal without permissions everybody signed in reads states, and does nothing", async () => {
  await using sandbox = await startSandbox(small);
  await using portal = await startPortal(sandbox, { database: inMemory });
  for (const [method, path, needed, answer] of routes) {
    const { status, body } = await ask(portal, method, path);
    expect([path, status]).toEqual([path, needed === "read" ? answer : 403]);
    if (status === 403)
      expect(body["detail"]).toContain("pagerport.allowActions names neither you");
    const none = mockCredentials.none.header();
    expect([path, (await ask(portal, method, path, none)).status]).toEqual([path, 401]);
    const wrong = mockCredentials.user.invalidHeader();
    expect([path, (await ask(portal, method, path, wrong)).status]).toEqual([path, 401]);
  }
  for (const path of ["/resync", "/restore"]) {
    expect(await ask(portal, "POST", path)).toMatchObject({
      status: 403,
      body: { error: { name: "NotAllowedError" } },
    });
  }
  for (const path of ["/health", "/status", "/deletions"]) {
    expect([path, (await ask(portal, "GET", path)).status]).toEqual([path, 200]);
  }
});

test.each([
  ["a user", "user:default/Alice", []],
  ["a group of the user's", ["group:on-call", "user:bob"], ["group:default/on-call"]],
])(
  "in a portal without permissions pagerport.allowActions lets %s act",
  async (_who, allowActions, groups) => {
    await using sandbox = await startSandbox(small);
    await using portal = await startPortal(sandbox, {
      database: inMemory,
      pagerport: { allowActions },
      features: [everybodyIn(...groups)],
    });
    for (const [method, path, , answer] of routes) {
      expect([path, (await ask(portal, method, path)).status]).toEqual([path, answer]);
    }
    expect((await ask(portal, "POST", "/resync")).status).toBe(202);
    expect((await ask(portal, "POST", "/restore")).status).toBe(200);
  },
);

test("in a portal without permissions a service may act, unless its token is restricted", async () => {
  await using sandbox = await startSandbox(small);
  {
    await using portal = await startPortal(sandbox, { database: inMemory });
    expect((await ask(portal, "POST", "/v1/resyncs", service)).status).toBe(202);
    expect((await ask(portal, "POST", "/resync", service)).status).toBe(202);
  }
  // What a restriction of its token comes to.
  const features = [allowOnly("pagerport.read")];
  await using portal = await startPortal(sandbox, { database: inMemory, features });
  expect((await ask(portal, "GET", "/v1/status", service)).status).toBe(200);
  expect((await ask(portal, "POST", "/v1/resyncs", service)).status).toBe(403);
});

test("the API of a portal takes JSON alone, and tells what is wrong as its document says", async () => {
  await using sandbox = await startSandbox(small);
  const pagerport = { allowActions: alice };
  const features = [everybodyIn()];
  await using portal = await startPortal(sandbox, { database: inMemory, pagerport, features });
  const form = { "content-type": "application/x-www-form-urlencoded" };
  for (const [status, method, path, headers] of [
    [415, "POST", "/v1/pause", form],
    [405, "DELETE", "/v1/pause", {}],
    [405, "GET", "/v1/resume", {}],
    [404, "GET", "/v1/nothing", {}],
    [404, "GET", "/v1", {}],
    [404, "POST", "/v1/webhook", {}],
  ] as const) {
    const answer = await ask(portal, method, path, somebody, headers);
    expect([path, answer.status, answer.body["status"]]).toEqual([path, status, status]);
  }
  const { status } = await fetch(`${portal.url}/v1/pause`, {
    method: "POST",
    headers: { authorization: somebody, "content-type": "application/json" },
    body: `{"scope":"some"}`,
  });
  expect(status).toBe(400);
});

test("what is done over a portal's API is recorded with who it was, in the plugin's database", async () => {
  await using sandbox = await startSandbox(small);
  using folder = new TemporaryFolder();
  const logs = recordLogs();
  const database = { client: "better-sqlite3", connection: { directory: folder.path } };
  {
    await using portal = await startPortal(sandbox, {
      database,
      config: withPermissions,
      features: [allowOnly("pagerport.pause", "pagerport.read"), logs.feature],
    });
    const [, token = ""] = somebody.split(" ");
    const client = createApiClient({ url: `${portal.url}/v1`, token });
    const pause = await client.pause({ scope: "all", reason: "a bad night", by: "root" });
    expect(pause).toMatchObject({ scope: "all", by: alice, reason: "a bad night" });
    // A write that was on its way may have ended meanwhile.
    expect({ ...(await client.readPause()), pending: [] }).toEqual({ ...pause, pending: [] });
    const failure = await failureOf(client.resync("full", "root"));
    expect(describeError(failure)).toContain("permission pagerport.resync");
  }
  using records = new Database(`${folder.path}/pagerport.sqlite`, { readonly: true });
  expect(
    records.query("SELECT who, origin, action, what, outcome FROM audit ORDER BY at").all(),
  ).toEqual([
    {
      who: alice,
      origin: expect.stringMatching(/127\.0\.0\.1|::1/),
      action: "pause",
      what: "all, until somebody resumes, a bad night",
      outcome: "done",
    },
    expect.objectContaining({
      who: alice,
      action: "resync",
      outcome: expect.stringMatching(/^refused/),
    }),
  ]);
  expect(logs.lines.join("\n")).toContain(`By hand, over the API: pause all`);
});

for (const [sort, createDatabase] of portalDatabases) {
  test(`a pause over one replica's API is seen over another's, on ${sort}`, async () => {
    await using sandbox = await startSandbox(small);
    using folder = new TemporaryFolder();
    const isShared = sort === "PostgreSQL";
    const sqlite = { client: "better-sqlite3", connection: { directory: folder.path } };
    const database = isShared ? await createDatabase() : sqlite;
    await using first = await startPortal(sandbox, { database });
    await using second = await startPortal(sandbox, { database });
    expect((await ask(first, "POST", "/v1/pause", service)).status).toBe(200);
    expect((await ask(second, "GET", "/v1/pause")).body).toMatchObject({
      pause: { scope: "deletions" },
    });
  });
}

test("without credentials the API of a portal says what is missing", async () => {
  await using sandbox = await startSandbox(small);
  await using portal = await startPortal(sandbox, {
    database: inMemory,
    pagerport: { pagerduty: {} },
  });
  expect(await ask(portal, "GET", "/v1/status")).toMatchObject({
    status: 503,
    body: { detail: expect.stringContaining("pagerport.pagerduty.token") },
  });
  expect((await ask(portal, "POST", "/v1/pause", service)).status).toBe(503);
});
