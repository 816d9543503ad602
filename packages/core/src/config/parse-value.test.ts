import { expect, test } from "bun:test";
import { parseUrl } from "./parse-address.ts";
import { parseNumber, parseText, parseTime, parseToken } from "./parse-value.ts";

test.each([
  ["2024-01-31", "2024-01-31T00:00:00.000Z"],
  ["2024-02-29", "2024-02-29T00:00:00.000Z"],
  ["1969-12-31", "1969-12-31T00:00:00.000Z"],
  ["2024-01-31T08:00Z", "2024-01-31T08:00:00.000Z"],
  ["2024-01-31T08:00:07Z", "2024-01-31T08:00:07.000Z"],
  ["2024-01-31T08:00:00+02:00", "2024-01-31T06:00:00.000Z"],
  ["2024-01-31T08:00:00-0530", "2024-01-31T13:30:00.000Z"],
  ["2024-01-31T24:00:00Z", "2024-02-01T00:00:00.000Z"],
  // Incidents are created at whole seconds: the first one at or after this moment.
  ["2024-01-31T08:00:00.000Z", "2024-01-31T08:00:00.000Z"],
  ["2024-01-31T08:00:00.001Z", "2024-01-31T08:00:01.000Z"],
])("parseTime() takes %s for %s", (text, time) => {
  expect(new Date(parseTime(text)).toISOString()).toBe(time);
});

test.each([
  "",
  " 2024-01-31",
  "2024",
  "2024-01",
  "20240131",
  "31.01.2024",
  "2024-1-31",
  "2024-02-30",
  "2023-02-29",
  "2023-02-29T00:00:00Z",
  "2024-13-01",
  "2024-01-31T08:00:00",
  "2024-01-31 08:00:00Z",
  "2024-01-31T08:00:60Z",
  "2024-01-31T25:00Z",
  "2024-01-31T08:00+99:00",
  "yesterday",
  "1706688000",
])("parseTime() refuses '%s'", (text) => {
  expect(() => parseTime(text)).toThrow("must be a date (2024-01-31) or a time with a zone");
});

test.each([
  ["https://api.pagerduty.com", "https://api.pagerduty.com"],
  ["https://api.pagerduty.com//", "https://api.pagerduty.com"],
  [" https://ingest.getport.io/abc\n", "https://ingest.getport.io/abc"],
  ["http://127.0.0.1:8000/", "http://127.0.0.1:8000"],
  ["https://ingest.getport.io/abc/?next=/", "https://ingest.getport.io/abc/?next=/"],
])("parseUrl() takes %j for %s", (text, url) => {
  expect(parseUrl(text)).toBe(url);
});

test.each([
  "",
  "api.pagerduty.com",
  "ftp://x.test",
  "https://",
  "localhost:8000",
  "/path",
  "https://me:pw@x.test",
])("parseUrl() refuses '%s'", (text) => {
  expect(() => parseUrl(text)).toThrow(/^must (be a URL that begins with https:|not hold a user)/);
});

test.each([
  ["0", 0],
  ["0.5", 0.5],
  ["10", 10],
  ["1e1", 10],
])("parseNumber() takes '%s'", (text, number) => {
  expect(parseNumber({ least: 0, most: 10 })(text)).toBe(number);
});

test.each(["", " ", "-1", "10.1", "ten", "NaN", "Infinity", "1,5"])(
  "parseNumber() refuses '%s'",
  (text) => {
    expect(() => parseNumber({ least: 0, most: 10 })(text)).toThrow(
      "must be a number from 0 to 10",
    );
  },
);

test("parseText() takes text as it is", () => {
  expect(parseText(" a b ")).toBe(" a b ");
});

test.each([
  ["y_NbAkKc66ryYTWUXYEu", "y_NbAkKc66ryYTWUXYEu"],
  ["pdus+_0XBPWQQ/=", "pdus+_0XBPWQQ/="],
  ["token\n", "token"],
])("parseToken() takes %j", (text, token) => {
  expect(parseToken(text)).toBe(token);
});

test.each([" ", "two words", "tok…en", "line\nbreak", "tökén"])(
  "parseToken() refuses %j",
  (text) => {
    expect(() => parseToken(text)).toThrow("must be one word of plain characters");
  },
);
