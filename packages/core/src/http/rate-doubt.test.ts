import { expect, test } from "bun:test";
import { FakeClock } from "../testing/fake-clock.ts";
import { readPagerDutyRateLimit } from "./rate-headers.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { RateWindow } from "./rate-window.ts";

const limit = 960;
const minute = 60_000;

interface Said {
  readonly status?: number;
  readonly headers: Record<string, string>;
}

/** A limiter, what it told of long waits, and a host that answers each request as `say` has it. */
function createSetting(say: (sent: number, elapsed: number) => Said) {
  const clock = new FakeClock();
  const begun = clock.now();
  const told: string[] = [];
  const waits: number[] = [];
  const limiter = new RateLimiter({
    clock,
    random: () => 0.5,
    requestsPerMinute: 0,
    rateBudget: 1,
    readRateLimit: readPagerDutyRateLimit,
    onWait: (milliseconds, headers) => {
      waits.push(milliseconds);
      if (headers !== undefined) told.push(headers);
    },
  });
  let sent = 0;
  const send = async (count: number): Promise<number> => {
    const from = clock.now();
    const one = async (): Promise<void> => {
      for (let left = count; left > 0; left -= 1) {
        const permit = await limiter.acquire();
        const { status = 200, headers } = say(sent, clock.now() - begun);
        sent += 1;
        await clock.sleep(50);
        permit.answered(status, new Headers(headers));
      }
    };
    await clock.drive(one());
    return clock.now() - from;
  };
  return { send, told, waits };
}

/** What PagerDuty says of a window of a minute, but for what is said otherwise. */
function tell(sent: number, elapsed: number, otherwise: Record<string, string> = {}): Said {
  return {
    headers: {
      "ratelimit-limit": String(limit),
      "ratelimit-remaining": String(limit - (sent % 100)),
      "ratelimit-reset": String(Math.ceil((minute - (elapsed % minute)) / 1000)),
      ...otherwise,
    },
  };
}

test.each([
  ["an hour", { "ratelimit-reset": "3600" }],
  ["half a day", { "ratelimit-reset": "49015" }],
  ["seconds since 1970", { "ratelimit-reset": "1782820800" }],
  ["a tiny limit", { "ratelimit-limit": "5", "ratelimit-remaining": "3" }],
  ["nothing left", { "ratelimit-remaining": "0" }],
  ["an hour with nothing left", { "ratelimit-reset": "3600", "ratelimit-remaining": "0" }],
  ["more left than there is", { "ratelimit-remaining": "99999" }],
])("one answer among others that says %s slows nothing", async (_what, odd) => {
  const { send, told } = createSetting((sent, elapsed) =>
    tell(sent, elapsed, sent === 20 ? odd : {}),
  );
  await send(20);
  expect(await send(40)).toBeLessThan(5000);
  expect(told).toEqual([]);
});

// Of a first answer nobody knows: the second one shows.
test.each([
  ["an hour", { "ratelimit-reset": "3600" }, 5],
  ["seconds since 1970", { "ratelimit-reset": "1782820800" }, 365],
  ["a tiny limit", { "ratelimit-limit": "5", "ratelimit-remaining": "3" }, 35],
  ["an hour with nothing left", { "ratelimit-reset": "3600", "ratelimit-remaining": "0" }, 365],
])("a first answer that says %s slows one request", async (_what, odd, seconds) => {
  const { send } = createSetting((sent, elapsed) => tell(sent, elapsed, sent === 0 ? odd : {}));
  await send(1);
  expect(await send(1)).toBeLessThan(seconds * 1000);
  expect(await send(40)).toBeLessThan(5000);
});

test("what two answers in a row say counts", () => {
  const window = new RateWindow();
  const at = (now: number): { sentAt: number; answeredAt: number } => ({
    sentAt: now,
    answeredAt: now,
  });
  expect(window.observe({ limit, remaining: 900, resetIn: 50_000 }, at(10_000))).toBe(true);
  expect(window.observe({ limit: 100, remaining: 90, resetIn: 300_000 }, at(10_100))).toBe(false);
  expect(window.pace(10_100, 0) * minute).toBeGreaterThan(900);
  expect(window.observe({ limit: 100, remaining: 89, resetIn: 300_000 }, at(10_200))).toBe(true);
  expect(window.pace(10_200, 0) * minute).toBeLessThan(20);
});

test("late answers of the window before are not taken for a new one, however many", () => {
  const window = new RateWindow();
  const observe = (sentAt: number, answeredAt: number, remaining: number, end: number): boolean =>
    window.observe({ limit, remaining, resetIn: end - sentAt }, { sentAt, answeredAt });
  expect(observe(50_000, 50_050, 100, minute)).toBe(true);
  expect(observe(61_000, 61_050, 959, 2 * minute)).toBe(true);
  for (const sentAt of [55_000, 55_100, 55_200]) {
    expect(observe(sentAt, 62_000, 90, minute)).toBe(false);
  }
  expect(window.end).toBeGreaterThan(2 * minute - 1000);
});

test("a window hours after the last one counts at once", () => {
  const window = new RateWindow();
  for (const hours of [0, 2, 30]) {
    const now = hours * 60 * minute;
    const exchange = { sentAt: now, answeredAt: now + 50 };
    expect(window.observe({ limit, remaining: 950, resetIn: minute }, exchange)).toBe(true);
  }
});

const refusals: [what: string, headers: Record<string, string>][] = [
  ["retry-after: 49015", { "retry-after": "49015" }],
  ["ratelimit-reset: 49015", { "ratelimit-reset": "49015", "ratelimit-remaining": "0" }],
  ["ratelimit-reset: 1782820800", { "ratelimit-reset": "1782820800", "ratelimit-remaining": "0" }],
];

test.each(refusals)(
  "a 429 that says %s is told, and asked again after six minutes",
  async (what, odd) => {
    const { send, told, waits } = createSetting((sent, elapsed) => ({
      ...tell(sent, elapsed, odd),
      status: 429,
    }));
    await send(4);
    expect(told.length).toBeGreaterThan(0);
    for (const line of told) expect(line).toContain(what);
    expect(Math.max(...waits)).toBe(6 * minute);
  },
);

test("requests that are paced more than a minute apart say why, and are never more than six apart", async () => {
  const { send, told, waits } = createSetting((_sent, elapsed) => ({
    headers: {
      "ratelimit-limit": String(limit),
      "ratelimit-remaining": "50",
      "ratelimit-reset": String(Math.ceil((24 * 60 * minute - elapsed) / 1000)),
    },
  }));
  await send(3);
  expect(told[0]).toMatch(
    /^ratelimit-limit: 960, ratelimit-remaining: 50, ratelimit-reset: 86[34]\d\d$/,
  );
  expect(Math.max(...waits)).toBeLessThanOrEqual(6 * minute);
});
