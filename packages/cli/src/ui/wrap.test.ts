import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { wrapText } from "./wrap.ts";

test.each([
  ["", 10, [""]],
  ["one two three", 7, ["one two", "  three"]],
  ["https://example.com/long is long", 10, ["https://example.com/long", "  is long"]],
  ["one\ntwo", 10, ["one", "  two"]],
])("wrapText() of %j in %i characters", (text, width, lines) => {
  expect(wrapText(text, { width, indent: 2 })).toEqual(lines);
});

test("wrapText() loses no word, and breaks a line only where the next word would not fit", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 30 });
  fc.assert(
    fc.property(words, fc.integer({ min: 5, max: 40 }), (list, width) => {
      const lines = wrapText(list.join(" "), { width, indent: 2 });
      expect(lines.join(" ").split(/ +/).filter(Boolean)).toEqual(list);
      for (const line of lines)
        expect(line.length <= width || !line.trim().includes(" ")).toBe(true);
    }),
  );
});
