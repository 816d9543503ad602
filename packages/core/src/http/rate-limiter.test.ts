import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { caseCount } from "../testing/test-size.ts";
import { readPagerDutyRateLimit } from "./rate-headers.ts";
import { type Permit, RateLimiter, type RateLimiterOptions } from "./rate-limiter.ts";
import { testClock } from "../testing/test-clock.ts";

/** A host that counts strictly: so many requests from one whole window to the next. */
class FixedWindowHost {
  readonly #clock: FakeClock;
  readonly #limit: number;
  readonly #length: number;
  readonly #start: number;
  readonly counts = new Map<number, number>();
  refused = 0;

  constructor(clock: FakeClock, limit: number, length: number) {
    this.#clock = clock;
    this.#limit = limit;
    this.#length = length;
    this.#start = clock.now();
  }

  count(): { status: number; headers: Headers } {
    const elapsed = this.#clock.now() - this.#start;
    const window = Math.floor(elapsed / this.#length);
    const counted = (this.counts.get(window) ?? 0) + 1;
    this.counts.set(window, counted);
    const reset = Math.ceil(((window + 1) * this.#length - elapsed) / 1000);
    const headers = new Headers({
      "ratelimit-limit": String(this.#limit),
      "ratelimit-remaining": String(Math.max(0, this.#limit - counted)),
      "ratelimit-reset": String(reset),
    });
    if (counted > this.#limit) this.refused += 1;
    return { status: counted > this.#limit ? 429 : 200, headers };
  }
}

function createLimiter(clock: FakeClock, options: Partial<RateLimiterOptions> = {}): RateLimiter {
  return new RateLimiter({
    clock,
    random: () => 0.5,
    requestsPerMinute: 0,
    rateBudget: 1,
    readRateLimit: readPagerDutyRateLimit,
    ...options,
  });
}

/** Sends requests as fast as the limiter lets it; the answer comes back after `latency`. */
async function sendMany(
  clock: FakeClock,
  limiter: RateLimiter,
  requests: number,
  options: {
    readonly answer: () => { status: number; headers: Headers };
    readonly latency: () => number;
    readonly starts?: number[];
  },
): Promise<void> {
  let left = requests;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      for (;;) {
        const permit = await limiter.acquire();
        options.starts?.push(clock.now());
        const latency = options.latency();
        await clock.sleep(latency / 2);
        const { status, headers } = options.answer();
        await clock.sleep(latency / 2);
        permit.answered(status, headers);
        if (status !== 429) break;
      }
    }
  };
  await clock.drive(Promise.all(Array.from({ length: 40 }, worker)));
}

const noHeaders = new Headers();

function windowHeaders(remaining: number, reset: number, limit = 100): Headers {
  return new Headers({
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(reset),
  });
}

/** How many permits the limiter gives out without time passing or an answer arriving. */
async function grantNow(clock: FakeClock, limiter: RateLimiter, wanted: number): Promise<Permit[]> {
  const permits: Permit[] = [];
  for (let count = 0; count < wanted; count += 1) {
    void limiter.acquire().then((permit) => permits.push(permit));
  }
  await clock.settle();
  return permits;
}

test("RateLimiter never sends more than a fixed window allows", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        limit: fc.integer({ min: 1, max: 400 }),
        length: fc.integer({ min: 5, max: 60 }),
        latencies: fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 9 }),
        before: fc.double({ min: 0, max: 1, noNaN: true }),
        startAt: fc.double({ min: 0, max: 0.99, noNaN: true }),
        isConfigured: fc.boolean(),
      }),
      async ({ limit, length, latencies, before, startAt, isConfigured }) => {
        const clock = new FakeClock();
        const host = new FixedWindowHost(clock, limit, length * 1000);
        // A process that ended shortly before has used some of this window.
        for (let count = 0; count < Math.floor(before * limit); count += 1) host.count();
        await clock.advance(startAt * length * 1000);
        const limiter = createLimiter(clock, {
          requestsPerMinute: isConfigured ? (limit * 60) / length : 0,
          rateBudget: isConfigured ? 0.9 : 1,
        });
        let turn = 0;
        await sendMany(clock, limiter, 2 * limit, {
          answer: () => host.count(),
          latency: () => latencies[turn++ % latencies.length] ?? 1,
        });
        // One request finds out that a window was used up before it came.
        expect(host.refused).toBeLessThanOrEqual(before >= 0.999 ? 1 : 0);
      },
    ),
    { numRuns: caseCount(200) },
  );
});

test("RateLimiter yields to another client on the same key", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        share: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
        latency: fc.integer({ min: 50, max: 1500 }),
      }),
      async ({ share, latency }) => {
        const clock = new FakeClock();
        const limit = 240;
        const length = 15_000;
        const host = new FixedWindowHost(clock, limit, length);
        const stop = new AbortController();
        const other = (async () => {
          while (!stop.signal.aborted) {
            host.count();
            await clock.sleep(length / (limit * share));
          }
        })();
        const limiter = createLimiter(clock, { requestsPerMinute: 960, rateBudget: 0.9 });
        await sendMany(clock, limiter, 2 * limit, {
          answer: () => host.count(),
          latency: () => latency,
        });
        stop.abort();
        await clock.drive(other);
        expect(host.refused).toBe(0);
      },
    ),
    { numRuns: caseCount(50) },
  );
});

test("RateLimiter uses most of the budget while there is work", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 1699 }),
      fc.integer({ min: 0, max: 5999 }),
      async (seed, startAt) => {
        const clock = new FakeClock();
        const host = new FixedWindowHost(clock, 96, 6000);
        await clock.advance(startAt);
        const limiter = createLimiter(clock, { requestsPerMinute: 960, rateBudget: 0.9 });
        let turn = seed;
        const starts: number[] = [];
        await sendMany(clock, limiter, 960, {
          answer: () => host.count(),
          // Anything from 300 ms to 2 s.
          latency: () => 300 + ((turn++ * 373) % 1700),
          starts,
        });
        // From the second request, the first that does not go alone, to the last.
        const minutes = ((starts.at(-1) ?? 0) - (starts[1] ?? 0)) / 60_000;
        expect(host.refused).toBe(0);
        expect(958 / minutes / (960 * 0.9)).toBeGreaterThan(0.85);
      },
    ),
    { numRuns: caseCount(20) },
  );
});

test("RateLimiter starts requests at an even pace", async () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock, { requestsPerMinute: 600, rateBudget: 0.5 });
  const starts: number[] = [];
  await sendMany(clock, limiter, 100, {
    answer: () => ({ status: 200, headers: noHeaders }),
    latency: () => 900,
    starts,
  });
  const gaps = starts.slice(1).map((at, place) => at - (starts[place] ?? 0));
  // 300 a minute is one every 200 ms; after the first answer up to one interval is caught up with.
  for (const gap of gaps.slice(3)) expect(gap).toBeCloseTo(200, 3);
});

test("RateLimiter sends the first request alone", async () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const [first, ...others] = await grantNow(clock, limiter, 10);
  expect(others).toHaveLength(0);
  first?.answered(200, noHeaders);
  await clock.settle();
  expect(await grantNow(clock, limiter, 0)).toHaveLength(0);
  expect((await grantNow(clock, createLimiter(clock), 10)).length).toBe(1);
});

test("RateLimiter sends the next alone when the first was not answered", async () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const permits = await grantNow(clock, limiter, 10);
  permits[0]?.failed();
  await clock.settle();
  expect(permits).toHaveLength(2);
});

test("RateLimiter waits for the end of a window that a 429 says is used up", async () => {
  const clock = new FakeClock();
  const waits: number[] = [];
  const limiter = createLimiter(clock, { onWait: (milliseconds) => waits.push(milliseconds) });
  const permits = await grantNow(clock, limiter, 5);
  permits[0]?.answered(429, windowHeaders(0, 12));
  await clock.advance(11_999);
  expect(permits).toHaveLength(1);
  await clock.advance(1);
  expect(permits).toHaveLength(2);
  expect(waits).toEqual([12_000]);
});

test("RateLimiter sends one request alone after a pause, whatever late answers arrive during it", async () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const permits = await grantNow(clock, limiter, 40);
  await clock.advance(100);
  permits[0]?.answered(200, windowHeaders(50, 10));
  await clock.advance(2000);
  const sent = permits.length;
  expect(sent).toBeGreaterThan(3);
  permits[2]?.answered(429, windowHeaders(0, 8));
  await clock.advance(100);
  permits[1]?.answered(200, windowHeaders(1, 8));
  for (const permit of permits.slice(3)) permit.answered(200, windowHeaders(1, 8));
  await clock.advance(20_000);
  expect(permits).toHaveLength(sent + 1);
});

test("RateLimiter pauses ever longer after each 429 that names no time", async () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock, { random: () => 1 });
  const permits = await grantNow(clock, limiter, 10);
  for (const pause of [500, 1000, 2000, 4000]) {
    const sent = permits.length;
    permits.at(-1)?.answered(429, noHeaders);
    await clock.advance(pause - 1);
    expect(permits).toHaveLength(sent);
    await clock.advance(1);
    expect(permits).toHaveLength(sent + 1);
  }
});

test("RateLimiter counts refusals of requests that were sent together as one", async () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock, { random: () => 1, inFlight: 16 });
  const permits = await grantNow(clock, limiter, 40);
  permits[0]?.answered(200, noHeaders);
  await clock.settle();
  expect(permits).toHaveLength(17);
  for (const permit of permits.slice(1)) permit.answered(429, noHeaders);
  await clock.advance(499);
  expect(permits).toHaveLength(17);
  await clock.advance(1);
  expect(permits).toHaveLength(18);
});

test("RateLimiter pauses after a 429 even where its window has requests left", async () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock, { random: () => 1 });
  const permits = await grantNow(clock, limiter, 10);
  permits[0]?.answered(429, windowHeaders(80, 30));
  await clock.advance(499);
  expect(permits).toHaveLength(1);
  await clock.advance(1);
  expect(permits).toHaveLength(2);
});

test("RateLimiter pauses after a 429 whose window is said to end now", async () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock, { random: () => 1 });
  const permits = await grantNow(clock, limiter, 10);
  permits[0]?.answered(429, windowHeaders(0, 0));
  await clock.advance(499);
  expect(permits).toHaveLength(1);
  await clock.advance(1);
  expect(permits).toHaveLength(2);
});

test("RateLimiter waits as long as Retry-After says", async () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const permits = await grantNow(clock, limiter, 3);
  permits[0]?.answered(429, new Headers({ "retry-after": "7" }));
  await clock.advance(6999);
  expect(permits).toHaveLength(1);
  await clock.advance(1);
  expect(permits).toHaveLength(2);
});

test("RateLimiter keeps fewer requests in flight the faster the host answers", async () => {
  const clock = new FakeClock();
  for (const [latency, inFlight] of [
    [10, 4],
    [1000, 24],
    [5000, 32],
  ] as const) {
    const limiter = createLimiter(clock, { requestsPerMinute: 960 });
    const permits = await grantNow(clock, limiter, 200);
    await clock.advance(latency);
    permits[0]?.answered(200, noHeaders);
    await clock.advance(10_000);
    expect(permits.length - 1).toBe(inFlight);
  }
});

test("acquire() rejects at once with the reason when it is aborted, and leaves the queue", async () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const [first] = await grantNow(clock, limiter, 1);
  const leaves = new AbortController();
  const left = limiter.acquire(leaves.signal);
  const stays = limiter.acquire();
  leaves.abort(new Error("enough"));
  expect((await failureOf(left)).message).toBe("enough");
  first?.answered(200, noHeaders);
  (await clock.drive(stays)).answered(200, noHeaders);
  expect((await failureOf(limiter.acquire(AbortSignal.abort(new Error("before"))))).message).toBe(
    "before",
  );
});

test("acquire() that is aborted during a pause leaves no timer that keeps the process alive", async () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const [first] = await grantNow(clock, limiter, 1);
  first?.answered(429, new Headers({ "retry-after": "60" }));
  const leaves = new AbortController();
  const left = limiter.acquire(leaves.signal);
  await clock.settle();
  expect(clock.sleeping).toBe(1);
  leaves.abort(new Error("enough"));
  expect((await failureOf(left)).message).toBe("enough");
  await clock.settle();
  expect(clock.sleeping).toBe(0);
  // The queue still works afterwards.
  await clock.drive(limiter.acquire());
});

test("RateLimiter does not let all go at once when a window ends", async () => {
  const clock = new FakeClock();
  const host = new FixedWindowHost(clock, 100, 5000);
  const limiter = createLimiter(clock, { inFlight: 16 });
  const starts: number[] = [];
  await sendMany(clock, limiter, 300, { answer: () => host.count(), latency: () => 200, starts });
  const perMoment = new Map<number, number>();
  for (const at of starts) perMoment.set(at, (perMoment.get(at) ?? 0) + 1);
  expect(Math.max(...perMoment.values())).toBeLessThanOrEqual(2);
});

test.each([
  ["back", -3_600_000],
  ["forward", 3_600_000],
])("RateLimiter goes on where the machine's clock is put %s", async (_, jump) => {
  const fake = new FakeClock();
  let shift = 0;
  const clock = { ...testClock, now: () => fake.now() + shift, sleep: fake.sleep.bind(fake) };
  const host = new FixedWindowHost(fake, 100, 5000);
  const limiter = new RateLimiter({
    clock,
    random: () => 0.5,
    requestsPerMinute: 0,
    rateBudget: 1,
    readRateLimit: readPagerDutyRateLimit,
  });
  const starts: number[] = [];
  const answer = (): { status: number; headers: Headers } => {
    if (starts.length === 20) shift = jump;
    return host.count();
  };
  const begun = fake.now();
  await sendMany(fake, limiter, 100, { answer, latency: () => 20, starts });
  expect(fake.now() - begun).toBeLessThan(30_000);
});
