import { expect, test } from "bun:test";
import { http as route, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { HttpError, NetworkError, UnusableAnswerError } from "../errors.ts";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { createHttpClient, type HttpClient, type HttpClientOptions } from "./client.ts";
import { maskPath } from "./mask-url.ts";
import { readPagerDutyRateLimit } from "./rate-headers.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { describeNoJson, type ExamineAnswer, mayBeEmpty } from "./unusable-answer.ts";

const url = "https://api.pagerduty.test/things";

/** What the scripted host does with one attempt. */
type Step = (request: Request) => Response | Promise<Response>;

/** A client whose host answers attempt after attempt as scripted, the last step again and again. */
function createScripted(
  steps: readonly Step[],
  options: Partial<HttpClientOptions> = {},
): { clock: FakeClock; client: HttpClient; attempts: Request[]; retries: string[] } {
  const clock = new FakeClock();
  const attempts: Request[] = [];
  const retries: string[] = [];
  const random = (): number => 0.5;
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    attempts.push(request);
    const step = steps[Math.min(attempts.length, steps.length) - 1];
    const answer = new Promise<Response>((resolve, reject) => {
      init?.signal?.addEventListener("abort", () => reject(init.signal?.reason), { once: true });
      Promise.resolve(request)
        .then((sent) => step?.(sent) ?? new Response())
        .then(resolve, reject);
    });
    return answer;
  };
  const client = createHttpClient({
    fetch: Object.assign(fetch, { preconnect: () => undefined }),
    clock,
    random,
    limiter: new RateLimiter({
      clock,
      random,
      requestsPerMinute: 0,
      rateBudget: 1,
      readRateLimit: readPagerDutyRateLimit,
    }),
    host: "PagerDuty",
    onRetry: (reason) => retries.push(reason),
    ...options,
  });
  return { clock, client, attempts, retries };
}

const ok: Step = () => Response.json({ fine: true });
const never: Step = () => new Promise(() => undefined);
const fails =
  (message: string, code?: string): Step =>
  () => {
    throw Object.assign(new TypeError(message), code === undefined ? {} : { code });
  };
const answers =
  (status: number, body: unknown = {}, headers: Record<string, string> = {}): Step =>
  () =>
    Response.json(body, { status, headers });

function brokenBody(): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"half":'));
      controller.error(new Error("socket hang up"));
    },
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
}

test.each([
  [200, 1],
  [204, 1],
  [301, 1],
  [304, 1],
  [400, 1],
  [401, 1],
  [402, 1],
  [403, 1],
  [404, 1],
  [408, 2],
  [409, 1],
  [410, 1],
  [413, 1],
  [422, 1],
  [425, 1],
  [429, 2],
  [500, 2],
  [501, 2],
  [502, 2],
  [503, 2],
  [504, 2],
  [520, 2],
])(
  "send() that is answered %i makes %i attempts when the next would succeed",
  async (status, count) => {
    const body = [204, 304].includes(status) ? null : "{}";
    const { clock, client, attempts } = createScripted([() => new Response(body, { status }), ok]);
    await clock.drive(client.send({ method: "GET", url }).catch(() => undefined));
    expect(attempts).toHaveLength(count);
  },
);

test.each([
  ["Node", fails("fetch failed")],
  [
    "Bun refused",
    fails("Unable to connect. Is the computer able to access the url?", "ConnectionRefused"),
  ],
  ["Bun reset", fails("The socket connection was closed unexpectedly", "ECONNRESET")],
  ["Deno", fails("error sending request for url (https://api.pagerduty.test/things)")],
  ["any other", fails("certificate has expired", "CERT_HAS_EXPIRED")],
  ["broken body", brokenBody],
])("send() tries again after a network error (%s)", async (_name, step) => {
  const { clock, client, attempts } = createScripted([step, ok]);
  const answer = await clock.drive(client.send({ method: "GET", url }));
  expect(answer.text).toBe('{"fine":true}');
  expect(attempts).toHaveLength(2);
});

test("send() tries four times before a host has answered once, eleven times after", async () => {
  const { clock, client, attempts } = createScripted([fails("refused")]);
  expect(await failureOf(clock.drive(client.send({ method: "GET", url })))).toBeInstanceOf(
    NetworkError,
  );
  expect(attempts).toHaveLength(4);

  const answered = createScripted([ok, fails("refused")]);
  await answered.clock.drive(answered.client.send({ method: "GET", url }));
  const second = answered.client.send({ method: "GET", url });
  expect(await failureOf(answered.clock.drive(second))).toBeInstanceOf(NetworkError);
  expect(answered.attempts).toHaveLength(1 + 11);
});

test("send() gives up a host that answers 500 again and again", async () => {
  const { clock, client, attempts } = createScripted([answers(500)]);
  const error = await failureOf(clock.drive(client.send({ method: "GET", url })));
  expect(error).toBeInstanceOf(HttpError);
  expect(attempts).toHaveLength(11);
});

test("send() gives up after a hundred refusals in a row for going too fast", async () => {
  const { clock, client, attempts } = createScripted([answers(429)]);
  const error = await failureOf(clock.drive(client.send({ method: "GET", url })));
  expect(error).toMatchObject({ status: 429 });
  expect(attempts).toHaveLength(101);
});

test("send() waits longer after each failure", async () => {
  const { clock, client } = createScripted([fails("refused")]);
  const begun = clock.now();
  await failureOf(clock.drive(client.send({ method: "GET", url })));
  // Half of 500 ms, 1 and 2 s: the jitter is 0.5.
  expect(clock.now() - begun).toBe(1750);
});

test("send() waits for the rate limit as long as a 429 says, and no longer", async () => {
  const headers = { "ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": "9" };
  const { clock, client } = createScripted([answers(429, {}, headers), ok]);
  const begun = clock.now();
  await clock.drive(client.send({ method: "GET", url }));
  expect(clock.now() - begun).toBe(9000);
});

test("send() ends an attempt that is not answered within a minute, and tries again", async () => {
  const { clock, client, attempts, retries } = createScripted([never, ok]);
  const sent = client.send({ method: "GET", url });
  await clock.advance(59_999);
  expect(retries).toEqual([]);
  await clock.advance(1);
  expect(retries).toEqual(["no answer within 60 s"]);
  expect((await clock.drive(sent)).status).toBe(200);
  expect(attempts).toHaveLength(2);
  expect(clock.sleeping).toBe(0);
});

test("send() repeats a POST with its body and headers", async () => {
  const bodies: string[] = [];
  const step: Step = async (request) => {
    bodies.push(`${request.method} ${request.headers.get("x-key")} ${await request.text()}`);
    return bodies.length < 3 ? new Response("", { status: 503 }) : Response.json({});
  };
  const { clock, client } = createScripted([step]);
  const request = { method: "POST", url, body: '{"a":1}', headers: { "x-key": "v" } } as const;
  await clock.drive(client.send(request));
  expect(bodies).toEqual(Array.from({ length: 3 }, () => 'POST v {"a":1}'));
});

test("send() does not follow redirects", async () => {
  const { clock, client, attempts } = createScripted([
    () => new Response(null, { status: 302, headers: { location: "https://elsewhere.test/" } }),
  ]);
  const error = await failureOf(clock.drive(client.send({ method: "POST", url, body: "{}" })));
  expect(error).toMatchObject({ status: 302 });
  expect(attempts).toHaveLength(1);
});

test.each([
  [
    "an object",
    { error: { message: "Invalid Input Provided", code: 2001, errors: ["Since is invalid", "b"] } },
    "Invalid Input Provided: Since is invalid: b",
  ],
  ["an object without errors", { error: { message: "Not Found", code: 2100 } }, "Not Found"],
  ["errors as text", { error: { message: "Not Found", errors: "gone" } }, "Not Found: gone"],
  ["a string", { error: "account-level access token" }, "account-level access token"],
  ["an array", { error: ["one", "two"] }, "one; two"],
  ["Port's", { ok: false, error: "invalid_request", message: "bad" }, "invalid_request: bad"],
  ["nothing known", { status: "down" }, ""],
  ["a list", [1, 2], ""],
])("send() tells the reason of an error body that is %s", async (_name, body, reason) => {
  const { clock, client } = createScripted([answers(400, body)]);
  const error = await failureOf(clock.drive(client.send({ method: "GET", url })));
  expect(error).toMatchObject({ status: 400, reason });
});

test("send() tells the text of an HTML error page, shortened", async () => {
  const page = `<html><head><title>Bad</title></head><body>${"<p>x y</p>".repeat(400)}</body></html>`;
  const { clock, client } = createScripted([
    () => new Response(page, { status: 400, headers: { "content-type": "text/html" } }),
  ]);
  const error = await failureOf(clock.drive(client.send({ method: "GET", url })));
  expect(error.message).toStartWith("PagerDuty answered 400: Bad x y x y");
  expect(error.message).not.toContain("<");
  expect(error.message.length).toBeLessThan(700);
});

test("send() names host, status, reason, request id and address", async () => {
  const { clock, client } = createScripted([
    answers(404, { error: { message: "Not Found" } }, { "x-request-id": "r-1" }),
  ]);
  const error = await failureOf(clock.drive(client.send({ method: "GET", url })));
  expect(error.message).toBe(
    "PagerDuty answered 404: Not Found (request id r-1): GET https://api.pagerduty.test/things",
  );
  expect(error).toMatchObject({ host: "PagerDuty", method: "GET", url, requestId: "r-1" });
});

test("send() says in a network error what went wrong", async () => {
  const reset = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:9"), {
    code: "ECONNREFUSED",
  });
  for (const [step, told] of [
    [fails("Unable to connect. Is the computer able to access the url?"), "Unable to connect"],
    [() => Promise.reject(new TypeError("fetch failed", { cause: reset })), "connect ECONNREFUSED"],
  ] as const) {
    const { clock, client, retries } = createScripted([step]);
    const error = await failureOf(clock.drive(client.send({ method: "GET", url })));
    expect(error.message).toStartWith("PagerDuty did not answer: ");
    expect(error.message).toContain(told);
    expect(error.message).toEndWith(`: GET ${url}`);
    expect(retries[0]).toContain(told);
  }
});

test("send() never tells the path of an address that is a secret", async () => {
  const secret = "https://ingest.port.test/secretpath?key=hidden";
  const steps: readonly Step[] = [
    fails(`error sending request for url (${secret}): client error (Connect)`),
    fails("fetch failed"),
    fails("Unable to connect. Is the computer able to access the url?"),
    answers(500),
    answers(404, { message: "gone" }),
    answers(429),
    brokenBody,
    never,
  ];
  for (const step of steps) {
    const { clock, client, retries } = createScripted([step], { showUrl: maskPath });
    const error = await failureOf(
      clock.drive(client.send({ method: "POST", url: secret, body: "{}" })),
    );
    const told = [error.message, ...retries].join("\n");
    expect(told).toContain("https://ingest.port.test/…");
    expect(told).not.toMatch(/secretpath|hidden/);
  }
});

test("send() leaves out secrets that the host repeats in its answer", async () => {
  const secrets = ["/hooks/secret-key", "secret-key", "Token token"];
  const steps: readonly Step[] = [
    () => new Response("<pre>Cannot POST /hooks/secret-key</pre>", { status: 404 }),
    answers(400, { error: "unknown key", message: "no webhook secret-key" }),
    answers(400, { error: { message: "Refused", errors: ["by secret-key", "Token token"] } }),
    answers(400, { message: `${"x".repeat(495)} secret-key` }),
  ];
  for (const step of steps) {
    const { clock, client } = createScripted([step], { showUrl: maskPath, secrets });
    const error = await failureOf(clock.drive(client.send({ method: "POST", url })));
    expect(error.message).toContain("…");
    expect(JSON.stringify([error.message, error])).not.toMatch(/secr|Token/);
  }
});

test("send() makes nothing of an error page of megabytes", async () => {
  const { clock, client } = createScripted([
    () => new Response("<".repeat(2_000_000), { status: 404 }),
  ]);
  const error = await failureOf(clock.drive(client.send({ method: "GET", url })));
  expect(error.message.length).toBeLessThan(1000);
});

test("send() that is aborted ends the request at once with the signal's reason", async () => {
  const { clock, client, attempts } = createScripted([never]);
  const controller = new AbortController();
  const sent = client.send({ method: "GET", url, signal: controller.signal });
  await clock.settle();
  expect(attempts).toHaveLength(1);
  controller.abort(new Error("stopped by hand"));
  expect((await failureOf(clock.drive(sent))).message).toBe("stopped by hand");
  expect(clock.sleeping).toBe(0);
});

test("send() with signalEnds 'retries' lets an attempt that is on its way finish", async () => {
  const controller = new AbortController();
  const { clock, client, attempts } = createScripted([
    async () => {
      await clock.sleep(300);
      return Response.json({ fine: true });
    },
  ]);
  const sent = client.send({
    method: "POST",
    url,
    body: "{}",
    signal: controller.signal,
    signalEnds: "retries",
  });
  await clock.advance(100);
  controller.abort(new Error("stopped by hand"));
  expect((await clock.drive(sent)).status).toBe(200);
  expect(attempts).toHaveLength(1);
});

test("send() with signalEnds 'retries' does not begin another attempt", async () => {
  for (const [step, lasts] of [
    [answers(500), 0],
    [fails("reset"), 0],
    [answers(429, {}, { "retry-after": "60" }), 0],
  ] as const) {
    const { clock, client, attempts } = createScripted([step, ok]);
    const controller = new AbortController();
    const sent = client.send({
      method: "POST",
      url,
      body: "{}",
      signal: controller.signal,
      signalEnds: "retries",
    });
    sent.catch(() => undefined);
    await clock.advance(lasts);
    expect(attempts).toHaveLength(1);
    controller.abort(new Error("stopped by hand"));
    await clock.settle();
    expect((await failureOf(sent)).message).toBe("stopped by hand");
    expect(attempts).toHaveLength(1);
    expect(clock.sleeping).toBe(0);
  }
});

test("send() asks right before each attempt whether it may be sent, and gives up what may not", async () => {
  const refusal = new Error("The claim is lost");
  const asked: number[] = [];
  const beforeAttempt = async (): Promise<void> => {
    asked.push(attempts.length);
    if (attempts.length === 2) throw refusal;
  };
  const { clock, client, attempts, retries } = createScripted([answers(503), answers(502), ok]);
  expect(await failureOf(clock.drive(client.send({ method: "POST", url, beforeAttempt })))).toBe(
    refusal,
  );
  expect([asked, attempts.length, retries.length]).toEqual([[0, 1, 2], 2, 2]);
  // Its place is free again.
  await clock.drive(
    Promise.all(Array.from({ length: 9 }, () => client.send({ method: "GET", url }))),
  );
  expect([attempts.length, clock.sleeping]).toEqual([11, 0]);
});

test("send() to a host that the test does not list fails", async () => {
  const server = setupServer(
    route.get("https://api.pagerduty.test/things", () => HttpResponse.json({ listed: true })),
  );
  server.listen({ onUnhandledRequest: "error" });
  try {
    const clock = new FakeClock();
    const { client } = createScripted([], { fetch: globalThis.fetch, clock });
    expect((await client.send({ method: "GET", url })).text).toBe('{"listed":true}');
    expect(await failureOf(fetch("https://api.pagerduty.com/incidents"))).toBeInstanceOf(Error);
  } finally {
    server.close();
  }
});

const page: Step = () =>
  new Response("<html><head><title>Sign in\n here</title></head>secret-1</html>", {
    headers: { "content-type": "text/html; charset=utf-8" },
  });
/** What a client of an API asks for that always answers JSON. */
const examine: ExamineAnswer = (answer) =>
  answer.text.startsWith("{") || mayBeEmpty(answer) ? undefined : describeNoJson(answer);

test("send() asks twice where the first answer is not the host's, and names the address", async () => {
  const { clock, client, attempts } = createScripted([page]);
  const error = await failureOf(clock.drive(client.send({ method: "GET", url, examine })));
  expect(error).toBeInstanceOf(UnusableAnswerError);
  expect(error).toBeInstanceOf(NetworkError);
  expect(error.message).toBe(
    `PagerDuty's address answered 200 with what is not JSON (text/html, titled 'Sign in here'): GET ${url}`,
  );
  expect(attempts).toHaveLength(2);
});

test.each([
  ["once the host has answered as it does", [ok, page], 1 + 11, undefined],
  ["where no more retries are wanted", [ok, page], 1 + 3, 2],
  ["as a 502 is", [ok, () => new Response("", { status: 502 })], 1 + 11, undefined],
  ["and goes on with the host's own", [ok, page, page, ok], 4, undefined],
] as const)(
  "send() tries what is not the host's again, %s",
  async (_when, steps, asked, retries) => {
    const { clock, client, attempts } = createScripted(steps, { retries });
    const send = (): Promise<unknown> => client.send({ method: "GET", url, examine });
    await clock.drive(send());
    await clock.drive(send()).catch(() => undefined);
    expect(attempts).toHaveLength(asked);
  },
);

test("send() knows of what another client of the host has met", async () => {
  const contact = { hasAnswered: false, hasServed: false };
  const first = createScripted([ok], { contact });
  await first.clock.drive(first.client.send({ method: "GET", url, examine }));
  const { clock, client, attempts } = createScripted([page], { contact });
  await clock.drive(client.send({ method: "GET", url, examine })).catch(() => undefined);
  expect(attempts).toHaveLength(11);
});

test.each([
  [204, null],
  [202, null],
  [205, null],
  [200, '{"ok":true}'],
])("send() takes a %i of the host's own for what it is", async (status, body) => {
  const { clock, client, attempts } = createScripted([() => new Response(body, { status })]);
  const sent = client.send({ method: "DELETE", url, examine });
  expect(await clock.drive(sent)).toMatchObject({ status });
  expect(attempts).toHaveLength(1);
});
