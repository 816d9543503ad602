import { expect, test } from "bun:test";
import { compareNumbers, ExactNumber, readNumber } from "./exact-number.ts";

test("compareNumbers() compares what numbers come to, however they are written", () => {
  const ascending = [
    ["-1e400"],
    ["-12345678901234567891"],
    ["-12345678901234567890", "-1234567890123456789e1"],
    ["-1.10", "-1.1", "-11e-1"],
    ["-0", "0", "0.00", "0e5", "-0.0"],
    ["1e-400"],
    ["1.1", "1.10", "0.11e1"],
    ["100", "1e2", "100.00"],
    ["9007199254740992", "9007199254740992.0"],
    ["9007199254740993"],
    ["1e400", "10e399"],
  ];
  const all = ascending.flatMap((same, place) => same.map((text) => ({ place, text })));
  for (const one of all) {
    for (const other of all) {
      const difference = compareNumbers(readNumber(one.text), readNumber(other.text));
      expect([one.text, other.text, Math.sign(difference) + 0]).toEqual([
        one.text,
        other.text,
        Math.sign(one.place - other.place),
      ]);
    }
  }
});

test("ExactNumber tells the double that others make of it, and the one that jq calculates with", () => {
  const number = new ExactNumber("1567984728420208.35602");
  expect(number.value).toBe(Number("1567984728420208.35602"));
  expect(number.calculated).toBe(1567984728420208.5);
  expect(new ExactNumber("1.10").calculated).toBe(1.1);
  expect(new ExactNumber("99999999999999999.5").calculated).toBe(1e17);
  expect(String(new ExactNumber("1e2"))).toBe("1E+2");
});
