import { expect, test } from "bun:test";
import { HttpError, NetworkError, PagerportError, PlanError } from "../errors.ts";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { createFakeOperations } from "../testing/fake-operations.ts";
import { createApiClient } from "./client.ts";
import { createApi } from "./create-api.ts";

const token = "canary-0123456789-0123456789";
const clock = new FakeClock();

/** A client of an API whose gate lets one token in. */
function connect(options: { readonly url?: string; readonly token?: string } = {}) {
  const operations = createFakeOperations(clock.now());
  const asked: string[] = [];
  const api = createApi<undefined>({
    operations,
    gate: {
      nameOrigin: () => "here",
      admit: async () => ({ who: "alice", from: "here" }),
    },
    audit: { run: (_action, _peer, work) => work(), refuse: async () => undefined },
    clock,
  });
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(url, init);
    asked.push(`${request.method} ${request.url} ${request.headers.get("authorization")}`);
    return api.handle(request, undefined);
  };
  const client = createApiClient({
    url: "http://pagerport.test",
    token,
    ...options,
    fetch: fetch as typeof globalThis.fetch,
  });
  return { client, operations, asked };
}

function answering(response: () => Response | Promise<Response>): typeof globalThis.fetch {
  return (async () => response()) as unknown as typeof globalThis.fetch;
}

test("createApiClient() tells what the operations of the server tell", async () => {
  const { client, operations } = connect();
  expect(await client.status()).toEqual(await operations.status());
  expect(await client.listPlans()).toEqual(await operations.listPlans());
  expect(await client.showPlan(7)).toEqual(await operations.showPlan(7));
  expect(await client.showPlan(6)).toBeUndefined();
  expect(await client.readPause()).toBeUndefined();
  const pause = await client.pause({ scope: "all", for: 90_000, reason: "a bad night", by: "me" });
  // Who it was is the server's to know.
  expect(pause).toEqual({
    scope: "all",
    since: clock.now(),
    until: clock.now() + 90_000,
    by: "alice",
    reason: "a bad night",
    pending: [],
  });
  expect(await client.readPause()).toEqual(pause);
  const pending = [{ owner: "host, process 7", work: "objects", count: 2 } as const];
  operations.pending.push(pending);
  expect(await client.readPause()).toEqual({ ...pause, pending });
  const { pending: _none, ...ended } = pause;
  expect(await client.resume({ by: "me" })).toEqual(ended);
  expect(await client.resume({ by: "me" })).toBeUndefined();
  await client.resync("delta", "me");
  const decision = { id: 7, changed: 1, already: 0, by: undefined };
  expect(await client.approvePlan(7, { only: ["A"], by: "me" })).toEqual({
    ...decision,
    isRunAsked: true,
  });
  expect(await client.rejectPlan(7, { only: ["B"], by: "me" })).toEqual(decision);
  expect(operations.done.slice(2)).toEqual([
    ["resume", { by: "alice" }],
    ["resync", "delta", "alice"],
    ["approve", 7, { only: ["A"], by: "alice" }],
    ["reject", 7, { only: ["B"], by: "alice" }],
  ]);
});

test.each([
  [6, undefined, "unknown"],
  [8, undefined, "settled"],
  [7, ["Z"], "not-on-plan"],
] as const)(
  "createApiClient() throws for plan %i, only %j, as a store does",
  async (id, only, reason) => {
    const { client } = connect();
    for (const action of ["approvePlan", "rejectPlan"] as const) {
      const failure = await failureOf(client[action](id, { only, by: "me" }));
      expect(failure).toBeInstanceOf(PlanError);
      expect(failure).toMatchObject({ reason });
    }
  },
);

test.each([
  ["http://pagerport.test", "http://pagerport.test/api/v1/status"],
  ["http://pagerport.test/prefix/", "http://pagerport.test/prefix/api/v1/status"],
  ["http://pagerport.test/api/v1", "http://pagerport.test/api/v1/status"],
])("createApiClient() of %s asks %s", async (url, wanted) => {
  const { client, asked } = connect({ url });
  await client.status().catch(() => undefined);
  expect(asked).toEqual([`GET ${wanted} Bearer ${token}`]);
});

test("createApiClient() tells what the server gives as the reason", async () => {
  const problem = {
    type: "x",
    title: "A token is needed",
    status: 401,
    detail: "Send it",
    instance: "/",
  };
  const fetch = answering(() => Response.json(problem, { status: 401 }));
  const client = createApiClient({ url: "http://pagerport.test", token, fetch });
  const failure = await failureOf(client.pause({ scope: "all", by: "me" }));
  expect(failure).toBeInstanceOf(HttpError);
  expect(String(failure)).toInclude(
    "A token is needed: Send it (status 401: POST http://pagerport.test/api/v1/pause)",
  );
});

test.each([
  ["a page", () => new Response("<html>", { status: 200 }), PagerportError],
  ["another's JSON", () => Response.json({ items: [] }), PagerportError],
  ["a proxy's page", () => new Response("Bad gateway", { status: 502 }), HttpError],
  ["a redirect", () => Response.redirect("http://evil.test/", 302), HttpError],
  ["nothing", () => Promise.reject(new TypeError("connection refused")), NetworkError],
])("createApiClient() is told by what answers with %s", async (_what, response, sort) => {
  const client = createApiClient({
    url: "http://pagerport.test",
    token,
    fetch: answering(response),
  });
  const failure = await failureOf(client.listPlans());
  expect(failure).toBeInstanceOf(sort);
  expect(String(failure)).toInclude("http://pagerport.test/api/v1/deletions");
  expect(String(failure)).not.toInclude("canary");
});

test("createApiClient() ends with what its signal was aborted for", async () => {
  const ending = new AbortController();
  ending.abort(new Error("SIGINT"));
  const fetch = ((_url: string, init: RequestInit) =>
    Promise.reject(init.signal?.reason)) as unknown as typeof globalThis.fetch;
  const client = createApiClient({ url: "http://pagerport.test", fetch, signal: ending.signal });
  expect(String(await failureOf(client.status()))).toBe("Error: SIGINT");
});
