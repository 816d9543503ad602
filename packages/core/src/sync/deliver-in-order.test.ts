import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { caseCount } from "../testing/test-size.ts";
import { deliverInOrder } from "./deliver-in-order.ts";

async function* streamOf(items: Iterable<number>, failure?: Error): AsyncGenerator<number, void> {
  for (const item of items) yield await Promise.resolve(item);
  if (failure !== undefined) throw failure;
}

interface Scenario {
  readonly latencies: readonly number[];
  readonly mostInFlight: number;
  /** Items that are only a place in the order. */
  readonly marks?: readonly number[];
  /** The item that cannot be delivered. */
  readonly failsAt?: number;
  readonly streamFails?: boolean;
}

/** Delivers and notes what happened. */
async function deliver(scenario: Scenario): Promise<{
  readonly settled: number[];
  readonly started: number[];
  readonly most: number;
  readonly startedWithFirst: number;
  readonly leftInFlight: number;
  readonly failure: Error | undefined;
}> {
  const { latencies, mostInFlight, marks = [], failsAt, streamFails = false } = scenario;
  const clock = new FakeClock();
  const settled: number[] = [];
  const started: number[] = [];
  let inFlight = 0;
  let most = 0;
  let startedWithFirst = 0;
  let isFirstAnswered = false;
  const send = async (item: number): Promise<string> => {
    started.push(item);
    if (!isFirstAnswered) startedWithFirst += 1;
    inFlight += 1;
    most = Math.max(most, inFlight);
    await clock.sleep(latencies[item] ?? 0);
    inFlight -= 1;
    if (item === failsAt) throw new Error(`cannot deliver ${item}`);
    isFirstAnswered = true;
    return `answer ${item}`;
  };
  const delivering = deliverInOrder(
    streamOf(latencies.keys(), streamFails ? new Error("the stream broke") : undefined),
    {
      mostInFlight,
      send: (item) => (marks.includes(item) ? undefined : send(item)),
      onSettled: (item, outcome) => {
        expect(outcome).toBe(marks.includes(item) ? undefined : `answer ${item}`);
        settled.push(item);
      },
      onPause: () => Promise.resolve(),
    },
  );
  const failure = await clock.drive(
    delivering.then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error("not an error")),
    ),
  );
  return { settled, started, most, startedWithFirst, leftInFlight: inFlight, failure };
}

const scenarios = fc.record({
  latencies: fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 60 }),
  mostInFlight: fc.integer({ min: 1, max: 16 }),
  marks: fc.array(fc.nat({ max: 60 }), { maxLength: 5 }),
});

test("deliverInOrder() settles everything in order, with the first alone and at most so many in flight", async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => {
      const { latencies, mostInFlight, marks } = scenario;
      const run = await deliver(scenario);
      expect(run.failure).toBeUndefined();
      expect(run.settled).toEqual([...latencies.keys()]);
      expect(run.most).toBeLessThanOrEqual(mostInFlight);
      const isSent = latencies.some((_latency, item) => !marks.includes(item));
      expect(run.startedWithFirst).toBe(isSent ? 1 : 0);
    }),
    { numRuns: caseCount(200) },
  );
});

test("deliverInOrder() uses all it may have in flight", async () => {
  const run = await deliver({ latencies: Array.from({ length: 60 }, () => 10), mostInFlight: 16 });
  expect(run.most).toBe(16);
});

test("deliverInOrder() that cannot go on waits for what is in flight and settles what is before it", async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, fc.nat({ max: 59 }), async (scenario, place) => {
      const failsAt = place % scenario.latencies.length;
      fc.pre(!scenario.marks.includes(failsAt));
      const run = await deliver({ ...scenario, failsAt });
      expect(run.failure?.message).toBe(`cannot deliver ${failsAt}`);
      expect(run.leftInFlight).toBe(0);
      expect(run.settled).toEqual([...scenario.latencies.keys()].slice(0, failsAt));
      // Nothing is started that was not started when it failed.
      expect(run.started.length).toBeLessThanOrEqual(failsAt + 1 + 50 * scenario.mostInFlight);
    }),
    { numRuns: caseCount(200) },
  );
});

test("deliverInOrder() starts nothing more once one could not be delivered", async () => {
  const latencies = Array.from({ length: 100 }, (_, item) => (item === 1 ? 5 : 10));
  const run = await deliver({ latencies, mostInFlight: 4, failsAt: 1 });
  expect(run.started).toEqual([0, 1, 2, 3, 4]);
});

test("deliverInOrder() whose first cannot be delivered sends no second", async () => {
  const run = await deliver({ latencies: [5, 5, 5], mostInFlight: 16, failsAt: 0 });
  expect(run.started).toEqual([0]);
});

test("deliverInOrder() whose stream fails waits for what is in flight and settles it", async () => {
  const run = await deliver({ latencies: [5, 50, 20], mostInFlight: 16, streamFails: true });
  expect(run.failure?.message).toBe("the stream broke");
  expect(run.settled).toEqual([0, 1, 2]);
  expect(run.leftInFlight).toBe(0);
});

test("deliverInOrder() is held back by the pause between items", async () => {
  const clock = new FakeClock();
  const settled: number[] = [];
  const delivering = deliverInOrder(streamOf([0, 1, 2]), {
    mostInFlight: 16,
    send: (item) => Promise.resolve(item),
    onSettled: (item) => settled.push(item),
    onPause: () => clock.sleep(1000),
  });
  await clock.advance(1000);
  expect(settled).toEqual([0, 1]);
  await clock.drive(delivering);
  expect(settled).toEqual([0, 1, 2]);
});

test.each([
  [undefined, 1001],
  [3, 4],
])(
  "deliverInOrder() that may keep %d waiting starts %i behind a slow one",
  async (mostWaiting, most) => {
    const clock = new FakeClock();
    let started = 0;
    const delivering = deliverInOrder(streamOf(Array.from({ length: 5000 }).keys()), {
      mostInFlight: 16,
      ...(mostWaiting === undefined ? {} : { mostWaiting }),
      send: async (item) => {
        started += 1;
        if (item === 1) await clock.sleep(60_000);
      },
      onSettled: () => undefined,
      onPause: () => Promise.resolve(),
    });
    await clock.advance(59_000);
    for (let turn = 0; turn < 500; turn += 1) await clock.settle();
    expect(started).toBe(most);
    await clock.drive(delivering);
    expect(started).toBe(5000);
  },
);

test("deliverInOrder() passes on what listening throws, after what is in flight", async () => {
  const failure = deliverInOrder(streamOf([0, 1, 2]), {
    mostInFlight: 2,
    send: (item) => Promise.resolve(item),
    onSettled: () => undefined,
    onPause: () => Promise.reject(new Error("disk full")),
  });
  expect((await failureOf(failure)).message).toBe("disk full");
});
