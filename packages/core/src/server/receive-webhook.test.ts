import { expect, test } from "bun:test";
import { connect } from "node:net";
import * as fc from "fast-check";
import { readLastEvent } from "../store/inbox.ts";
import { listEvents, readBacklog, readEvent } from "../store/inbox-events.ts";
import { createInboxWriter, type InboxWriter } from "../store/inbox-writer.ts";
import type { Store } from "../store/open-store.ts";
import { keepSecret } from "../store/secrets.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { signWebhook } from "../testing/index.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { caseCount } from "../testing/test-size.ts";
import { createBodyBudget } from "./body-budget.ts";
import { bodyTimeLimit, largestBody } from "./read-body.ts";
import { receiveWebhook, type ReceiveWebhookDeps, type WebhookReceipt } from "./receive-webhook.ts";
import { createWebhookSecrets } from "./webhook-secrets.ts";
import { testClock } from "../testing/test-clock.ts";
import { openTestStore } from "../testing/open-test-store.ts";

const secret = "the secret";

interface Receiver extends ReceiveWebhookDeps {
  readonly store: Store;
  readonly receipts: WebhookReceipt[];
}

async function createReceiver(deps: Partial<ReceiveWebhookDeps> = {}): Promise<Receiver> {
  const store = await openTestStore();
  const receipts: WebhookReceipt[] = [];
  const configured = [{ name: "PD_WEBHOOK_SECRET", value: secret }];
  return {
    store,
    receipts,
    inbox: createInboxWriter({ sql: store.sql, clock: testClock }),
    secrets: createWebhookSecrets({ sql: store.sql, configured }),
    clock: testClock,
    onReceipt: (receipt) => receipts.push(receipt),
    ...deps,
  };
}

function describeEvent(fields: Record<string, unknown> = {}): string {
  const data = { id: "Q1", type: "incident", title: "a\0b", service: { id: "PS1" } };
  const event = { id: "01F", event_type: "incident.triggered", resource_type: "incident", data };
  return JSON.stringify({ event: { ...event, ...fields } });
}

interface Post {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly signature?: string | null;
}

function post(body: string | Uint8Array<ArrayBuffer>, options: Post = {}): Request {
  const { path = "/webhook", method = "POST", signature = signWebhook(body, secret) } = options;
  const headers = new Headers({ "content-type": "application/json", ...options.headers });
  if (signature !== null) headers.set("X-PagerDuty-Signature", signature);
  return new Request(`http://pagerport.test${path}`, {
    method,
    headers,
    ...(method === "GET" ? {} : { body }),
  });
}

test("receiveWebhook() answers 202 to what is signed, once it is in the inbox", async () => {
  const deps = await createReceiver();
  const response = await receiveWebhook(post(describeEvent()), deps);
  expect([response.status, await response.json()]).toEqual([202, { outcome: "accepted" }]);
  const { sql } = deps.store;
  const kept = await readEvent(sql, "01F");
  expect(kept).toMatchObject({ key: "incidents/Q1", state: "waiting" });
  expect(new TextDecoder().decode(kept?.payload)).toBe(describeEvent());
  expect((await readEvent(sql, "01F/services/PS1"))?.key).toBe("services/PS1");
  expect(await readLastEvent(sql, "PD_WEBHOOK_SECRET")).toBeNumber();
  const again = await receiveWebhook(post(describeEvent(), { path: "/integration/webhook" }), deps);
  expect([again.status, await again.json()]).toEqual([202, { outcome: "known" }]);
  expect((await readBacklog(sql)).waiting).toBe(2);
  expect(deps.receipts).toMatchObject([
    {
      status: 202,
      outcome: "accepted",
      reason: undefined,
      eventId: "01F",
      eventType: "incident.triggered",
      key: "incidents/Q1",
      signature: "matched",
      signedBy: "PD_WEBHOOK_SECRET",
    },
    { outcome: "known", eventId: "01F" },
  ]);
});

const large = new Uint8Array(largestBody + 1);

/** A body of which the length is not announced. */
function stream(
  parts: readonly Uint8Array<ArrayBuffer>[],
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
}

function postStream(
  parts: readonly Uint8Array<ArrayBuffer>[],
  headers: Record<string, string>,
): Request {
  const body = stream(parts);
  return new Request("http://pagerport.test/webhook", { method: "POST", headers, body });
}

/** Of somebody who does not know the secret. */
const wellFormed = {
  "content-type": "application/json",
  "x-pagerduty-signature": `v1=${"0".repeat(64)}`,
};

test("receiveWebhook() reads no body without a signature that may be PagerDuty's", async () => {
  const deps = await createReceiver();
  for (const signature of [undefined, "", "v1=", "v1=00", `v1=${"g".repeat(64)}`, "v2=00"]) {
    let pulls = 0;
    const pull = (): void => void (pulls += 1);
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({ pull }, { highWaterMark: 0 });
    const headers = new Headers(wellFormed);
    headers.delete("x-pagerduty-signature");
    if (signature !== undefined) headers.set("x-pagerduty-signature", signature);
    const request = new Request("http://a/webhook", { method: "POST", body, headers });
    const response = await receiveWebhook(request, deps);
    expect([response.status, response.headers.get("connection"), pulls]).toEqual([401, "close", 0]);
    expect(deps.receipts.at(-1)).toMatchObject({ signature: "missing" });
  }
});

test("receiveWebhook() answers 503 to a body that there is no room for, and says when to come again", async () => {
  const bodies = createBodyBudget({ clock: testClock });
  const deps = await createReceiver({ bodies });
  const others = Array.from({ length: 24 }, () => bodies.begin(largestBody, () => undefined));
  for (const other of others) expect(other.take(largestBody)).toBe(true);
  const body = describeEvent({ client: "x".repeat(200_000) });
  const send = (): Request => postStream([new TextEncoder().encode(body)], headers);
  const headers = { ...wellFormed, "x-pagerduty-signature": signWebhook(body, secret) };
  const busy = await receiveWebhook(send(), deps);
  expect([busy.status, busy.headers.get("retry-after"), await busy.json()]).toEqual([
    503,
    "5",
    { outcome: "busy" },
  ]);
  expect((await receiveWebhook(post(describeEvent({ id: "01G" })), deps)).status).toBe(202);
  others[0]?.end();
  expect((await receiveWebhook(send(), deps)).status).toBe(202);
  expect(bodies.used).toEqual({ small: 0, large: 23 * largestBody });
});

const refusals: readonly (readonly [string, number, () => Request])[] = [
  ["another path", 404, () => post(describeEvent(), { path: "/webhooks" })],
  ["another path, before another method", 404, () => post("", { path: "/", method: "GET" })],
  ["GET", 405, () => post("", { method: "GET" })],
  ["PUT", 405, () => post(describeEvent(), { method: "PUT" })],
  ["a body that is too large", 413, () => post(large)],
  [
    "no signature, before a body that turns out too large",
    401,
    () => post(large, { signature: null }),
  ],
  ["a signature that is none", 401, () => post(describeEvent(), { signature: "v1=00, v2=00" })],
  [
    "an announced body that is too large",
    413,
    () => post("{}", { headers: { "content-length": String(largestBody + 1) } }),
  ],
  [
    "a body that turns out too large",
    413,
    () => postStream([large.subarray(0, largestBody), large.subarray(0, 1)], wellFormed),
  ],
  ["another type", 415, () => post(describeEvent(), { headers: { "content-type": "text/plain" } })],
  ["no type, before no signature", 415, () => postStream([new Uint8Array([123, 125])], {})],
  ["a compressed body", 415, () => post("{}", { headers: { "content-encoding": "gzip" } })],
  ["no signature", 401, () => post(describeEvent(), { signature: null })],
  ["no signature, before what is no JSON", 401, () => post("{", { signature: null })],
  ["another's signature", 401, () => post("{}", { signature: signWebhook("{}", "other") })],
  ["another body's signature", 401, () => post("{}", { signature: signWebhook("[]", secret) })],
  ["an empty body", 401, () => post("")],
  [
    "another body's signature, before what is no JSON",
    401,
    () => post("{", { signature: "v1=00" }),
  ],
];

for (const [title, status, create] of refusals) {
  test(`receiveWebhook() answers ${status} to ${title}, and keeps nothing`, async () => {
    const deps = await createReceiver();
    const response = await receiveWebhook(create(), deps);
    expect(response.status).toBe(status);
    expect(response.headers.get("allow")).toBe(status === 405 ? "POST" : null);
    expect(await listEvents(deps.store.sql, { limit: 1 })).toEqual([]);
    expect(deps.receipts).toMatchObject([{ status, outcome: "refused", eventId: undefined }]);
  });
}

const signed: readonly (readonly [string, string | Uint8Array<ArrayBuffer>, string, string])[] = [
  ["what is no JSON", "{", "dead", "dead"],
  ["bytes that are no text", new Uint8Array([0, 255, 254]), "dead", "dead"],
  ["no event", "[]", "dead", "dead"],
  ["an event without an id", describeEvent({ id: null }), "dead", "dead"],
  ["an event without its object's id", describeEvent({ data: {} }), "dead", "dead"],
  ["an event without data", describeEvent({ data: null }), "dead", "dead"],
  ["an unknown type", describeEvent({ event_type: "incident.new" }), "ignored", "done"],
  ["a ping", describeEvent({ event_type: "pagey.ping", data: {} }), "ignored", "done"],
  ["256 kB", describeEvent({ client: "x".repeat(262_144) }), "accepted", "waiting"],
  ["a long id", describeEvent({ id: "x".repeat(100_000) }), "accepted", "waiting"],
  ["half a surrogate pair", describeEvent({ id: "01F\uD800" }), "accepted", "waiting"],
  ["a NUL in the id", describeEvent({ id: "01F\0" }), "accepted", "waiting"],
  [
    "what is no UTF-8",
    Uint8Array.from(Buffer.from(describeEvent({ client: "\u00e9" }), "latin1")),
    "accepted",
    "waiting",
  ],
];

for (const [name, createDatabase] of databaseSorts) {
  test(`receiveWebhook() answers 202 to all that is signed, on ${name}`, async () => {
    await using database = await createDatabase();
    for (const [title, body, outcome, state] of signed) {
      const { sql } = await database.open();
      const inbox = createInboxWriter({ sql, clock: testClock });
      const deps = await createReceiver({ inbox });
      await sql.run("DELETE FROM inbox");
      for (const expected of [outcome, "known"]) {
        const response = await receiveWebhook(post(body), deps);
        const answer: unknown = await response.json();
        expect([title, response.status, answer]).toEqual([title, 202, { outcome: expected }]);
      }
      const events = await listEvents(sql, { limit: 9 });
      expect([title, events[events.length - 1]?.state]).toEqual([title, state]);
      expect(deps.receipts[0]?.reason === undefined).toBe(outcome === "accepted");
    }
  });
}

const anyBody = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
  fc.json(),
  fc
    .record({
      id: fc.oneof(fc.string({ unit: "binary" }), fc.string({ minLength: 150, maxLength: 400 })),
      event_type: fc.oneof(
        fc.constantFrom("incident.resolved", "incident.annotated", "service.deleted"),
        fc.string({ unit: "binary" }),
      ),
      occurred_at: fc.oneof(fc.date().map(String), fc.string(), fc.constant("9999999999")),
      data: fc.oneof(
        fc.jsonValue(),
        fc.record({
          type: fc.constantFrom("incident", "service", "incident_note"),
          id: fc.oneof(fc.constant("Q1"), fc.string({ unit: "binary" })),
          incident: fc.record({ id: fc.string() }),
          service: fc.record({ id: fc.constantFrom("PS1", "PS2") }),
        }),
      ),
    })
    .map(describeEvent),
);

for (const [name, createDatabase] of databaseSorts) {
  test(`receiveWebhook() keeps whatever is signed, and knows it again, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const deps = await createReceiver({ inbox: createInboxWriter({ sql, clock: testClock }) });
    const ids = new Set<string>();
    await fc.assert(
      fc.asyncProperty(anyBody, async (body) => {
        const statuses = [
          (await receiveWebhook(post(body), deps)).status,
          (await receiveWebhook(post(body), deps)).status,
        ];
        expect(statuses).toEqual([202, 202]);
        const [first, second] = deps.receipts.splice(0);
        const id = first?.eventId ?? "";
        expect([first?.outcome === "known", second?.outcome]).toEqual([ids.has(id), "known"]);
        ids.add(id);
        expect((await readEvent(sql, id))?.id).toBe(id);
      }),
      { numRuns: caseCount(100) },
    );
  });
}

test("receiveWebhook() takes parameters of the type, spaces and several secrets", async () => {
  const deps = await createReceiver();
  await keepSecret(deps.store.sql, "webhook", { name: "PSUB", value: "kept" });
  const headers = { "content-type": "Application/JSON; charset=utf-8" };
  const signature = `v2=1, ${signWebhook(describeEvent(), ["unknown", "kept"])}`;
  const response = await receiveWebhook(post(describeEvent(), { headers, signature }), deps);
  expect(response.status).toBe(202);
  expect(deps.receipts[0]?.signedBy).toBe("PSUB");
});

test("receiveWebhook() takes what is signed with a secret that was kept a moment ago", async () => {
  const deps = await createReceiver();
  const body = describeEvent();
  const signature = signWebhook(body, "kept later");
  expect((await receiveWebhook(post(body, { signature }), deps)).status).toBe(401);
  expect(deps.receipts.at(-1)?.signature).toBe("wrong");
  await receiveWebhook(post(body, { signature: null }), deps);
  expect(deps.receipts.at(-1)?.signature).toBe("missing");
  await keepSecret(deps.store.sql, "webhook", { name: "PSUB", value: "kept later" });
  const many = Array.from({ length: 20 }, () => receiveWebhook(post(body, { signature }), deps));
  for (const response of await Promise.all(many)) expect(response.status).toBe(202);
});

test("receiveWebhook() answers 503 without a secret, and takes what is unsigned only when told", async () => {
  const { store } = await createReceiver();
  const secrets = createWebhookSecrets({ sql: store.sql, configured: [] });
  const deps = await createReceiver({ secrets });
  expect((await receiveWebhook(post(describeEvent()), deps)).status).toBe(503);
  const unsigned = post(describeEvent(), { signature: null });
  expect((await receiveWebhook(unsigned.clone(), deps)).status).toBe(503);
  expect(deps.receipts[0]?.reason).toBe("There is no secret to check it with");
  const open = await createReceiver({ secrets, acceptsUnsigned: true });
  expect((await receiveWebhook(unsigned, open)).status).toBe(202);
  expect(open.receipts[0]?.signedBy).toBeUndefined();
});

test("receiveWebhook() answers 503 while the store cannot be read or written, and 202 afterwards", async () => {
  let isBroken = true;
  const working = await createReceiver();
  const inbox: InboxWriter = {
    waiting: 0,
    add: async (event) => {
      if (isBroken) throw new Error("database or disk is full");
      return working.inbox.add(event);
    },
  };
  const deps = await createReceiver({ inbox });
  const response = await receiveWebhook(post(describeEvent()), deps);
  expect([response.status, await response.json()]).toEqual([503, { outcome: "unavailable" }]);
  expect(deps.receipts).toMatchObject([
    { outcome: "unavailable", reason: "database or disk is full", eventId: "01F" },
  ]);
  isBroken = false;
  expect((await receiveWebhook(post(describeEvent()), deps)).status).toBe(202);
  const fail = (): Promise<never> => Promise.reject(new Error("connection refused"));
  const blind = await createReceiver({ secrets: { known: fail, reread: fail } });
  expect((await receiveWebhook(post("{}", { signature: null }), blind)).status).toBe(503);
});

test("receiveWebhook() tells nobody what an event holds, and minds no broken log", async () => {
  const deps = await createReceiver();
  const body = describeEvent({ client: { name: "canary-payload" } });
  const headers = { authorization: "canary-header" };
  await receiveWebhook(post(body, { headers }), deps);
  await receiveWebhook(post(`canary-${body}`, { headers }), deps);
  await receiveWebhook(post(body, { headers, signature: "v1=canary-signature" }), deps);
  expect(JSON.stringify(deps.receipts)).not.toMatch(/canary|the secret/);
  const broken = await createReceiver({
    onReceipt: () => {
      throw new Error("the log is full");
    },
  });
  expect((await receiveWebhook(post(body), broken)).status).toBe(202);
});

for (const [title, length, first] of [
  ["of unknown length", "transfer-encoding: chunked", "1\r\n{\r\n"],
  ["that was announced", "content-length: 9", "{"],
] as const) {
  test(`receiveWebhook() answers 408 to a body ${title} that does not end, and hangs up`, async () => {
    const clock = new FakeClock();
    const deps = await createReceiver({ clock });
    const server = Bun.serve({ port: 0, fetch: (request) => receiveWebhook(request, deps) });
    const socket = connect(server.port ?? 0, "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => {
      answer += data.toString();
    });
    const closed = new Promise((resolve) => {
      socket.once("close", resolve);
    });
    const headers = Object.entries(wellFormed).map((pair) => pair.join(": "));
    const head = ["POST /webhook HTTP/1.1", "host: a", ...headers, ""].join("\r\n");
    socket.write(`${head}${length}\r\n\r\n${first}`);
    while (clock.sleeping === 0) await clock.settle();
    await clock.advance(bodyTimeLimit - 1);
    expect(answer).toBe("");
    await clock.advance(1);
    await closed;
    expect(answer).toStartWith("HTTP/1.1 408");
    expect(await listEvents(deps.store.sql, { limit: 1 })).toEqual([]);
    await server.stop(true);
  });
}

test("receiveWebhook() answers 400 to a body that breaks off", async () => {
  const deps = await createReceiver({ clock: new FakeClock() });
  for (const length of ["", "5"]) {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.error(new Error("connection reset")),
    });
    const headers = { ...wellFormed, ...(length === "" ? {} : { "content-length": length }) };
    const request = new Request("http://a/webhook", { method: "POST", body, headers });
    expect((await receiveWebhook(request, deps)).status).toBe(400);
  }
});

test("receiveWebhook() takes a body byte by byte, whatever it is cut into", async () => {
  const deps = await createReceiver();
  const headers = (body: string): Record<string, string> => ({
    "content-type": "application/json",
    "x-pagerduty-signature": signWebhook(body, secret),
  });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.integer({ min: 1, max: 40 }), async (text, size) => {
      round += 1;
      const body = describeEvent({
        id: `01F${round}`,
        client: text,
        agent: "x".repeat(round * 90),
      });
      const bytes = new TextEncoder().encode(body);
      const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, place) =>
        bytes.subarray(place * size, (place + 1) * size),
      );
      expect((await receiveWebhook(postStream(parts, headers(body)), deps)).status).toBe(202);
      const { payload } = (await readEvent(deps.store.sql, `01F${round}`)) ?? {};
      expect(new TextDecoder().decode(payload)).toBe(body);
    }),
    { numRuns: caseCount(40) },
  );
});
