import { expect, test } from "bun:test";
import { listFailures } from "../../scripts/list-failures.ts";

test("listFailures() gives each failed test's own lines, its file first and its name last", () => {
  const output = [
    "bun test v1.4.5",
    "",
    "test/a.test.ts:",
    "(pass) one [1.00ms]",
    "error: expect(received).toBe(expected)",
    "      at <anonymous> (test/a.test.ts:7:3)",
    "(fail) two [2.00ms]",
    "(pass) three [3.00ms]",
    "",
    "packages/core/src/b.test.ts:",
    "(fail) four [4.00ms]",
    "",
    " 2 pass",
    " 2 fail",
  ].join("\n");
  expect(listFailures(output)).toEqual([
    "test/a.test.ts:\nerror: expect(received).toBe(expected)\n" +
      "      at <anonymous> (test/a.test.ts:7:3)\n(fail) two [2.00ms]",
    "packages/core/src/b.test.ts:\n(fail) four [4.00ms]",
  ]);
  expect(listFailures("(pass) one [1.00ms]\n")).toEqual([]);
});

test("listFailures() gives an error that belongs to no test, and the file whose tests it kept from running", () => {
  const output = [
    "test/a.test.ts:",
    "(pass) one [1.00ms]",
    "",
    "test/b.test.ts:",
    "",
    "# Unhandled error between tests",
    "-------------------------------",
    "TypeError: ECONNREFUSED",
    "      at async <anonymous> (test/support/ask.ts:34:28)",
    "-------------------------------",
    "",
    " 1 pass",
    " 0 fail",
    " 1 error",
  ].join("\n");
  expect(listFailures(output)).toEqual([
    "test/b.test.ts:\n# Unhandled error between tests\n-------------------------------\n" +
      "TypeError: ECONNREFUSED\n      at async <anonymous> (test/support/ask.ts:34:28)\n" +
      "-------------------------------",
  ]);
});
