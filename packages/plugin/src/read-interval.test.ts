import { expect, test } from "bun:test";
import { readInterval } from "./read-interval.ts";

test.each([
  [{ seconds: 1 }, 1000],
  [{ hours: 1, minutes: 30 }, 5_400_000],
  [{ months: 1 }, 30 * 86_400_000],
  [{ cron: "*/5 * * * *" }, undefined],
  [{ trigger: "manual" as const }, 0],
])("readInterval() of %j is %p", (frequency, expected) => {
  expect(readInterval(frequency)).toBe(expected);
});
