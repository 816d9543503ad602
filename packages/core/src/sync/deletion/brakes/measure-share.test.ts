import { expect, test } from "bun:test";
import { array, assert, integer, property, record } from "fast-check";
import { caseCount } from "../../../testing/test-size.ts";
import { findMostHeld, findRunBefore, type HeldHistory, shareSpan } from "./measure-share.ts";

const at = Date.parse("2026-03-09T00:30:00Z");
const day = shareSpan / 7;

/** Counts by days ago; the run's number is its place. */
function history(held: readonly (readonly [days: number, entities: number])[]) {
  return held.map(([days, entities], run) => ({
    blueprint: "service",
    at: at - days * day,
    run: run + 1,
    entities,
  }));
}

test.each<[string, Partial<HeldHistory>, number]>([
  [
    "what there is, where nothing changes",
    {
      counts: history([
        [9, 15],
        [3, 15],
      ]),
      now: 15,
    },
    15,
  ],
  [
    "the most of the week",
    {
      counts: history([
        [9, 15],
        [3, 20],
        [1, 12],
      ]),
      now: 12,
    },
    20,
  ],
  [
    "what there is now",
    {
      counts: history([
        [9, 15],
        [1, 12],
      ]),
      now: 16,
    },
    16,
  ],
  [
    "at most twice what the week began with",
    {
      counts: history([
        [9, 15],
        [1, 800],
      ]),
      now: 800,
    },
    30,
  ],
  [
    "the last count of before the week",
    {
      counts: history([
        [20, 400],
        [8, 15],
        [1, 90],
      ]),
      now: 90,
    },
    30,
  ],
  [
    "a count of just seven days ago as before",
    {
      counts: history([
        [7, 4],
        [1, 800],
      ]),
      now: 800,
    },
    8,
  ],
  [
    "in the first week, by the first run",
    {
      counts: history([
        [3, 15],
        [1, 800],
      ]),
      now: 800,
    },
    30,
  ],
  ["in the first week, what there is", { counts: history([[3, 15]]), now: 14 }, 15],
  ["without memory, by what is older", { now: 800, older: 15 }, 30],
  ["without memory, what there is", { now: 15, older: 15 }, 15],
  ["without memory, where all is new", { now: 15, older: 0 }, 15],
  ["nothing", { now: 0, older: 0 }, 0],
])("findMostHeld() takes %s", (_name, given, expected) => {
  expect(findMostHeld({ counts: [], now: 0, older: 0, ...given }, at)).toBe(expected);
});

test("findMostHeld() is never more than was held, nor than twice what the week began with", () => {
  const anyCount = record({
    days: integer({ min: 0, max: 20 }),
    entities: integer({ min: 0, max: 100 }),
  });
  const anyNumber = integer({ min: 0, max: 100 });
  assert(
    property(array(anyCount, { maxLength: 6 }), anyNumber, anyNumber, (given, now, older) => {
      const sorted = given.toSorted((one, other) => other.days - one.days);
      const counts = history(sorted.map(({ days, entities }) => [days, entities] as const));
      const most = findMostHeld({ counts, now, older: Math.min(older, now) }, at);
      expect(most).toBeLessThanOrEqual(Math.max(now, ...counts.map(({ entities }) => entities)));
      const begun = counts.findLast((count) => count.at <= at - shareSpan) ?? counts[0];
      if (begun !== undefined) expect(most).toBeLessThanOrEqual(2 * begun.entities);
    }),
    { numRuns: caseCount(500) },
  );
});

test("findRunBefore() is the last run of before the seven days", () => {
  expect(
    findRunBefore(
      history([
        [20, 1],
        [8, 1],
        [7, 1],
        [6, 1],
      ]),
      at,
    ),
  ).toBe(3);
  expect(
    findRunBefore(
      history([
        [6, 1],
        [1, 1],
      ]),
      at,
    ),
  ).toBe(0);
  expect(findRunBefore([], at)).toBe(0);
});
