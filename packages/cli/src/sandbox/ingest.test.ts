import { expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { testClock } from "../../../core/src/testing/test-clock.ts";
import { startSandbox } from "../testing/start-sandbox.ts";

const small = { services: 3, incidents: 50, now: "2026-06-30T12:00:00Z" } as const;
const payload = (identifier: string, title = "t"): string =>
  JSON.stringify({ event: { event_type: "incident", data: { identifier, title } } });
const post = (url: string, body: BodyInit, headers?: HeadersInit): Promise<Response> =>
  fetch(url, { method: "POST", body, headers });

test("the ingest takes JSON documents and counts them by identifier", async () => {
  await using sandbox = await startSandbox({ ...small, record: "all" });
  const id = [...sandbox.pagerduty.allIncidents()][7]?.id ?? "";
  const answer = await post(sandbox.ingestUrl, payload(id));
  expect([answer.status, await answer.json()]).toEqual([202, { ok: true }]);
  await post(sandbox.ingestUrl, payload(id, "again"));
  await post(sandbox.ingestUrl, payload("elsewhere"));
  const { received } = sandbox.ingest;
  expect(received).toMatchObject({ total: 3, distinct: 2, byType: { incident: 3 } });
  expect([received.count(id), received.count("elsewhere"), received.count("none")]).toEqual([
    2, 1, 0,
  ]);
  expect(received.last(id)).toEqual(JSON.parse(payload(id, "again")));
  expect([received.payloads.length, received.identifiers()]).toEqual([3, [id, "elsewhere"]]);
});

test("the ingest refuses what it cannot take", async () => {
  await using sandbox = await startSandbox({
    ...small,
    ingest: {
      reject: (value) =>
        JSON.stringify(value).includes("bad") ? { status: 422, message: "bad" } : undefined,
    },
  });
  const { ingestUrl } = sandbox;
  const table: [string, string, number][] = [
    [ingestUrl, "{", 400],
    [ingestUrl, payload("bad"), 422],
    [ingestUrl, JSON.stringify("x".repeat(1024 * 1024)), 413],
    [`${ingestUrl}x`, payload("a"), 404],
    [ingestUrl, payload("a"), 202],
  ];
  for (const [url, body, status] of table) expect((await post(url, body)).status).toBe(status);
  expect(sandbox.ingest.received.total).toBe(1);
  expect(sandbox.requests.ingest.byStatus).toEqual({ 202: 1, 400: 1, 404: 1, 413: 1, 422: 1 });
});

test("with a secret the ingest takes only what is signed with it", async () => {
  const secret = "s3cret-ü";
  await using sandbox = await startSandbox({ ...small, ingest: { secret } });
  const body = payload("Zażółć 🔥");
  const signature = `v1=${createHmac("sha256", secret).update(body).digest("hex")}`;
  const status = async (header?: string): Promise<number> => {
    const headers = new Headers(header === undefined ? [] : [["X-Pagerduty-Signature", header]]);
    return (await post(sandbox.ingestUrl, body, headers)).status;
  };
  expect(await status(signature)).toBe(202);
  expect(await status(`v1=00,${signature}`)).toBe(202);
  expect(await status()).toBe(401);
  expect(await status(signature.slice(3))).toBe(401);
  expect(await status(`${signature.slice(0, -1)}x`)).toBe(401);
});

test("the ingest's limit is told in its headers, with the time of the reset and Retry-After", async () => {
  await using sandbox = await startSandbox({
    ...small,
    ingest: { rate: { limit: 2, windowMs: 5000 } },
  });
  const answers: Response[] = [];
  for (let count = 0; count < 3; count++) answers.push(await post(sandbox.ingestUrl, payload("a")));
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 429]);
  expect(answers.map(({ headers }) => headers.get("x-ratelimit-remaining"))).toEqual([
    "1",
    "0",
    "0",
  ]);
  const refused = answers[2]?.headers;
  expect(Number(refused?.get("x-ratelimit-reset")) * 1000 - testClock.now()).toBeWithin(0, 7000);
  expect(Number(refused?.get("retry-after"))).toBeWithin(1, 6);
  sandbox.clock.advance(5000);
  expect((await post(sandbox.ingestUrl, payload("a"))).status).toBe(202);
  expect(sandbox.requests.ingest.throttled).toBe(1);
});

test("counting only costs no payloads", async () => {
  await using sandbox = await startSandbox({ ...small, record: "count" });
  for (const { id } of sandbox.pagerduty.allIncidents()) await post(sandbox.ingestUrl, payload(id));
  const { received } = sandbox.ingest;
  expect([received.total, received.distinct, received.identifiers()]).toEqual([50, 50, []]);
});
