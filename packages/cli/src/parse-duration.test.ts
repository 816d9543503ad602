import { expect, test } from "bun:test";
import { ConfigError } from "@pagerport/core";
import { parseDuration } from "./parse-duration.ts";

test("parseDuration() takes seconds to days, and several of them", () => {
  const taken = ["90s", "30m", "2h", "1d", "1h30m", " 2h "].map((text) =>
    parseDuration(text, "--for"),
  );
  expect(taken).toEqual([90_000, 1_800_000, 7_200_000, 86_400_000, 5_400_000, 7_200_000]);
});

test.each(["", "2", "h", "0h", "-1h", "2h ago", "1.5h", "2 weeks", "9999d", "1e3s"])(
  "parseDuration() refuses '%s', and names the flag",
  (text) => {
    expect(() => parseDuration(text, "--for")).toThrow(ConfigError);
    expect(() => parseDuration(text, "--for")).toThrow(/^--for must be/);
  },
);
