import { expect, test } from "bun:test";
import { RateWindow } from "./rate-window.ts";

test("RateWindow allows exactly its limit in each window", () => {
  const window = new RateWindow(1_000_000);
  const rate = { limit: 3, windowMs: 6000 };
  const at = (ms: number): string => {
    const { allowed, remaining, resetMs } = window.take(1_000_000 + ms, rate);
    return `${allowed} ${remaining} ${resetMs}`;
  };
  expect([0, 10, 5000, 5999].map(at)).toEqual([
    "true 2 6000",
    "true 1 5990",
    "true 0 1000",
    "false 0 1",
  ]);
  expect([6000, 6001, 6002, 6003].map(at)).toEqual([
    "true 2 6000",
    "true 1 5999",
    "true 0 5998",
    "false 0 5997",
  ]);
});
