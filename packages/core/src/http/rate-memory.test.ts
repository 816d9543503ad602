import { expect, test } from "bun:test";
import { FakeClock } from "../testing/fake-clock.ts";
import { connectPagerDuty } from "../source/connect-pagerduty.ts";
import { createRateMemory } from "./rate-memory.ts";

test("createRateMemory() knows the last that each limit's answers said, however many clients ask", async () => {
  const clock = new FakeClock();
  const { onRateLimit, list } = createRateMemory({ clock });
  expect(list()).toEqual([]);
  let remaining = 900;
  const answer = (input: string | URL | Request): Promise<Response> => {
    const isOncalls = String(input instanceof Request ? input.url : input).includes("/oncalls");
    remaining -= 1;
    const headers = {
      "ratelimit-limit": isOncalls ? "100" : "960",
      "ratelimit-remaining": String(isOncalls ? 42 : remaining),
      "ratelimit-reset": "30",
    };
    return Promise.resolve(Response.json({ oncalls: [], services: [] }, { headers }));
  };
  const fetch = Object.assign(answer, { preconnect: () => undefined });
  const random = (): number => 0;
  const pagerDuty = connectPagerDuty({ token: "t", fetch, clock, random, onRateLimit });
  await clock.drive(pagerDuty.get("/services", []));
  await clock.advance(1000);
  await clock.drive(pagerDuty.get("/services", []));
  await clock.drive(pagerDuty.get("/oncalls", []));
  onRateLimit("Port", undefined, { limit: 1000, remaining: 990, resetIn: 1 });
  expect(list().map(({ at: _at, ...rest }) => rest)).toEqual([
    { host: "PagerDuty", part: undefined, limit: 960, remaining: 898 },
    { host: "PagerDuty", part: "on-calls", limit: 100, remaining: 42 },
    { host: "Port", part: undefined, limit: 1000, remaining: 990 },
  ]);
});
