import { expect, test } from "bun:test";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { connectPagerDuty } from "../source/connect-pagerduty.ts";

type Answer = (path: string) => Response;

function connect(answer: Answer): {
  clock: FakeClock;
  client: ReturnType<typeof connectPagerDuty>;
  sent: string[];
} {
  const clock = new FakeClock();
  const sent: string[] = [];
  const fetch = (input: RequestInfo | URL): Promise<Response> => {
    const { pathname } = new URL(new Request(input).url);
    sent.push(pathname);
    return Promise.resolve(answer(pathname));
  };
  const client = connectPagerDuty({
    fetch: Object.assign(fetch, { preconnect: () => undefined }),
    clock,
    random: () => 0.5,
    apiUrl: "https://api.pagerduty.com",
    token: "token",
    requestsPerMinute: 960,
    rateBudget: 0.5,
  });
  return { clock, client, sent };
}

const raw = "/analytics/raw/incidents";

function daily(remaining: number, reset: number): Record<string, string> {
  return {
    "daily-ratelimit-limit": "10",
    "daily-ratelimit-remaining": String(remaining),
    "daily-ratelimit-reset": String(reset),
  };
}

test.each([0, -273])(
  "a quota of the day with %i left refuses at once, without a retry",
  async (left) => {
    const { clock, client, sent } = connect(() =>
      Response.json(
        { error: { message: "Rate Limit Exceeded", code: 2020 } },
        {
          status: 429,
          headers: {
            ...daily(left, 49_015),
            "ratelimit-limit": "960",
            "ratelimit-remaining": "900",
            "ratelimit-reset": "20",
          },
        },
      ),
    );
    const begun = clock.now();
    const error = await failureOf(clock.drive(client.ask(raw, {})));
    expect(error).toMatchObject({ status: 429 });
    expect(clock.now()).toBe(begun);
    expect(sent).toEqual([raw]);
  },
);

test("a quota of the day that an answer uses up lets nothing more be sent before its end", async () => {
  const { clock, client, sent } = connect((path) =>
    Response.json({ data: [], services: [] }, { headers: path === raw ? daily(0, 3600) : {} }),
  );
  await clock.drive(client.ask(raw, {}));
  const error = await failureOf(clock.drive(client.ask(raw, {})));
  expect(error).toMatchObject({ status: 429 });
  expect(error.message).toContain("The daily quota is spent, for another 60 minutes");
  // Other requests have nothing to do with it.
  await clock.drive(client.get("/services", []));
  expect(sent).toEqual([raw, "/services"]);
  await clock.advance(3601_000);
  await clock.drive(client.ask(raw, {}));
  expect(sent).toEqual([raw, "/services", raw]);
});

test("a refusal for the minute is waited for, though there is a quota of the day", async () => {
  let asked = 0;
  const { clock, client, sent } = connect(() => {
    asked += 1;
    const headers = { ...daily(5, 3600), "retry-after": "2" };
    return Response.json({ data: [] }, asked === 1 ? { status: 429, headers } : { headers });
  });
  await clock.drive(client.ask(raw, {}));
  expect(sent).toEqual([raw, raw]);
});

test("on-calls and analytics that are held back do not hold back the rest", async () => {
  const { clock, client, sent } = connect((path) =>
    path === "/oncalls"
      ? Response.json(
          { oncalls: [] },
          {
            headers: {
              "ratelimit-limit": "10",
              "ratelimit-remaining": "0",
              "ratelimit-reset": "60",
            },
          },
        )
      : Response.json({ services: [] }),
  );
  await clock.drive(client.get("/oncalls", []));
  const begun = clock.now();
  const held = client.get("/oncalls", []);
  await clock.drive(client.get("/services", []));
  expect(clock.now() - begun).toBeLessThan(1000);
  expect(sent).toEqual(["/oncalls", "/services"]);
  await clock.drive(held);
  expect(clock.now() - begun).toBeGreaterThanOrEqual(60_000);
});

test("ask() posts its question as JSON and gives the answer", async () => {
  let request: Request | undefined;
  const clock = new FakeClock();
  const fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    request = new Request(input, init);
    return Promise.resolve(Response.json({ data: [1] }));
  };
  const client = connectPagerDuty({
    fetch: Object.assign(fetch, { preconnect: () => undefined }),
    clock,
    random: () => 0.5,
    apiUrl: "https://api.pagerduty.com",
    token: "token",
    requestsPerMinute: 0,
    rateBudget: 1,
  });
  expect(await clock.drive(client.ask(raw, { limit: 1000 }))).toEqual({
    body: { data: [1] },
    date: undefined,
  });
  expect(request?.method).toBe("POST");
  expect(request?.url).toBe(`https://api.pagerduty.com${raw}`);
  expect(request?.headers.get("authorization")).toBe("Token token=token");
  expect(await request?.json()).toEqual({ limit: 1000 });
});
