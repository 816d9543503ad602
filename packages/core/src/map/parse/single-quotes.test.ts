import { expect, test } from "bun:test";
import { replaceSingleQuotes } from "./single-quotes.ts";

test.each([
  ["'x'", '"x"'],
  [".x == 'Bug'", '.x == "Bug"'],
  ["'two words'", '"two words"'],
  [".x == 'a' or .x == 'b'", '.x == "a" or .x == "b"'],
  // Only where white space or an end is on the outer side, as Port has it.
  ["test('x')", "test('x')"],
  ['"it\'s"', '"it\'s"'],
  ["' x '", '" x "'],
])("replaceSingleQuotes() makes %j %j", (expression, expected) => {
  expect(replaceSingleQuotes(expression)).toBe(expected);
});
