import { expect, test } from "bun:test";
import { type ApiRight, apiRights, type ApiToken } from "../config/parse-api-tokens.ts";
import { largestBody } from "../server/read-body.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { createFakeOperations, type FakeOperations } from "../testing/fake-operations.ts";
import { type ApiAudit, createApi, type RefusedRequest } from "./create-api.ts";
import {
  createTokenGate,
  type RequestPeer,
  type TokenGateOptions,
} from "./gate/create-token-gate.ts";
import { apiRoutes } from "./routes.ts";

const secretOf = (name: string): string => `canary-${name}-0123456789-0123456789`;

function makeToken(name: string, ...rights: readonly ApiRight[]): ApiToken {
  return { name, rights: new Set(rights), secret: secretOf(name) };
}

const alice = makeToken("alice", "read", "act");

interface Asked {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly address?: string;
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

interface TestApi {
  readonly clock: FakeClock;
  readonly operations: FakeOperations;
  readonly records: object[];
  readonly refused: RefusedRequest[];
  readonly errors: unknown[];
  readonly ask: (path: string, asked?: Asked) => Promise<Answered>;
}

function openApi(
  tokens: readonly ApiToken[],
  gateOptions: Partial<TokenGateOptions> = {},
  change: Partial<FakeOperations> = {},
): TestApi {
  const clock = new FakeClock();
  const operations = { ...createFakeOperations(clock.now()), ...change };
  const records: object[] = [];
  const refused: RefusedRequest[] = [];
  const errors: unknown[] = [];
  const audit: ApiAudit<RequestPeer> = {
    async run(action, _peer, work) {
      const value = await work();
      records.push({ ...action, outcome: "done" });
      return value;
    },
    async refuse(action) {
      records.push({ ...action, outcome: "refused" });
    },
  };
  const gate = createTokenGate({
    readTokens: () => tokens,
    listenHost: "127.0.0.1",
    isShared: false,
    hosts: [],
    clock,
    ...gateOptions,
  });
  const api = createApi({
    operations,
    gate,
    audit,
    clock,
    onRefused: (one) => refused.push(one),
    onError: (error) => errors.push(error),
  });
  return {
    clock,
    operations,
    records,
    refused,
    errors,
    async ask(path, { method = "GET", token, headers, body, address = "127.0.0.1" } = {}) {
      const request = new Request(`http://127.0.0.1:8010/api/v1${path}`, {
        method,
        headers: {
          host: "127.0.0.1:8010",
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(method === "POST" ? { "content-type": "application/json" } : {}),
          ...headers,
        },
        ...(method === "POST"
          ? { body: typeof body === "string" ? body : JSON.stringify(body ?? {}) }
          : {}),
      });
      const response = await api.handle(request, { address });
      const text = await response.text();
      expect(text).not.toContain("canary");
      expect(response.headers.get("cache-control")).toBe("no-store");
      return {
        status: response.status,
        headers: response.headers,
        body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
      };
    },
  };
}

/** A request that each route takes. */
const requests = apiRoutes.map(({ method, path, access }) => ({
  method,
  path: path.replace("{id}", "7"),
  access,
  body: path === "/pause" ? { scope: "all" } : path === "/resyncs" ? { type: "full" } : {},
}));

test("createApi() answers every route to whoever may do everything", async () => {
  const { ask, operations, records } = openApi([alice]);
  for (const { method, path, body } of requests) {
    const { status, headers } = await ask(path, { method, body, token: alice.secret });
    expect([path, status]).toEqual([path, path === "/resyncs" ? 202 : 200]);
    expect(headers.get("content-type")).toBe("application/json");
  }
  const by = "alice";
  expect(operations.done).toEqual([
    ["approve", 7, { only: undefined, by }],
    ["reject", 7, { only: undefined, by }],
    ["pause", { scope: "all", for: undefined, reason: undefined, by }],
    ["resume", { by }],
    ["resync", "full", by],
  ]);
  const who = { who: "alice", from: "127.0.0.1", outcome: "done" };
  expect(records).toEqual([
    { ...who, action: "approve", what: "plan 7" },
    { ...who, action: "reject", what: "plan 7" },
    { ...who, action: "pause", what: "all, until somebody resumes" },
    { ...who, action: "resume", what: "" },
    { ...who, action: "resync", what: "full" },
  ]);
});

test.each(apiRights.map((right) => [right]))(
  "createApi() lets a token with the right '%s' do that, and nothing else",
  async (right) => {
    const token = makeToken("bob", right);
    const { ask, operations, records, refused } = openApi([alice, token]);
    for (const { method, path, access, body } of requests) {
      const isAllowed = right === (access === "read" ? "read" : "act");
      const answer = await ask(path, { method, body, token: token.secret });
      expect([path, answer.status < 300, answer.status === 403]).toEqual([
        path,
        isAllowed,
        !isAllowed,
      ]);
      if (isAllowed) continue;
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(answer.body).toEqual({
        type: "urn:pagerport:problem:not-allowed",
        title: "That is not allowed",
        status: 403,
        detail: `The token 'bob' has not the right '${access === "read" ? "read" : "act"}': it is given in PAGERPORT_API_TOKENS`,
        instance: `/api/v1${path}`,
      });
    }
    const isActing = right === "act";
    expect(operations.done).toHaveLength(isActing ? 5 : 0);
    // What is refused to somebody who is known is recorded as what is done.
    expect(records).toHaveLength(5);
    expect(records[0]).toMatchObject({ who: "bob", outcome: isActing ? "done" : "refused" });
    expect(refused.length).toBe(right === "read" ? 5 : isActing ? 4 : 9);
  },
);

test("createApi() without tokens shows states on loopback, and does nothing", async () => {
  const { ask, operations, records } = openApi([]);
  for (const { method, path, access, body } of requests) {
    const answer = await ask(path, { method, body });
    expect([path, answer.status]).toEqual([path, access === "read" ? 200 : 403]);
    if (access !== "read") expect(answer.body["detail"]).toContain("set PAGERPORT_API_TOKENS");
    // Nobody's token is as good as none.
    expect((await ask(path, { method, body, token: alice.secret })).status).toBe(answer.status);
  }
  expect([operations.done, records]).toEqual([[], []]);
});

test.each([
  ["not on loopback", { listenHost: "0.0.0.0" }, {}],
  ["on the webhook's address", { isShared: true }, {}],
  ["behind a proxy", {}, { "x-forwarded-for": "203.0.113.9" }],
])("createApi() without tokens shows nothing %s", async (_where, options, headers) => {
  const { ask } = openApi([], options);
  for (const { method, path, body } of requests) {
    const answer = await ask(path, { method, body, headers });
    expect([path, answer.status]).toEqual([path, 403]);
    expect(answer.body["detail"]).toContain("set PAGERPORT_API_TOKENS");
  }
});

test("createApi() with tokens answers nobody without one, nor with a wrong one", async () => {
  const { ask, operations, refused, records } = openApi([alice]);
  const strangers: readonly Readonly<Record<string, string>>[] = [
    {},
    { authorization: "Bearer " },
    { authorization: alice.secret },
    { authorization: `Basic ${btoa(`alice:${alice.secret}`)}` },
    { cookie: `token=${alice.secret}` },
    { "x-api-key": alice.secret },
  ];
  for (const headers of strangers) {
    for (const { method, path, body } of requests) {
      const answer = await ask(path, { method, body, headers });
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.headers.get("www-authenticate")).toStartWith("Bearer");
    }
  }
  const wrong = [
    alice.secret.slice(0, -1),
    `${alice.secret}0`,
    alice.secret.toUpperCase(),
    "alice",
  ];
  for (const [place, token] of wrong.entries()) {
    const answer = await ask("/status", { token, address: `10.0.0.${place}` });
    expect(answer.status).toBe(401);
  }
  expect(await ask(`/status?token=${alice.secret}`)).toMatchObject({ status: 401 });
  expect([operations.done, records]).toEqual([[], []]);
  expect(JSON.stringify(refused)).not.toContain("canary");
});

test("createApi() slows down wrong tokens, by address, and never a right one", async () => {
  const { ask, clock } = openApi([alice]);
  const attempt = async (token: string, address: string): Promise<readonly unknown[]> => {
    const { status, headers } = await ask("/status", { token, address });
    return [status, headers.get("retry-after")];
  };
  for (let count = 0; count < 5; count += 1) {
    expect(await attempt(`wrong-${count}`, "10.0.0.1")).toEqual([401, null]);
  }
  expect(await attempt("wrong", "10.0.0.1")).toEqual([429, "1"]);
  // Behind a proxy all have one address: whoever has an old token locks out nobody else …
  expect(await attempt(alice.secret, "10.0.0.1")).toEqual([200, null]);
  // … and is not forgiven for another's right one.
  expect(await attempt("wrong", "10.0.0.1")).toEqual([429, "1"]);
  expect(await attempt("wrong", "10.0.0.2")).toEqual([401, null]);
  await clock.advance(1000);
  expect(await attempt("wrong", "10.0.0.1")).toEqual([401, null]);
  expect(await attempt("wrong", "10.0.0.1")).toEqual([429, "2"]);
});

test("createApi() lets somebody pause while another's old token is sent from the same address", async () => {
  const { ask, operations } = openApi([alice]);
  for (let count = 0; count < 100; count += 1) await ask("/status", { token: "old" });
  const body = { scope: "all" };
  const answer = await ask("/pause", { method: "POST", token: alice.secret, body });
  expect([answer.status, operations.done.length]).toEqual([200, 1]);
});

test.each([
  ["another's name", "evil.example", 421],
  ["another's name, and our port", "evil.example:8010", 421],
  ["a name that begins as ours", "localhost.evil.example", 421],
  ["a name that holds ours", "127.0.0.1.evil.example", 421],
  ["an address that is not ours", "203.0.113.9", 421],
  ["nonsense", "a b", 421],
  ["a user's name", "localhost@evil.example", 421],
  ["localhost", "LocalHost:8010", 200],
  ["another port, as a tunnel has", "127.0.0.1:9999", 200],
  ["loopback of IPv6", "[::1]:8010", 200],
  ["a name that was set", "Pagerport.default.svc:8010", 200],
])("createApi() of a Host that is %s", async (_what, host, status) => {
  const { ask, operations } = openApi([], { hosts: ["pagerport.default.svc"] });
  expect((await ask("/status", { headers: { host } })).status).toBe(status);
  const withToken = openApi([alice], { hosts: ["pagerport.default.svc"] });
  const answer = await withToken.ask("/status", { token: alice.secret, headers: { host } });
  expect(answer.status).toBe(status);
  expect(operations.done).toEqual([]);
});

test("createApi() on every interface goes by any address, and by no name that was not set", async () => {
  const { ask } = openApi([alice], { listenHost: "0.0.0.0" });
  const statusOf = async (host: string): Promise<number> =>
    (await ask("/status", { token: alice.secret, headers: { host } })).status;
  expect(await statusOf("10.1.2.3:8010")).toBe(200);
  expect(await statusOf("[fd00::1]:8010")).toBe(200);
  expect(await statusOf("pod.example")).toBe(421);
});

test.each([
  ["of another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
  ["of another site, by an old browser", { origin: "https://evil.example" }],
  ["of a file or a frame", { origin: "null" }],
  ["of another port", { origin: "http://127.0.0.1:3000", "sec-fetch-site": "same-site" }],
  ["that hides where it comes from", { "sec-fetch-site": "cross-site" }],
])("createApi() refuses what a page %s sends, whatever token it has", async (_what, headers) => {
  const { ask, operations } = openApi([alice]);
  for (const { method, path, body } of requests) {
    const answer = await ask(path, { method, body, token: alice.secret, headers });
    expect([path, answer.status]).toEqual([path, 403]);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  }
  expect((await ask("/pause", { method: "OPTIONS", headers })).status).toBe(405);
  expect(operations.done).toEqual([]);
});

test("createApi() takes what a page of its own sends", async () => {
  const { ask } = openApi([alice]);
  const headers = { origin: "http://127.0.0.1:8010", "sec-fetch-site": "same-origin" };
  const body = { scope: "all" };
  const answer = await ask("/pause", { method: "POST", body, token: alice.secret, headers });
  expect(answer.status).toBe(200);
});

test.each([
  ["a form", "application/x-www-form-urlencoded"],
  ["plain text, as a form may be", "text/plain"],
  ["files of a form", "multipart/form-data; boundary=x"],
  ["what only looks like JSON", "application/jsonx"],
])("createApi() refuses a body that is %s", async (_what, type) => {
  const { ask, operations } = openApi([alice]);
  for (const { method, path, body } of requests) {
    if (method === "GET") continue;
    const headers = { "content-type": type };
    const answer = await ask(path, { method, body, token: alice.secret, headers });
    expect([path, answer.status]).toEqual([path, 415]);
  }
  expect(operations.done).toEqual([]);
});

test.each([
  ["/pause", "{", 400, ""],
  ["/pause", "[]", 400, ""],
  ["/pause", "null", 400, ""],
  ["/pause", {}, 400, "scope"],
  ["/pause", { scope: "none" }, 400, "scope"],
  ["/pause", { scope: "all", forSeconds: 0 }, 400, "forSeconds"],
  ["/pause", { scope: "all", forSeconds: 1e12 }, 400, "forSeconds"],
  ["/pause", { scope: "all", reason: "\u001b[2Jgone" }, 400, "reason"],
  ["/pause", { scope: "all", by: "mallory" }, 400, ""],
  ["/deletions/7/approve", { only: [] }, 400, "only"],
  ["/deletions/7/approve", { only: "A" }, 400, "only"],
  ["/deletions/7/approve", { only: ["\u001b[2JA"] }, 400, "only.0"],
  ["/deletions/7/approve", { id: 8 }, 400, ""],
  ["/deletions/7/approve", { only: ["A", "Z"] }, 422, undefined],
  ["/deletions/7/reject", { only: ["Z"] }, 422, undefined],
  ["/deletions/8/approve", {}, 409, undefined],
  ["/deletions/6/approve", {}, 404, undefined],
  ["/deletions/0/approve", {}, 404, undefined],
  ["/deletions/-7/approve", {}, 404, undefined],
  ["/deletions/7e0/approve", {}, 404, undefined],
  ["/deletions/99999999999999999999/approve", {}, 404, undefined],
  ["/resyncs", { type: "import" }, 400, "type"],
  ["/resume", { force: true }, 400, ""],
  ["/resume", "x".repeat(largestBody + 1), 413, undefined],
])("createApi() refuses POST %s %j", async (path, body, status, field) => {
  const { ask, operations } = openApi([alice]);
  const answer = await ask(path, { method: "POST", body, token: alice.secret });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.body).toMatchObject({ status, instance: `/api/v1${path}` });
  if (field !== undefined && field !== "") {
    expect(answer.body["errors"]).toMatchObject([{ path: field }]);
  }
  expect(operations.done).toEqual([]);
});

test("createApi() names what it does not know", async () => {
  const { ask } = openApi([alice]);
  const token = alice.secret;
  expect(await ask("/deletions/6", { token })).toMatchObject({
    status: 404,
    body: { type: "urn:pagerport:problem:no-such-plan", detail: "There is no plan 6" },
  });
  for (const path of ["", "/", "/status/", "/nothing", "/deletions/7/approve/now", "/../health"]) {
    expect([path, (await ask(path, { token })).status]).toEqual([path, 404]);
  }
  for (const [method, path, allow] of [
    ["DELETE", "/deletions/7", "GET, HEAD"],
    ["PUT", "/pause", "GET, HEAD, POST"],
    ["GET", "/resume", "POST"],
  ] as const) {
    const { status, headers } = await ask(path, { method, token });
    expect([path, status, headers.get("allow")]).toEqual([path, 405, allow]);
  }
  expect((await ask("/status", { method: "HEAD", token })).status).toBe(200);
});

test("createApi() tells nothing of what goes wrong inside", async () => {
  const cause = new Error("password canary of postgres");
  const { ask, errors } = openApi([alice], {}, { status: () => Promise.reject(cause) });
  const answer = await ask("/status", { token: alice.secret });
  expect(answer).toMatchObject({ status: 500, body: { title: "Something went wrong" } });
  expect(errors).toEqual([cause]);
});

test("createApi() converts what operations tell to what its document says", async () => {
  const { ask, clock, operations } = openApi([alice]);
  const token = alice.secret;
  const at = new Date(clock.now()).toISOString();
  const { body: plan } = await ask("/deletions/7", { token });
  expect(plan).toMatchObject({
    plan: { id: 7, openedAt: at, run: 3 },
    entities: [{ identifier: "A", since: at }, { identifier: "B" }],
    writes: ["C"],
  });
  expect((await ask("/pause", { token })).body).toEqual({ pause: null, pending: [] });
  const wanted = { scope: "deletions", forSeconds: 90, reason: "a bad night" };
  const pending = [{ owner: "host, process 7", work: "run", count: 1 } as const];
  operations.pending.push(pending);
  const { body: paused } = await ask("/pause", { method: "POST", body: wanted, token });
  const until = new Date(clock.now() + 90_000).toISOString();
  const pause = { scope: "deletions", since: at, until, by: "alice", reason: "a bad night" };
  expect(paused).toEqual({ pause, pending });
  expect((await ask("/pause", { token })).body).toEqual({ pause, pending: [] });
  expect((await ask("/resume", { method: "POST", token })).body).toEqual({ ended: pause });
  expect((await ask("/resume", { method: "POST", token })).body).toEqual({ ended: null });
  for (const route of apiRoutes) {
    if (route.method === "POST") continue;
    const { body } = await ask(route.path.replace("{id}", "7"), { token });
    expect([route.path, route.answer.safeParse(body).success]).toEqual([route.path, true]);
  }
});
