import { expect, test } from "bun:test";
import { systemClock } from "./clock.ts";
import { failureOf } from "./testing/failure-of.ts";

test("sleep() resolves after its time", async () => {
  const begun = systemClock.now();
  await systemClock.sleep(5);
  expect(systemClock.now() - begun).toBeGreaterThanOrEqual(4);
});

test("sleep() rejects with the signal's reason, aborted before or meanwhile", async () => {
  const reason = new Error("enough");
  expect(await failureOf(systemClock.sleep(60_000, AbortSignal.abort(reason)))).toBe(reason);
  const controller = new AbortController();
  const sleeping = failureOf(systemClock.sleep(60_000, controller.signal));
  controller.abort(reason);
  expect(await sleeping).toBe(reason);
});

test("sleep() for longer than a timer can run does not end at once", async () => {
  const controller = new AbortController();
  const sleeping = failureOf(systemClock.sleep(1e12, controller.signal));
  await systemClock.sleep(20);
  const reason = new Error("enough");
  controller.abort(reason);
  expect(await sleeping).toBe(reason);
});
