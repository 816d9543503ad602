import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { findNearestName } from "./nearest-name.ts";
import { caseCount } from "./testing/test-size.ts";

const kinds = ["services", "incidents", "schedules", "oncalls", "escalation_policies", "users"];

test.each([
  ["service", "services"],
  ["SERVICES", "services"],
  ["incident", "incidents"],
  ["insidents", "incidents"],
  ["scheduels", "schedules"],
  ["escalation-policy", "escalation_policies"],
  ["x", undefined],
  ["", undefined],
  ["teams", undefined],
  ["something_else_altogether", undefined],
])("findNearestName() of '%s' is %p", (name, nearest) => {
  expect(findNearestName(name, kinds)).toBe(nearest);
});

test("findNearestName() mends one mistake in any longer name", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 3, maxLength: 20, unit: "binary" }),
      fc.nat(),
      fc.string({ minLength: 1, maxLength: 1 }),
      (name, place, letter) => {
        const letters = Array.from(name);
        const at = place % letters.length;
        const wrong = [...letters.slice(0, at), letter, ...letters.slice(at + 1)].join("");
        expect(findNearestName(wrong, [name])).toBe(name);
        const short = [...letters.slice(0, at), ...letters.slice(at + 1)].join("");
        expect(findNearestName(short, [name])).toBe(name);
      },
    ),
    { numRuns: caseCount(300) },
  );
});
