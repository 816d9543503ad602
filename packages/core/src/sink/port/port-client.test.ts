import { expect, test } from "bun:test";
import { ForeignHostError, HttpError } from "../../errors.ts";
import { createHttpClient } from "../../http/client.ts";
import { readPortRateLimit } from "../../http/rate-headers.ts";
import { RateLimiter } from "../../http/rate-limiter.ts";
import { failureOf } from "../../testing/failure-of.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { secretLookEvery } from "../../watch-secret.ts";
import { connectPort } from "./connect-port.ts";
import { createPortClient, type PortClient } from "./port-client.ts";

interface Seen {
  readonly path: string;
  readonly authorization: string | null;
  readonly agent: string | null;
}

/** A Port that gives out numbered tokens and answers by a script. */
function createScripted(
  answer: (request: Request, token: string) => Response,
  options: { readonly expiresIn?: number } = {},
): { client: PortClient; clock: FakeClock; seen: Seen[]; tokens: () => number } {
  const clock = new FakeClock();
  const seen: Seen[] = [];
  let tokens = 0;
  const fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const authorization = request.headers.get("authorization");
    seen.push({ path: pathname, authorization, agent: request.headers.get("user-agent") });
    if (pathname !== "/v1/auth/access_token") {
      return Promise.resolve(answer(request, authorization?.replace("Bearer ", "") ?? ""));
    }
    tokens += 1;
    const { expiresIn = 3600 } = options;
    return Promise.resolve(Response.json({ ok: true, accessToken: `token-${tokens}`, expiresIn }));
  };
  const http = createHttpClient({
    fetch: Object.assign(fetch, { preconnect: () => undefined }),
    clock,
    random: () => 0.5,
    limiter: new RateLimiter({
      clock,
      random: () => 0.5,
      requestsPerMinute: 0,
      rateBudget: 1,
      inFlight: 8,
      readRateLimit: readPortRateLimit,
    }),
    host: "Port",
  });
  const client = createPortClient({
    http,
    clock,
    baseUrl: "https://api.port.test",
    clientId: "id",
    clientSecret: "client-secret",
    integrationIdentifier: "my-pagerduty-integration",
    version: "1.2.3",
  });
  return { client, clock, seen, tokens: () => tokens };
}

const ok = (): Response => Response.json({ ok: true, blueprints: [] });
const get = { method: "GET", path: "/blueprints" } as const;

test("send() fetches one token for many requests at once", async () => {
  const { client, clock, tokens } = createScripted(ok);
  await clock.drive(Promise.all(Array.from({ length: 20 }, () => client.send(get))));
  expect(tokens()).toBe(1);
});

test("send() tells Port whose entities it writes", async () => {
  const { client, clock, seen } = createScripted(ok);
  await clock.drive(client.send(get));
  await clock.drive(client.send({ ...get, as: "exporter" }));
  expect(seen.map(({ agent }) => agent)).toEqual([
    "port-ocean/pagerduty/1.2.3/my-pagerduty-integration",
    "port-ocean/pagerduty/1.2.3/my-pagerduty-integration",
    "port-ocean/pagerduty/1.2.3/my-pagerduty-integration/exporter",
  ]);
});

test("send() renews the token a minute before it ends", async () => {
  const { client, clock, tokens } = createScripted(ok, { expiresIn: 100 });
  await clock.drive(client.send(get));
  await clock.advance(39_000);
  await clock.drive(client.send(get));
  expect(tokens()).toBe(1);
  await clock.advance(2000);
  await clock.drive(Promise.all([client.send(get), client.send(get)]));
  expect(tokens()).toBe(2);
});

test("send() asks once for another token when one is revoked under many requests", async () => {
  const { client, clock, tokens } = createScripted((_request, token) =>
    token === "token-1" ? Response.json({ error: "unauthorized" }, { status: 401 }) : ok(),
  );
  const answers = await clock.drive(Promise.all(Array.from({ length: 8 }, () => client.send(get))));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(tokens()).toBe(2);
});

test("send() asks again where a token is revoked that followed a revoked one", async () => {
  const { client, clock, tokens } = createScripted((_request, token) =>
    token === "token-4" ? ok() : Response.json({ error: "unauthorized" }, { status: 401 }),
  );
  const sent = Array.from({ length: 50 }, () => client.send(get));
  const answers = await clock.drive(Promise.all(sent));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(tokens()).toBe(4);
});

test("send() renews a token before what waits for its turn, which then has the new one", async () => {
  let refusals = 0;
  let answered = 0;
  const { client, clock, tokens } = createScripted((_request, token) => {
    answered += 1;
    if (token !== "token-1" || answered <= 20) return ok();
    refusals += 1;
    return Response.json({ error: "unauthorized" }, { status: 401 });
  });
  const sent = Array.from({ length: 500 }, () => client.send(get));
  const answers = await clock.drive(Promise.all(sent));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(tokens()).toBe(2);
  // Those that were on their way until then, and none of the hundreds behind them.
  expect(refusals).toBeLessThan(50);
});

test("send() gives up where every token is refused", async () => {
  const { client, clock, tokens } = createScripted(() =>
    Response.json({ error: "unauthorized" }, { status: 401 }),
  );
  const error = await failureOf(clock.drive(client.send(get)));
  expect(error).toMatchObject({ status: 401, host: "Port" });
  expect(tokens()).toBe(5);
});

test("send() names the settings when Port refuses the credentials, and never their values", async () => {
  const clock = new FakeClock();
  const error = await failureOf(
    clock.drive(
      createPortClient({
        http: { send: () => Promise.reject(createRefusal()) },
        clock,
        baseUrl: "https://api.port.test",
        clientId: "id",
        clientSecret: "client-secret",
        integrationIdentifier: "i",
        version: "1",
      }).send(get),
    ),
  );
  expect(error.message).toContain("PORT_CLIENT_ID");
  expect(error.message).toContain("PORT_BASE_URL");
  expect(error.message).not.toContain("client-secret");
});

test("send() puts query and body where they belong", async () => {
  const bodies: unknown[] = [];
  const { client, clock } = createScripted((request) => {
    bodies.push(request.url, request.headers.get("content-type"));
    return ok();
  });
  const body = { entities: [] };
  const query = { upsert: true, merge: false };
  await clock.drive(client.send({ method: "POST", path: "/x", query, body }));
  expect(bodies).toEqual([
    "https://api.port.test/v1/x?upsert=true&merge=false",
    "application/json",
  ]);
});

/** A Port of two organisations, each with a secret that is good for a while, and a client of the first. */
function createReplaced(admit: (organization: unknown) => void) {
  const clock = new FakeClock();
  const good = new Set(["one"]);
  const sent: string[] = [];
  let secret = "one";
  const answer = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/auth/access_token") {
      const { clientSecret } = (await request.json()) as { clientSecret: string };
      if (!good.has(clientSecret)) return new Response("{}", { status: 401 });
      const token = { accessToken: `token of ${clientSecret}`, expiresIn: 3600 };
      return Response.json(token);
    }
    const used = request.headers.get("authorization")?.replace("Bearer token of ", "");
    sent.push(`${used} ${pathname}`);
    if (!good.has(used ?? "")) return new Response("{}", { status: 401 });
    return Response.json({ ok: true, organization: { id: used }, blueprints: [] });
  };
  const notices: string[] = [];
  const client = connectPort({
    fetch: Object.assign(answer, { preconnect: () => undefined }),
    clock,
    random: () => 0.5,
    clientId: "id",
    clientSecret: "one",
    readCredentials: () => ({ clientId: "id", clientSecret: secret }),
    admit: async (candidate) => {
      const { body } = await candidate.send({ method: "GET", path: "/organization" });
      const { organization } = body;
      admit(organization);
    },
    onEvent: (event) => {
      if (event.type === "notice") notices.push(event.message);
    },
  });
  return {
    clock,
    good,
    sent,
    notices,
    send: () => clock.drive(client.send(get)),
    put: (value: string) => {
      secret = value;
    },
  };
}

test("send() goes over to credentials that took the place of others, once they are admitted", async () => {
  const { clock, good, sent, notices, send, put } = createReplaced(() => undefined);
  await send();
  // Good still: the new ones are seen at the next look.
  good.add("two");
  put("two");
  await send();
  await clock.advance(secretLookEvery);
  await send();
  // Revoked before the look: the new ones are looked for at once.
  good.add("three");
  good.delete("two");
  put("three");
  await send();
  expect(sent).toEqual([
    "one /v1/blueprints",
    "one /v1/blueprints",
    "two /v1/organization",
    "two /v1/blueprints",
    "two /v1/blueprints",
    "three /v1/organization",
    "three /v1/blueprints",
  ]);
  expect(new Set(notices)).toEqual(
    new Set([
      "PORT_CLIENT_ID or PORT_CLIENT_SECRET was replaced: the new one is used from here on",
    ]),
  );
});

test("send() sends nothing with credentials of another organisation, nor with those before", async () => {
  const { clock, good, sent, send, put } = createReplaced(() => {
    throw new ForeignHostError("another's");
  });
  await send();
  good.add("two");
  put("two");
  await clock.advance(secretLookEvery);
  expect(await failureOf(send())).toBeInstanceOf(ForeignHostError);
  expect(await failureOf(send())).toBeInstanceOf(ForeignHostError);
  expect(sent).toEqual(["one /v1/blueprints", "two /v1/organization"]);
  put("one");
  await clock.advance(secretLookEvery);
  await send();
  expect(sent.at(-1)).toBe("one /v1/blueprints");
});

function createRefusal(): Error {
  return new HttpError("Port answered 401", {
    host: "Port",
    method: "POST",
    url: "https://api.port.test/v1/auth/access_token",
    status: 401,
    reason: "",
  });
}
