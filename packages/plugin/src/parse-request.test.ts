import { expect, test } from "bun:test";
import { describeError } from "@pagerport/core";
import { parseRestore, parseResync } from "./parse-request.ts";

function mistakeOf(read: () => unknown): string {
  try {
    return `taken: ${JSON.stringify(read())}`;
  } catch (error) {
    return describeError(error);
  }
}

test("parseResync() takes a sort of resync, a full one where nothing is said", () => {
  expect([undefined, {}, { type: "delta" }].map(parseResync)).toEqual(["full", "full", "delta"]);
  expect(mistakeOf(() => parseResync({ type: "part" }))).toStartWith("The type of a resync");
});

test("parseRestore() takes a run or events, and what of them", () => {
  const rest = { since: undefined, identifiers: undefined, overwrite: false };
  expect(parseRestore({ run: 7 })).toEqual({ run: 7, ...rest });
  expect(
    parseRestore({
      run: "events",
      since: "2026-01-31T09:00:00Z",
      identifiers: ["P1"],
      overwrite: true,
    }),
  ).toEqual({
    run: "events",
    since: Date.UTC(2026, 0, 31, 9),
    identifiers: new Set(["P1"]),
    overwrite: true,
  });
});

for (const [body, named] of [
  [undefined, "run"],
  [{ run: 0 }, "run"],
  [{ run: "7" }, "run"],
  [{ run: 7, since: 5 }, "since"],
  [{ run: 7, since: "yesterday" }, "since"],
  [{ run: 7, identifiers: ["P1", 2] }, "identifiers"],
  [{ run: 7, identifiers: "P1" }, "identifiers"],
  [{ run: 7, overwrite: "yes" }, "overwrite"],
] as const) {
  test(`parseRestore() refuses ${JSON.stringify(body)}`, () => {
    expect(mistakeOf(() => parseRestore(body))).toStartWith(`${named} must be`);
  });
}
