import { expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { HttpError, NetworkError } from "../errors.ts";
import type { HttpRequest } from "../http/client.ts";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { caseCount } from "../testing/test-size.ts";
import { connectIngest } from "./connect-ingest.ts";
import { createIngestSink } from "./ingest.ts";
import { createMemorySink } from "./memory.ts";
import type { Delivery, PayloadSink } from "./sink.ts";

const url = "https://ingest.getport.io/secret";

function createScripted(
  failure?: Error,
  secret?: string,
): { sink: PayloadSink; requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  const sink = createIngestSink({
    url,
    secret,
    http: {
      send: async (request) => {
        requests.push(request);
        if (failure !== undefined) throw failure;
        return { status: 202, headers: new Headers(), text: "" };
      },
    },
  });
  return { sink, requests };
}

function delivery(line = "{}"): Delivery {
  return { id: "P1", kind: "services", line };
}

function answered(status: number): HttpError {
  const options = { host: "Port", method: "POST", url: "https://ingest.getport.io/…", status };
  return new HttpError(`Port answered ${status}`, { ...options, reason: "because" });
}

test("deliver() posts the line as it is, and lets a post that is on its way finish", async () => {
  const { sink, requests } = createScripted();
  const { signal } = new AbortController();
  expect(await sink.deliver(delivery('{"a":1}'), signal)).toEqual({ accepted: true });
  expect(requests).toEqual([
    {
      method: "POST",
      url,
      headers: { "content-type": "application/json" },
      body: '{"a":1}',
      signal,
      signalEnds: "retries",
      examine: expect.any(Function),
    },
  ]);
});

test("deliver() signs the body like PagerDuty signs its webhooks", async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.string({ minLength: 1 }), async (line, secret) => {
      const { sink, requests } = createScripted(undefined, secret);
      await sink.deliver(delivery(line));
      const header = requests[0]?.headers?.["x-pagerduty-signature"];
      // Over the bytes that are sent.
      const bytes = new TextEncoder().encode(requests[0]?.body);
      expect(header).toBe(`v1=${createHmac("sha256", secret).update(bytes).digest("hex")}`);
    }),
    { numRuns: caseCount(100) },
  );
});

test("deliver() signs a known body with a known result", async () => {
  const { sink, requests } = createScripted(undefined, "key");
  await sink.deliver(delivery("The quick brown fox jumps over the lazy dog"));
  expect(requests[0]?.headers?.["x-pagerduty-signature"]).toBe(
    "v1=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
  );
});

test.each([400, 409, 413, 422])("deliver() answered %i sets that object aside", async (status) => {
  const { sink } = createScripted(answered(status));
  expect(await sink.deliver(delivery())).toEqual({ accepted: false, status, reason: "because" });
});

test.each([
  [401, undefined, "Port's webhook wants signed requests: set PORT_WEBHOOK_SECRET"],
  [403, undefined, "Port's webhook wants signed requests: set PORT_WEBHOOK_SECRET"],
  [401, "wrong", "does not accept the signature: check that PORT_WEBHOOK_SECRET"],
  [404, undefined, "There is no webhook at PORT_URL"],
  [410, undefined, "There is no webhook at PORT_URL"],
  [302, undefined, "PORT_URL redirects elsewhere"],
  [405, undefined, "Check PORT_URL"],
  [408, undefined, ""],
  [429, undefined, ""],
  [500, undefined, ""],
])(
  "deliver() answered %i (secret: %p) ends the run and says: %s",
  async (status, secret, advice) => {
    const { sink } = createScripted(answered(status), secret);
    const error = await failureOf(sink.deliver(delivery()));
    expect(error).toMatchObject({ name: "HttpError", status, reason: "because" });
    expect(error.message).toContain(advice);
    if (advice === "") expect(error.message).toBe(`Port answered ${status}`);
  },
);

test("deliver() passes on that Port does not answer", async () => {
  const lost = new NetworkError("Port did not answer", { host: "Port", method: "POST", url });
  expect(await failureOf(createScripted(lost).sink.deliver(delivery()))).toBe(lost);
});

test("connectIngest() signs with a secret that took the place of one that is refused", async () => {
  const clock = new FakeClock();
  let secret = "one";
  let good = "one";
  const signed: string[] = [];
  const sign = (key: string): string => createHmac("sha256", key).update("{}").digest("hex");
  const answer = (_: unknown, init?: RequestInit): Promise<Response> => {
    const signature = new Headers(init?.headers).get("x-pagerduty-signature") ?? "";
    signed.push(signature);
    return Promise.resolve(
      new Response("", { status: signature.endsWith(sign(good)) ? 202 : 401 }),
    );
  };
  const sink = connectIngest({
    fetch: Object.assign(answer, { preconnect: () => undefined }),
    clock,
    random: () => 0.5,
    url,
    secret,
    readSecret: () => secret,
  });
  expect(await clock.drive(sink.deliver(delivery()))).toEqual({ accepted: true });
  good = "two";
  expect(await failureOf(clock.drive(sink.deliver(delivery())))).toMatchObject({ status: 401 });
  secret = "two";
  expect(await clock.drive(sink.deliver(delivery()))).toEqual({ accepted: true });
  expect(signed).toEqual(["one", "one", "one", "two"].map((key) => `v1=${sign(key)}`));
});

test("connectIngest() keeps to the limit that Port's answers tell", async () => {
  const clock = new FakeClock();
  const length = 5000;
  const limit = 100;
  const counts = new Map<number, number>();
  const events: string[] = [];
  let refused = 0;
  const fetch = async (): Promise<Response> => {
    await clock.sleep(40);
    const window = Math.floor(clock.now() / length);
    const count = (counts.get(window) ?? 0) + 1;
    counts.set(window, count);
    if (count > limit) refused += 1;
    const headers = {
      date: new Date(clock.now()).toUTCString(),
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(Math.max(0, limit - count)),
      "x-ratelimit-reset": String(((window + 1) * length) / 1000),
    };
    await clock.sleep(40);
    return new Response("", { status: count > limit ? 429 : 202, headers });
  };
  const sink = connectIngest({
    fetch: Object.assign(fetch, { preconnect: () => undefined }),
    clock,
    random: () => 0.5,
    url,
    onEvent: (event) => events.push(event.type),
  });
  const begun = clock.now();
  let left = 400;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await sink.deliver(delivery());
    }
  };
  await clock.drive(Promise.all(Array.from({ length: 16 }, worker)));
  expect(refused).toBe(0);
  expect(events.filter((type) => type === "request")).toHaveLength(400);
  // 100 in 5 s, of which 5 are never planned for.
  expect(clock.now() - begun).toBeLessThan(25_000);
});

test("createMemorySink() keeps what it is given, in order", async () => {
  const sink = createMemorySink();
  await sink.deliver(delivery("1"));
  await sink.deliver(delivery("2"));
  expect(sink.delivered.map(({ line }) => line)).toEqual(["1", "2"]);
});
