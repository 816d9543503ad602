import { expect, test } from "bun:test";
import type { RunEvent } from "../events.ts";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { connectPagerDuty, type ConnectPagerDutyOptions } from "./connect-pagerduty.ts";

function connect(
  answer: (attempt: number) => Response,
  options: Partial<ConnectPagerDutyOptions> = {},
): { clock: FakeClock; client: ReturnType<typeof connectPagerDuty>; events: RunEvent[] } {
  const clock = new FakeClock();
  const events: RunEvent[] = [];
  let attempts = 0;
  const client = connectPagerDuty({
    fetch: Object.assign(() => Promise.resolve(answer((attempts += 1))), {
      preconnect: () => undefined,
    }),
    clock,
    random: () => 0.5,
    apiUrl: "https://api.pagerduty.com",
    token: "token",
    requestsPerMinute: 960,
    rateBudget: 0.9,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { clock, client, events };
}

test("connectPagerDuty() tells of requests, retries and waits", async () => {
  const headers = { "ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": "20" };
  const { clock, client, events } = connect((attempt) =>
    attempt === 1 ? Response.json({}, { status: 429, headers }) : Response.json({ services: [] }),
  );
  expect((await clock.drive(client.get("/services", []))).body).toEqual({ services: [] });
  expect(events).toEqual([
    { type: "request", host: "PagerDuty" },
    { type: "waiting", host: "PagerDuty", milliseconds: 20_000 },
    { type: "retry", host: "PagerDuty", reason: "429 from PagerDuty" },
    { type: "request", host: "PagerDuty" },
  ]);
});

test("connectPagerDuty() keeps to its share of the requests a minute", async () => {
  const { clock, client, events } = connect(() => Response.json({ services: [] }), {
    requestsPerMinute: 60,
    rateBudget: 0.5,
  });
  const begun = clock.now();
  await clock.drive(Promise.all(Array.from({ length: 31 }, () => client.get("/services", []))));
  // One every two seconds; the first two go at once, as if one were late.
  expect(clock.now() - begun).toBeGreaterThanOrEqual(58_000);
  expect(clock.now() - begun).toBeLessThanOrEqual(60_000);
  expect(events).toHaveLength(31);
});

test("connectPagerDuty() asks once with a token that is refused", async () => {
  const { clock, client, events } = connect(() =>
    Response.json({ error: { message: "Unauthorized", code: 2006 } }, { status: 401 }),
  );
  const error = await failureOf(clock.drive(client.get("/services", [])));
  expect(error).toMatchObject({ status: 401 });
  expect(error.message).toContain("PD_TOKEN");
  expect(events).toHaveLength(1);
});

test("connectPagerDuty() takes up a token that has been replaced, and shows neither", async () => {
  const used: string[] = [];
  let fresh = "first";
  const refuse = (_: unknown, init?: RequestInit): Promise<Response> => {
    const token = new Headers(init?.headers).get("authorization") ?? "";
    used.push(token);
    if (token.endsWith("third"))
      return Promise.resolve(Response.json({ services: [], oncalls: [] }));
    const error = { message: `${token} is none, nor is first` };
    return Promise.resolve(Response.json({ error }, { status: 401 }));
  };
  const { clock, client } = connect(() => Response.json({}), {
    fetch: Object.assign(refuse, { preconnect: () => undefined }),
    token: "first",
    readToken: () => fresh,
  });
  fresh = "second";
  const error = await failureOf(clock.drive(client.get("/services", [])));
  expect(error.message).not.toMatch(/first|second/);
  fresh = "third";
  const both = [client.get("/services", []), client.get("/oncalls", [])];
  expect((await clock.drive(Promise.all(both))).map(({ body }) => body)).toHaveLength(2);
  await clock.drive(client.get("/services", []));
  const tokens = used.map((token) => token.replace("Token token=", ""));
  expect(tokens.slice(0, 2)).toEqual(["first", "second"]);
  expect(tokens.slice(2).toSorted().join(" ")).toBe("second second third third third");
});

test("connectPagerDuty() waits for one answer as long as it is told", async () => {
  const hang = (_: unknown, init?: RequestInit): Promise<Response> =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
    });
  const { clock, client, events } = connect(() => Response.json({}), {
    fetch: Object.assign(hang, { preconnect: () => undefined }),
    timeout: 5000,
  });
  const error = await failureOf(clock.drive(client.get("/services", [])));
  expect(error.message).toContain("no answer within 5 s");
  expect(events).toContainEqual({
    type: "retry",
    host: "PagerDuty",
    reason: "no answer within 5 s",
  });
});
