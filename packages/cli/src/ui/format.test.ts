import { expect, test } from "bun:test";
import { formatCount, formatDuration, formatObjects } from "./format.ts";

test.each([
  [0, "0"],
  [999.6, "1,000"],
  [25_040, "25,040"],
  [1_000_000, "1,000,000"],
])("formatCount() of %p is %s", (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test.each([
  [0, "services", "0 services"],
  [1, "services", "1 service"],
  [1, "objects", "1 object"],
  [2000, "incidents", "2,000 incidents"],
])("formatObjects() of %p %s is %s", (count, plural, text) => {
  expect(formatObjects(count, plural)).toBe(text);
});

test.each([
  [0, "0 ms"],
  [850.4, "850 ms"],
  [999.4, "999 ms"],
  [999.6, "1 s"],
  [1000, "1 s"],
  [12_400, "12 s"],
  [119_499, "119 s"],
  [119_500, "2 min 0 s"],
  [200_000, "3 min 20 s"],
  [7_199_000, "119 min 59 s"],
  [7_199_600, "2 h 0 min"],
  [7_500_000, "2 h 5 min"],
  [360_000_000, "100 h 0 min"],
])("formatDuration() of %p ms is %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});
