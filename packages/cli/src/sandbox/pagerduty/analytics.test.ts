import { expect, test } from "bun:test";
import type { Sandbox } from "../start-sandbox.ts";
import { startSandbox } from "../../testing/start-sandbox.ts";

const now = "2026-06-30T12:00:00Z";
const small = { services: 10, incidents: 600, now } as const;
const raw = "/analytics/raw/incidents";
const metrics = "/analytics/metrics/incidents/services";

interface Row {
  readonly [name: string]: unknown;
  readonly id: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly [name: string]: unknown; readonly data: Row[] };
}

async function ask(
  sandbox: Sandbox,
  path: string,
  body?: object,
  token = sandbox.token,
): Promise<Answer> {
  const response = await fetch(sandbox.pagerDutyUrl + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Token token=${token}` },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const read: Answer["body"] = await response.json();
  return { status: response.status, headers: response.headers, body: read };
}

test("raw incidents go by the id of the last row, newest first", async () => {
  await using sandbox = await startSandbox(small);
  const ids: string[] = [];
  let after: unknown;
  do {
    const request = { limit: 250, ...(after === undefined ? {} : { starting_after: after }) };
    const { body } = await ask(sandbox, raw, request);
    ids.push(...body.data.map(({ id }) => id));
    after = body["more"] === true ? body["last"] : undefined;
  } while (after !== undefined);
  const all = [...sandbox.pagerduty.allIncidents()].map(({ id }) => id);
  expect(ids).toEqual(all.toReversed());
});

test("raw incidents are filtered, sorted, and refused where the request is wrong", async () => {
  await using sandbox = await startSandbox(small);
  const incidents = [...sandbox.pagerduty.allIncidents()];
  const [, second] = incidents;
  const start = second?.created_at ?? "";
  const end = incidents[50]?.created_at ?? "";
  const filters = { created_at_start: start, created_at_end: end };
  const { body } = await ask(sandbox, raw, { filters, order: "asc", limit: 1000 });
  expect(body.data.map(({ id }) => id)).toEqual(
    incidents.filter(({ created_at: at }) => at >= start && at < end).map(({ id }) => id),
  );
  const serviceIds = [second?.service.id ?? ""];
  const own = await ask(sandbox, raw, { filters: { service_ids: serviceIds }, limit: 1000 });
  expect(new Set(own.body.data.map((row) => row["service_id"]))).toEqual(new Set(serviceIds));
  const slow = await ask(sandbox, raw, { order_by: "seconds_to_resolve", order: "asc" });
  const seconds = slow.body.data.map((row) => Number(row["seconds_to_resolve"]));
  expect(seconds).toEqual(seconds.toSorted((left, right) => left - right));

  const table: [object, number][] = [
    [{}, 200],
    [{ starting_after: null }, 200],
    [{ limit: 0 }, 400],
    [{ limit: 1001 }, 400],
    [{ starting_after: "QNONE" }, 400],
    [{ order: "up" }, 400],
    [{ filters: { created_at_start: "yesterday" } }, 400],
  ];
  for (const [request, status] of table) {
    expect([request, (await ask(sandbox, raw, request)).status]).toEqual([request, status]);
  }
  sandbox.configure({ strictAnalytics: true });
  expect((await ask(sandbox, raw, { starting_after: null })).status).toBe(400);
});

test("analytics knows of an incident only after a while, alone flat or wrapped", async () => {
  await using sandbox = await startSandbox({ ...small, analyticsLagSeconds: 3600 });
  const { pagerduty, clock } = sandbox;
  const [service] = pagerduty.allServices();
  const id = pagerduty.createIncident({ serviceId: service?.id ?? "" });
  const newest = async (): Promise<unknown> => (await ask(sandbox, raw, {})).body["first"];
  expect((await ask(sandbox, `${raw}/${id}`)).status).toBe(404);
  expect(await newest()).not.toBe(id);
  clock.advance(3_600_000);
  expect((await ask(sandbox, `${raw}/${id}`)).body["id"]).toBe(id);
  expect(await newest()).toBe(id);
  sandbox.configure({ singleAnalytics: "wrapped" });
  expect((await ask(sandbox, `${raw}/${id}`)).body.data).toMatchObject({ id });
  expect((await ask(sandbox, `${raw}/QNONE`)).status).toBe(404);
});

test("metrics have a row for each service with incidents, of at most a year", async () => {
  await using sandbox = await startSandbox(small);
  const quiet = sandbox.pagerduty.createService();
  const filters = {
    created_at_start: "2026-01-01T00:00:00Z",
    created_at_end: "2026-06-30T12:00:00Z",
  };
  const { data } = (await ask(sandbox, metrics, { filters })).body;
  const counts = new Map<unknown, number>();
  for (const { service, created_at: at } of sandbox.pagerduty.allIncidents()) {
    if (at >= filters.created_at_start) counts.set(service.id, (counts.get(service.id) ?? 0) + 1);
  }
  expect(new Map(data.map((row) => [row["service_id"], row["total_incident_count"]]))).toEqual(
    counts,
  );
  expect(counts.has(quiet)).toBe(false);
  const wide = { ...filters, created_at_start: "2025-06-30T00:00:00Z" };
  expect((await ask(sandbox, metrics, { filters: wide })).status).toBe(400);
});

test("a user's key must name teams or services; a read-only key may ask unless it is told not to", async () => {
  await using sandbox = await startSandbox({ ...small, services: 30 });
  const { readOnlyToken, teamToken } = sandbox;
  expect((await ask(sandbox, raw, {}, teamToken)).status).toBe(400);
  const serviceIds = [...sandbox.pagerduty.allServices()].map(({ id }) => id);
  const filters = { service_ids: serviceIds };
  const { body } = await ask(sandbox, raw, { filters }, teamToken);
  expect(new Set(body.data.map((row) => row["team_id"])).size).toBe(1);
  expect((await ask(sandbox, raw, {}, readOnlyToken)).status).toBe(200);
  sandbox.configure({ readOnlyAnalytics: false });
  expect((await ask(sandbox, raw, {}, readOnlyToken)).status).toBe(403);
});

test("analytics and on-calls have budgets of their own", async () => {
  const rate = { limit: 100, windowMs: 60_000 };
  const own = { limit: 2, windowMs: 60_000 };
  await using sandbox = await startSandbox({ ...small, rate, oncallsRate: own, analyticsQuota: 2 });
  const left = (answer: Answer, prefix = ""): string | null =>
    answer.headers.get(`${prefix}ratelimit-remaining`);
  expect(left(await ask(sandbox, "/oncalls"))).toBe("1");
  expect(left(await ask(sandbox, "/oncalls"))).toBe("0");
  const refused = await ask(sandbox, "/oncalls");
  expect([refused.status, refused.headers.get("ratelimit-limit")]).toEqual([429, "2"]);
  expect((await ask(sandbox, "/users")).status).toBe(200);

  const answers: Answer[] = [];
  for (let at = 0; at < 4; at++) answers.push(await ask(sandbox, raw, {}));
  expect(answers.map((answer) => [answer.status, left(answer, "daily-")])).toEqual([
    [200, "1"],
    [200, "0"],
    [429, "-1"],
    [429, "-2"],
  ]);
  const last = answers.at(-1);
  expect(Number(last?.headers.get("ratelimit-remaining"))).toBeGreaterThan(0);
  expect(Number(last?.headers.get("daily-ratelimit-reset"))).toBeWithin(1, 86_401);
  expect((await ask(sandbox, "/users")).headers.has("daily-ratelimit-limit")).toBe(false);
});
