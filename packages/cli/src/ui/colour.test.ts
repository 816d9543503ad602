import { expect, test } from "bun:test";
import { createPaint } from "./colour.ts";

const output = { write: () => undefined, isTTY: true, columns: 80 };

test("createPaint() colours on a terminal", () => {
  expect(createPaint(output, { env: {} })("ok", "green")).toBe("\u001B[32mok\u001B[0m");
  // Set to nothing is not set. https://no-color.org
  expect(createPaint(output, { env: { NO_COLOR: "" } })("ok", "green")).not.toBe("ok");
});

test.each([
  [{ ...output, isTTY: false }, {}],
  [output, { NO_COLOR: "1" }],
  [output, { TERM: "dumb" }],
])("createPaint() leaves text as it is for %j, %j", (where, env) => {
  expect(createPaint(where, { env })("ok", "green")).toBe("ok");
});
