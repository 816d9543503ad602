import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { caseCount } from "../testing/test-size.ts";
import { type Filters, matchesFilters, uniteFilters, writeFilters } from "./filters.ts";

const incident = {
  id: "Q1",
  status: "triggered",
  urgency: "high",
  service: { id: "S1", type: "service_reference" },
  teams: [{ id: "T1" }, { id: "T2" }],
  assignments: [{ at: "2026-01-01T00:00:00Z", assignee: { id: "U1" } }],
};

test.each<[Filters, boolean]>([
  [{}, true],
  [{ statuses: [] }, true],
  [{ statuses: ["resolved", "triggered"] }, true],
  [{ statuses: ["resolved"] }, false],
  [{ urgencies: ["high"] }, true],
  [{ urgencies: ["low"] }, false],
  [{ serviceIds: ["S2", "S1"] }, true],
  [{ serviceIds: ["S2"] }, false],
  [{ teamIds: ["T2"] }, true],
  [{ teamIds: ["T3"] }, false],
  [{ assigneeIds: ["U1"] }, true],
  [{ assigneeIds: ["U2"] }, false],
  [{ statuses: ["triggered"], urgencies: ["low"] }, false],
])("matchesFilters() of %p is %p", (filters, matches) => {
  expect(matchesFilters(incident, filters)).toBe(matches);
});

test("matchesFilters() takes what is absent for what nobody asked for", () => {
  expect(matchesFilters({ id: "S1" }, {})).toBe(true);
  expect(matchesFilters({ id: "S1" }, { teamIds: ["T1"] })).toBe(false);
  expect(matchesFilters({ id: "S1", teams: null }, { teamIds: ["T1"] })).toBe(false);
  expect(matchesFilters({ assignments: [null, {}] }, { assigneeIds: ["U1"] })).toBe(false);
});

const some = (...values: string[]): fc.Arbitrary<string[] | undefined> =>
  fc.option(fc.subarray(values), { nil: undefined });

const anyFilters = fc.record({
  statuses: some("triggered", "acknowledged", "resolved"),
  urgencies: some("high", "low"),
  serviceIds: some("S1", "S2"),
  teamIds: some("T1", "T2"),
  assigneeIds: some("U1"),
});

test("uniteFilters() lets everything through that one of them does", () => {
  const anyObject = fc.record({
    status: fc.constantFrom("triggered", "acknowledged", "resolved"),
    urgency: fc.constantFrom("high", "low"),
    service: fc.constantFrom("S1", "S2", "S3").map((id) => ({ id })),
    teams: fc.subarray(["T1", "T2"]).map((ids) => ids.map((id) => ({ id }))),
  });
  fc.assert(
    fc.property(fc.array(anyFilters, { minLength: 1 }), anyObject, (several, object) => {
      const isWanted = several.some((filters) => matchesFilters(object, filters));
      if (isWanted) expect(matchesFilters(object, uniteFilters(several))).toBe(true);
      const [only] = several;
      if (only === undefined || several.length > 1) return;
      expect(matchesFilters(object, uniteFilters(several))).toBe(isWanted);
    }),
    { numRuns: caseCount(500) },
  );
});

test("writeFilters() never mixes resolved with open incidents, nor sends a very long set", () => {
  expect(writeFilters({ statuses: ["acknowledged", "resolved"] })).toEqual([]);
  expect(writeFilters({ statuses: ["resolved"] })).toEqual([["statuses[]", "resolved"]]);
  const ids = Array.from({ length: 101 }, (_, place) => `S${place}`);
  expect(writeFilters({ serviceIds: ids, urgencies: ["low"] })).toEqual([["urgencies[]", "low"]]);
  expect(writeFilters({ serviceIds: ids.slice(1) })).toHaveLength(100);
});
