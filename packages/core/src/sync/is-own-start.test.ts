import { expect, test } from "bun:test";
import { isOwnStart } from "./is-own-start.ts";

const own = [Date.UTC(2026, 0, 1, 10, 0, 0, 637), Date.UTC(2026, 0, 1, 11, 0, 0, 2)];

test("isOwnStart() knows a start again that Port keeps to the second", () => {
  expect(isOwnStart(Date.UTC(2026, 0, 1, 10), own)).toBe(true);
  expect(isOwnStart(Date.UTC(2026, 0, 1, 11), own)).toBe(true);
});

test("isOwnStart() takes a start of another second for another's", () => {
  expect(isOwnStart(Date.UTC(2026, 0, 1, 10, 0, 2), own)).toBe(false);
  expect(isOwnStart(Date.UTC(2026, 0, 1, 10), [])).toBe(false);
  // Two stores that begin at nearly the same time are two.
  expect(isOwnStart(Date.UTC(2026, 0, 1, 10, 0, 0, 636), own)).toBe(false);
});
