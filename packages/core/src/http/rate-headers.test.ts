import { expect, test } from "bun:test";
import { hideSecrets, maskPath, secretsOfUrl } from "./mask-url.ts";
import { readPagerDutyRateLimit, readPortRateLimit, readRetryAfter } from "./rate-headers.ts";

const now = Date.UTC(2026, 0, 1, 12);

test.each([
  [["960", "12", "34"], { limit: 960, remaining: 12, resetIn: 34_000 }],
  [["960", "-3", "0"], { limit: 960, remaining: -3, resetIn: 0 }],
  [["960", "12", "-1"], { limit: 960, remaining: 12, resetIn: 0 }],
  [["960", "12", ""], undefined],
  [["960", "many", "1"], undefined],
])("readPagerDutyRateLimit() reads %j", ([limit = "", remaining = "", reset = ""], reading) => {
  const headers = new Headers({
    "ratelimit-limit": limit,
    "ratelimit-remaining": remaining,
    "ratelimit-reset": reset,
  });
  expect(readPagerDutyRateLimit(headers, now)).toEqual(reading);
});

test("readPagerDutyRateLimit() of an answer without headers knows nothing", () => {
  expect(readPagerDutyRateLimit(new Headers(), now)).toBeUndefined();
});

test("readPortRateLimit() counts from the answer's own time, else from the clock", () => {
  const reset = String(now / 1000 + 20);
  const headers = new Headers({
    "x-ratelimit-limit": "100",
    "x-ratelimit-remaining": "7",
    "x-ratelimit-reset": reset,
  });
  const reading = { limit: 100, remaining: 7, resetIn: 20_000 };
  expect(readPortRateLimit(headers, now)).toEqual(reading);
  headers.set("date", new Date(now + 5000).toUTCString());
  expect(readPortRateLimit(headers, now)).toEqual({ ...reading, resetIn: 15_000 });
  expect(readPortRateLimit(new Headers(), now)).toBeUndefined();
});

test.each([
  [null, undefined],
  ["3", 3000],
  ["0", 0],
  ["-3", 0],
  ["1.5", 1500],
  ["", undefined],
  ["soon", undefined],
  ["Thu, 01 Jan 2026 12:00:09 GMT", 9000],
  ["Thu, 01 Jan 2026 11:00:00 GMT", 0],
])("readRetryAfter() reads %p as %p ms", (value, milliseconds) => {
  const headers = new Headers(value === null ? {} : { "retry-after": value });
  expect(readRetryAfter(headers, now)).toBe(milliseconds);
});

test.each([
  ["https://ingest.getport.io/secret", "https://ingest.getport.io/…"],
  ["https://ingest.getport.io/?key=secret", "https://ingest.getport.io/…"],
  ["https://ingest.getport.io/", "https://ingest.getport.io"],
  ["https://me:secret@ingest.getport.io", "https://ingest.getport.io"],
])("maskPath() of %s", (url, shown) => {
  expect(maskPath(url)).toBe(shown);
});

test.each([
  ["Cannot POST /secret-path?key=secret-key", "Cannot POST …"],
  ["Cannot POST /secret-path", "Cannot POST …"],
  ["No webhook secret-path", "No webhook …"],
  ["No webhook secret-key", "No webhook …"],
  ["Nothing to hide", "Nothing to hide"],
])("hideSecrets() of '%s'", (text, shown) => {
  const secrets = secretsOfUrl("https://ingest.getport.io/secret-path?key=secret-key");
  expect(hideSecrets(text, ["", ...secrets])).toBe(shown);
});
