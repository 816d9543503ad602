import { expect, test } from "bun:test";
import { createSteadyClock } from "./steady-clock.ts";

test("createSteadyClock() goes forward with its clock, and on from where it was when that goes back", () => {
  const moments = [1000, 1010, 5010, 10, 20, 4000, 3990, 4100];
  const clock = createSteadyClock({
    now: () => moments.shift() ?? 0,
    sleep: () => Promise.resolve(),
  });
  const told = Array.from({ length: moments.length }, () => clock.now());
  expect(told).toEqual([1000, 1010, 5010, 5010, 5020, 9000, 9000, 9110]);
});
