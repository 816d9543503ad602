import { expect, test } from "bun:test";
import { readMoment } from "../passed-time.ts";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { TwoClocks } from "../testing/two-clocks.ts";
import { keepRenewed } from "./keep-renewed.ts";
import { LeaseLostError } from "./lease.ts";

test("keepRenewed() renews three times within the duration, until it is stopped", async () => {
  const clock = new FakeClock();
  let renewals = 0;
  const renew = async (): Promise<boolean> => {
    renewals += 1;
    return true;
  };
  const renewal = keepRenewed({ renew, duration: 30_000, clock });
  await clock.advance(60_000);
  expect(renewals).toBe(6);
  await renewal.stop();
  await clock.advance(60_000);
  expect([renewals, clock.sleeping, renewal.signal.aborted]).toEqual([6, 0, false]);
});

test("keepRenewed() aborts as soon as the lease is another's", async () => {
  const clock = new FakeClock();
  const renewal = keepRenewed({
    renew: async () => clock.now() < start + 25_000,
    duration: 30_000,
    clock,
  });
  const start = clock.now();
  await clock.advance(29_000);
  expect(renewal.signal.aborted).toBe(false);
  await clock.advance(1000);
  expect(renewal.signal.reason).toBeInstanceOf(LeaseLostError);
  await renewal.stop();
});

test("keepRenewed() bears a database that does not answer for less than the lease", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const isDown = (time: number): boolean => (time > 15_000 && time < 40_000) || time > 60_000;
  const renew = async (): Promise<boolean> => {
    if (isDown(clock.now() - start)) throw new Error("connection refused");
    return true;
  };
  const renewal = keepRenewed({ renew, duration: 30_000, clock });
  await clock.advance(60_000);
  expect(renewal.signal.aborted).toBe(false);
  await clock.advance(29_000);
  expect(renewal.signal.aborted).toBe(false);
  await clock.advance(1000);
  expect(renewal.signal.reason).toBeInstanceOf(LeaseLostError);
});

test("keepRenewed() gives a lease up when the database never answers", async () => {
  const clock = new FakeClock();
  const renewal = keepRenewed({
    renew: () => new Promise(() => undefined),
    duration: 30_000,
    clock,
  });
  await clock.advance(29_000);
  expect(renewal.signal.aborted).toBe(false);
  await clock.advance(1000);
  expect(renewal.signal.aborted).toBe(true);
  expect(clock.sleeping).toBe(0);
});

/** A lease of half a minute, what the store says to it, and how often it was asked. */
function guardLease(answer: () => Promise<boolean> = async () => true) {
  const clock = new TwoClocks();
  const asked = { count: 0 };
  const renew = (): Promise<boolean> => {
    asked.count += 1;
    return answer();
  };
  return { clock, asked, renewal: keepRenewed({ renew, duration: 30_000, clock }) };
}

test.each([
  ["neither clock", {}, 0],
  ["both clocks, a third", { wall: 10_000, steady: 10_000 }, 0],
  ["both clocks, a third and more", { wall: 10_001, steady: 10_001 }, 1],
  ["the wall clock alone", { wall: 10_001 }, 1],
  ["the steady clock alone", { steady: 10_001 }, 1],
  ["the steady clock, while the other is put back", { wall: -3_600_000, steady: 10_001 }, 1],
  ["less than a third, while the wall clock is put back", { wall: -3_600_000, steady: 9000 }, 0],
  // It is put forward: the store's clock decides whether the lease has lapsed.
  ["the wall clock, past the end", { wall: 3_600_000 }, 1],
  ["both clocks, past the end", { wall: 31_000, steady: 31_000 }, 1],
] as const)("ensure() goes by whichever clock says more: %s", async (_, leap, questions) => {
  const { clock, asked, renewal } = guardLease();
  clock.leap(leap);
  await renewal.ensure();
  expect(asked.count).toBe(questions);
  // It was renewed: a thousand more writes ask nobody.
  for (let write = 0; write < 1000; write += 1) await renewal.ensure();
  expect([asked.count, renewal.signal.aborted]).toEqual([questions, false]);
  await renewal.stop();
});

test("ensure() asks once for many that write at a time", async () => {
  const { clock, asked, renewal } = guardLease();
  clock.leap({ wall: 20_000 });
  await Promise.all(Array.from({ length: 100 }, () => renewal.ensure()));
  expect(asked.count).toBe(1);
  await renewal.stop();
});

test("ensure() throws, and the signal is aborted, where another has it", async () => {
  const { clock, renewal } = guardLease(async () => false);
  clock.leap({ wall: 45_000 });
  expect([renewal.isOverdue, renewal.passed]).toEqual([true, 45_000]);
  expect(await failureOf(renewal.ensure())).toBeInstanceOf(LeaseLostError);
  expect(renewal.signal.reason).toBeInstanceOf(LeaseLostError);
  expect(await failureOf(renewal.ensure())).toBeInstanceOf(LeaseLostError);
  await renewal.stop();
});

test("ensure() bears a store that is away until the end, and not beyond", async () => {
  const { clock, renewal } = guardLease(() => Promise.reject(new Error("connection refused")));
  clock.leap({ steady: 29_999 });
  await renewal.ensure();
  clock.leap({ steady: 1 });
  expect(await failureOf(renewal.ensure())).toBeInstanceOf(LeaseLostError);
  await renewal.stop();
});

test("ensure() takes no answer of a store that says nothing for a yes", async () => {
  const { clock, renewal } = guardLease(() => new Promise(() => undefined));
  clock.leap({ wall: 60_000 });
  const failed = failureOf(renewal.ensure());
  await clock.advance(10_000);
  expect(await failed).toBeInstanceOf(LeaseLostError);
  await renewal.stop();
});

test("ensure() asks again where the process stood still while it waited for the answer", async () => {
  const answers = [
    async () => {
      clock.leap({ wall: 31_000 });
      return true;
    },
    async () => false,
  ];
  const { clock, asked, renewal } = guardLease(() => answers.shift()?.() ?? Promise.resolve(true));
  clock.leap({ wall: 11_000 });
  expect(await failureOf(renewal.ensure())).toBeInstanceOf(LeaseLostError);
  expect(asked.count).toBe(2);
  await renewal.stop();
});

test("ensure() counts from the moment before a claim was asked for, and asks where that is not known", async () => {
  const clock = new TwoClocks();
  const since = readMoment(clock);
  let asked = 0;
  const renew = async (): Promise<boolean> => {
    asked += 1;
    return true;
  };
  // Stopped between the claim and the work.
  clock.leap({ wall: 10_001 });
  const late = keepRenewed({ renew, duration: 30_000, clock, since });
  await late.ensure();
  expect(asked).toBe(1);
  const unknown = keepRenewed({ renew, duration: 30_000, clock, since: "unknown" });
  await unknown.ensure();
  await unknown.ensure();
  expect(asked).toBe(2);
  await late.stop();
  await unknown.stop();
  expect(await failureOf(late.ensure())).toBeInstanceOf(LeaseLostError);
});
