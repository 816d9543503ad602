import { expect, test } from "bun:test";
import { findListPath } from "./list-path.ts";

test.each([
  [".users", ["users"]],
  [".a.b[0].c", ["a", "b", 0, "c"]],
  ['.["a.b"]."c d"', ["a.b", "c d"]],
  [".users | map(.id)", ["users"]],
  [" .users|.", ["users"]],
  [".", undefined],
  ["[.users[]]", undefined],
  ["map(.x)", undefined],
  [".users[]", undefined],
  [".users // []", undefined],
])("findListPath() of %s is %j", (expression, expected) => {
  expect(findListPath(expression)).toEqual(expected);
});
