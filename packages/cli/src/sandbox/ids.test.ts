import { expect, test } from "bun:test";
import { incidentId, incidentIndex, logEntryId, shortId } from "./ids.ts";

test("incidentIndex() gives back the index that incidentId() was made of", () => {
  for (const index of [0, 1, 2, 999_999, 1_000_000, 2 ** 31, 2 ** 32 - 1]) {
    const id = incidentId(7, index);
    expect(id).toMatch(/^Q[0-9A-Z]{13}$/);
    expect(incidentIndex(7, id)).toBe(index);
  }
});

test("incidentIndex() knows no id of another account, and nothing else", () => {
  expect(incidentIndex(8, incidentId(7, 5))).toBeUndefined();
  for (const text of ["", "Q", "QZZZZZZZZZZZZZ", "P0MK4Y7", incidentId(7, 5).toLowerCase()]) {
    expect(incidentIndex(7, text)).toBeUndefined();
  }
});

test("ids of different indexes differ", () => {
  const length = 20_000;
  expect(new Set(Array.from({ length }, (_, index) => shortId(3, index))).size).toBe(length);
  expect(new Set(Array.from({ length }, (_, index) => incidentId(3, index))).size).toBe(length);
  expect(logEntryId(3, 1)).toMatch(/^R[0-9A-Z]{25}$/);
});
