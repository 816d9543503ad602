import { expect, test } from "bun:test";
import { IncidentTimes } from "./incident-times.ts";

const hour = "2025-03-01T10:00:00Z";
const start = Date.parse(hour) / 1000;

test("IncidentTimes never go back, and stay within their segment", () => {
  const times = new IncidentTimes(1, [
    { from: "2025-01-01T00:00:00Z", to: hour, count: 500 },
    { from: hour, to: hour, count: 300 },
    { from: "2025-03-01T10:00:01Z", to: "2025-03-01T11:00:00Z", count: 7000 },
  ]);
  expect(times.count).toBe(7800);
  let last = Date.parse("2025-01-01T00:00:00Z") / 1000;
  for (let index = 0; index < times.count; index++) {
    const at = times.at(index);
    expect(at).toBeGreaterThanOrEqual(last);
    last = at;
  }
  expect(last).toBeLessThan(start + 3600);
});

test("lowerBound() finds the first incident of a second", () => {
  const times = new IncidentTimes(1, [
    { from: (start - 10) * 1000, to: start * 1000, count: 4 },
    { from: hour, to: start * 1000 + 1000, count: 10_500 },
  ]);
  expect(times.lowerBound(start)).toBe(4);
  expect(times.lowerBound(start + 1)).toBe(10_504);
  expect(times.at(4)).toBe(start);
  expect(times.at(10_503)).toBe(start);
});

test("IncidentTimes refuse segments that overlap or go back", () => {
  const late = { from: "2025-02-01T00:00:00Z", to: "2025-03-01T00:00:00Z", count: 1 };
  const early = { from: "2025-01-01T00:00:00Z", to: "2025-02-02T00:00:00Z", count: 1 };
  expect(() => new IncidentTimes(1, [late, early])).toThrow("in order of time");
  expect(() => new IncidentTimes(1, [{ ...late, to: early.from }])).toThrow("in order of time");
  expect(() => new IncidentTimes(1, [{ ...late, count: 1.5 }])).toThrow("whole number");
});
