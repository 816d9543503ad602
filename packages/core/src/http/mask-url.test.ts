import { expect, test } from "bun:test";
import { hideSecrets } from "./mask-url.ts";

test("hideSecrets() takes every secret out of a text", () => {
  expect(hideSecrets("token=abcd, again abcd", ["abcd"])).toBe("token=…, again …");
});

test("hideSecrets() leaves a message readable where a credential is a few letters", () => {
  expect(hideSecrets("PagerDuty answered 401: a bad token", ["a", ""])).toBe(
    "PagerDuty answered 401: a bad token",
  );
});
