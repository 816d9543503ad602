import { expect, test } from "bun:test";
import { FakeClock } from "../testing/fake-clock.ts";
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
