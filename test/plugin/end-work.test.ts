import { expect, test } from "bun:test";
import { describeError } from "@pagerport/core";
import { FakeClock } from "../../packages/core/src/testing/fake-clock.ts";
import { endWork, shutdownGrace } from "../../packages/plugin/src/end-work.ts";

test("endWork() gives up what has not ended in time, and waits for it still", async () => {
  const clock = new FakeClock();
  const { promise: working, resolve } = Promise.withResolvers<void>();
  let overdue = 0;
  const ending = endWork({ working, clock, onOverdue: () => void (overdue += 1) });
  await clock.advance(shutdownGrace - 1);
  expect(overdue).toBe(0);
  await clock.advance(1);
  expect(overdue).toBe(1);
  const race = await Promise.race([ending, Promise.resolve("still waiting")]);
  expect(race).toBe("still waiting");
  resolve();
  await ending;
});

test("endWork() gives nothing up where all ends in time, or fails", async () => {
  const clock = new FakeClock();
  const onOverdue = (): never => {
    throw new Error("It was given up");
  };
  await endWork({ working: Promise.resolve(), clock, onOverdue });
  const working = Promise.reject(new Error("It broke"));
  expect(await endWork({ working, clock, onOverdue }).catch(describeError)).toBe("It broke");
  expect(clock.sleeping).toBe(0);
});
