import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { caseCount } from "../testing/test-size.ts";
import type { IncidentWindow } from "./incident-list.ts";
import { cutWindow, planWindows } from "./plan-windows.ts";

const second = 1000;
const day = 24 * 3600 * second;

const moment = fc.integer({
  min: Date.UTC(2005, 0, 1) / second,
  max: Date.UTC(2030, 0, 1) / second,
});
const range = fc
  .tuple(moment, fc.integer({ min: 1, max: (25 * 365 * day) / second }))
  .map(([since, length]) => ({ since: since * second, until: (since + length) * second }));

function expectToCover(windows: readonly IncidentWindow[], since: number, until: number): void {
  expect(windows[0]?.since).toBe(since);
  expect(windows.at(-1)?.until).toBe(until);
  for (const [place, window] of windows.entries()) {
    expect(window.since % second).toBe(0);
    expect(window.until % second).toBe(0);
    expect(window.until).toBeGreaterThan(window.since);
    expect(window.until - window.since).toBeLessThanOrEqual(180 * day);
    if (place > 0) expect(window.since).toBe(windows[place - 1]?.until ?? 0);
  }
}

test("planWindows() covers the range in whole seconds, neighbours sharing their boundary", () => {
  fc.assert(
    fc.property(range, fc.nat({ max: 2_000_000 }), ({ since, until }, expected) => {
      const windows = planWindows(since, until, expected);
      expectToCover(windows, since, until);
      const sum = windows.reduce((total, window) => total + window.expected, 0);
      expect(sum).toBeCloseTo(expected, 3);
    }),
    { numRuns: caseCount(300) },
  );
});

test("planWindows() aims at 1,600 incidents a window", () => {
  const year = { since: Date.UTC(2025, 0, 1), until: Date.UTC(2026, 0, 1) };
  for (const [expected, windows] of [
    [0, 3],
    [4800, 3],
    [4801, 4],
    [32_000, 20],
    [1_000_000, 625],
  ] as const) {
    expect(planWindows(year.since, year.until, expected)).toHaveLength(windows);
  }
});

test("planWindows() has no window for an empty range", () => {
  expect(planWindows(5000, 5000, 10)).toEqual([]);
  expect(planWindows(6000, 5000, 10)).toEqual([]);
  expect(planWindows(Infinity, 5000, 10)).toEqual([]);
});

test("planWindows() makes no window shorter than a second", () => {
  expect(planWindows(0, 3000, 1_000_000)).toHaveLength(3);
});

test("cutWindow() covers the window with pieces that are shorter than it", () => {
  fc.assert(
    fc.property(range, fc.integer({ min: 4001, max: 500_000 }), ({ since, until }, count) => {
      const window = { since, until: Math.min(until, since + 180 * day), expected: 3000 };
      const pieces = cutWindow(window, count);
      if (window.until - since <= second) {
        expect(pieces).toBeUndefined();
        return;
      }
      expectToCover(pieces ?? [], since, window.until);
      expect(pieces?.length).toBeGreaterThan(1);
      expect(pieces?.length).toBeLessThanOrEqual(16);
    }),
    { numRuns: caseCount(300) },
  );
});

test("cutWindow() leaves alone what holds 4,000 or lasts one second", () => {
  const hour = { since: 0, until: 3600 * second, expected: 1 };
  expect(cutWindow(hour, 4000)).toBeUndefined();
  expect(cutWindow(hour, 4001)).toHaveLength(3);
  expect(cutWindow({ since: 0, until: second, expected: 1 }, 10_500)).toBeUndefined();
});
