import { expect, test } from "bun:test";
import { ask } from "./ask-sandbox.ts";
import { startSandbox } from "../testing/start-sandbox.ts";

const now = "2026-06-30T12:00:00Z";
const small = { services: 6, incidents: 400, now } as const;

function budgetOf(answer: { readonly headers: Headers }): (string | null)[] {
  const names = ["ratelimit-limit", "ratelimit-remaining", "retry-after"];
  return names.map((name) => answer.headers.get(name));
}

test("requests without a good credential are answered 401 with code 2006", async () => {
  await using sandbox = await startSandbox(small);
  const table: [string, string | undefined][] = [
    ["none", undefined],
    ["unknown key", "Token token=unknown"],
    ["key as bearer", `Bearer ${sandbox.token}`],
    ["no token=", `Token ${sandbox.token}`],
    ["other case", `token token=${sandbox.token}`],
  ];
  for (const [name, authorization] of table) {
    const init: RequestInit = { headers: authorization === undefined ? {} : { authorization } };
    const { status, body } = await ask(sandbox, "/services", {}, init);
    expect([name, status, body.error.code]).toEqual([name, 401, 2006]);
  }
});

test("a read-only key reads, and may not write", async () => {
  await using sandbox = await startSandbox(small);
  const headers = { authorization: `Token token=${sandbox.readOnlyToken}` };
  expect((await ask(sandbox, "/incidents", {}, { headers })).status).toBe(200);
  const written = await ask(sandbox, "/webhook_subscriptions", {}, { headers, method: "POST" });
  expect([written.status, written.body.error.code]).toEqual([403, 2010]);
});

test("a team's key lists only what is the team's", async () => {
  await using sandbox = await startSandbox({ ...small, services: 30 });
  const headers = { authorization: `Token token=${sandbox.teamToken}` };
  const services = (await ask(sandbox, "/services", { limit: 100 }, { headers })).body.services;
  const ids = new Set(services.map(({ id }) => id));
  const query = { date_range: "all", limit: 100, total: "true", "team_ids[]": "PAAAAAA" };
  const { body } = await ask(sandbox, "/incidents", query, { headers });
  expect(services.length).toBeWithin(1, 20);
  expect(body.incidents.every((incident) => ids.has(incident.service.id))).toBe(true);
  expect(body.total).toBeWithin(1, 300);
});

test("POST /oauth/token issues a day's token with the scopes that were granted", async () => {
  await using sandbox = await startSandbox(small);
  const request = (
    fields: Record<string, string>,
    headers?: HeadersInit,
  ): Promise<Awaited<ReturnType<typeof ask>>> =>
    ask(
      sandbox,
      "/oauth/token",
      {},
      { method: "POST", body: new URLSearchParams(fields), headers },
    );
  const good = {
    grant_type: "client_credentials",
    client_id: "sandbox-client",
    client_secret: "sandbox-client-secret",
    scope: "as_account-us.acme incidents.read no.such.scope",
  };
  const { body } = await request(good);
  expect([body.scope, body.expires_in]).toEqual(["as_account-us.acme incidents.read", 86_400]);
  expect(Object.keys(body)).not.toContain("refresh_token");

  const headers = { authorization: `Bearer ${body.access_token}` };
  expect((await ask(sandbox, "/incidents", {}, { headers })).status).toBe(200);
  const services = await ask(sandbox, "/services", {}, { headers });
  expect([services.status, services.body.error.code]).toEqual([403, 2010]);
  sandbox.clock.advance(86_400_000);
  expect((await ask(sandbox, "/incidents", {}, { headers })).status).toBe(401);

  expect((await request({ ...good, scope: "incidents.read" })).status).toBe(400);
  expect((await request({ ...good, client_secret: "wrong" })).status).toBe(401);
  expect((await request(good, { "content-type": "application/json" })).status).toBe(400);
  const eu = await request({ ...good, scope: "as_account-eu.acme incidents.read" });
  const wrongRegion = { headers: { authorization: `Bearer ${eu.body.access_token}` } };
  expect((await ask(sandbox, "/incidents", {}, wrongRegion)).status).toBe(401);
});

test("GET /users/me of an account key is 400 with a plain string for an error", async () => {
  await using sandbox = await startSandbox(small);
  const { status, body } = await ask(sandbox, "/users/me");
  expect([status, JSON.stringify(body.error)]).toEqual([
    400,
    expect.stringContaining("account-level access token"),
  ]);
});

test("a missing Accept is tolerated unless it is required", async () => {
  await using sandbox = await startSandbox({ ...small, requireAccept: true });
  const authorization = `Token token=${sandbox.token}`;
  expect((await ask(sandbox, "/services")).status).toBe(400);
  const accept = "application/vnd.pagerduty+json;version=2";
  expect((await ask(sandbox, "/services", {}, { headers: { authorization, accept } })).status).toBe(
    200,
  );
  sandbox.configure({ requireAccept: false });
  expect((await ask(sandbox, "/services")).status).toBe(200);
});

test("pages echo limit and offset, tell of more, and of the total only when asked", async () => {
  await using sandbox = await startSandbox({ ...small, services: 60 });
  const table: [Record<string, string>, [number, number, number, number | null, boolean]][] = [
    [{}, [25, 25, 0, null, true]],
    [{ limit: "60" }, [60, 60, 0, null, false]],
    [{ limit: "10000" }, [60, 100, 0, null, false]],
    [{ limit: "10", offset: "50", total: "true" }, [10, 10, 50, 60, false]],
    [{ limit: "10", offset: "49", total: "1" }, [10, 10, 49, 60, true]],
    [{ limit: "10", offset: "70", total: "false" }, [0, 10, 70, null, false]],
  ];
  for (const [query, expected] of table) {
    const { services, limit, offset, total, more } = (await ask(sandbox, "/services", query)).body;
    expect([query, services.length, limit, offset, total, more]).toEqual([query, ...expected]);
  }
});

test("requests that cannot be are refused with PagerDuty's codes", async () => {
  await using sandbox = await startSandbox(small);
  const tooFar =
    "Offset+limit exceeds maximum allowed value of 10000. Please try to refine your search to reduce the returned set of records below this number, like adding a date range.";
  const table: [string, Record<string, string>, number, number, string[]?][] = [
    ["/incidents", { limit: "100", offset: "9900" }, 200, 0],
    ["/incidents", { limit: "100", offset: "9901" }, 400, 2002, [tooFar]],
    ["/incidents", { limit: "-1" }, 400, 2001],
    ["/incidents", { limit: "many" }, 400, 2001],
    ["/services", { offset: "-1" }, 400, 2001],
    ["/services", { total: "True" }, 400, 2001],
    ["/incidents", { since: "2025-01-01T00:00:00Z", until: "2025-07-01T00:00:00Z" }, 200, 0],
    [
      "/incidents",
      { since: "2025-01-01T00:00:00Z", until: "2025-07-01T00:00:01Z" },
      400,
      2001,
      [" is invalid."],
    ],
    ["/incidents", { since: "2026-02-01T00:00:00Z", until: "2026-01-01T00:00:00Z" }, 400, 2004],
    ["/incidents", { since: "last week" }, 400, 2004],
    ["/incidents", { date_range: "some" }, 400, 2001],
    ["/incidents", { date_range: "all", since: "2000-01-01", until: "2026-01-01" }, 200, 0],
    ["/incidents", { "statuses[]": "open" }, 400, 2001],
    ["/incidents", { sort_by: "title" }, 400, 2001],
    ["/incidents", { sort_by: "created_at:up" }, 400, 2001],
    ["/incidents", { sort_by: "urgency,created_at,incident_number" }, 400, 2001],
    ["/incidents", { time_zone: "Mars/Base" }, 400, 2001],
    ["/incidents/401", {}, 404, 2100],
    ["/incidents/QAAAAAAAAAAAAA", {}, 404, 2100],
    ["/services/PAAAAAA", {}, 404, 2100],
    ["/nothing", {}, 404, 2100],
  ];
  for (const [path, query, status, code, errors] of table) {
    const answer = await ask(sandbox, path, query);
    const found = answer.body.error;
    expect([path, query, answer.status, found?.code ?? 0]).toEqual([path, query, status, code]);
    if (errors !== undefined) expect(found.errors).toEqual(errors);
  }
});

test("maxLimit lowers a larger limit, or refuses it", async () => {
  await using sandbox = await startSandbox({ ...small, maxLimit: 3 });
  const page = (await ask(sandbox, "/services", { limit: 100 })).body;
  expect([page.services.length, page.limit, page.more]).toEqual([3, 3, true]);
  sandbox.configure({ maxLimit: "reject" });
  expect((await ask(sandbox, "/services", { limit: 101 })).status).toBe(400);
  expect((await ask(sandbox, "/services", { limit: 100 })).status).toBe(200);
});

test("GET /abilities is a list of strings without the fields of a page", async () => {
  await using sandbox = await startSandbox(small);
  const { body } = await ask(sandbox, "/abilities");
  expect(Object.keys(body)).toEqual(["abilities"]);
  expect(body.abilities).toContain("teams");
});

test("every answer tells the request budget, and the one above it is 429 until the window ends", async () => {
  await using sandbox = await startSandbox({ ...small, rate: { limit: 3, windowMs: 60_000 } });
  expect(budgetOf(await ask(sandbox, "/services"))).toEqual(["3", "2", null]);
  expect(budgetOf(await ask(sandbox, "/nothing"))).toEqual(["3", "1", null]);
  expect(budgetOf(await ask(sandbox, "/incidents"))).toEqual(["3", "0", null]);
  const refused = await ask(sandbox, "/services");
  expect([refused.status, refused.body.error]).toEqual([
    429,
    { message: "Rate Limit Exceeded", code: 2020 },
  ]);
  expect(budgetOf(refused)).toEqual(["3", "0", null]);
  expect(Number(refused.headers.get("ratelimit-reset"))).toBeWithin(1, 61);
  // The other key has a budget of its own.
  const other = { headers: { authorization: `Token token=${sandbox.readOnlyToken}` } };
  expect((await ask(sandbox, "/services", {}, other)).status).toBe(200);
  sandbox.clock.advance(60_000);
  expect((await ask(sandbox, "/services")).status).toBe(200);
  expect(sandbox.requests.pagerduty.throttled).toBe(1);
});

test("a bare 429 has no rate-limit headers and no JSON", async () => {
  await using sandbox = await startSandbox({
    ...small,
    rate: { limit: 1, windowMs: 60_000, bare429: true },
  });
  await ask(sandbox, "/services");
  const response = await fetch(`${sandbox.pagerDutyUrl}/services`, {
    headers: { authorization: `Token token=${sandbox.token}` },
  });
  expect([response.status, response.headers.get("ratelimit-limit")]).toEqual([429, null]);
  expect(await response.text()).toStartWith("<html>");
});

test("without a limit there are no rate-limit headers", async () => {
  await using sandbox = await startSandbox(small);
  const { headers } = await ask(sandbox, "/services");
  expect([...headers.keys()].filter((name) => name.includes("ratelimit"))).toEqual([]);
});

test("extra fields turn up in some objects and in the page, where that is switched on", async () => {
  await using sandbox = await startSandbox({ ...small, extraFields: true });
  const { body } = await ask(sandbox, "/incidents", { limit: 100, date_range: "all" });
  const extra = body.incidents.filter((incident) => "x_added_next_year" in incident).length;
  expect(extra).toBeWithin(10, 90);
  expect(body).toHaveProperty("x_page_hint");
});
