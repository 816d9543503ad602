import { expect, test } from "bun:test";
import { parseDatabaseUrl, parseListen, parsePathPrefix } from "./parse-address.ts";

test.each([
  ["8000", "0.0.0.0", 8000],
  [":8000", "0.0.0.0", 8000],
  ["127.0.0.1:0", "127.0.0.1", 0],
  ["localhost:65535", "localhost", 65_535],
  ["[::1]:80", "::1", 80],
])("parseListen() takes %s", (text, host, port) => {
  expect(parseListen(text)).toEqual({ host, port });
});

test.each(["", "localhost", "65536", "::1:80", "http://x:80", "-1", "x:y"])(
  "parseListen() refuses '%s'",
  (text) => {
    expect(() => parseListen(text)).toThrow("must be a port or host:port");
  },
);

test.each([
  ["/", ""],
  ["pagerport", "/pagerport"],
  ["/a/b/", "/a/b"],
])("parsePathPrefix() takes %s for '%s'", (text, path) => {
  expect(parsePathPrefix(text)).toBe(path);
});

test.each(["a b", "a//b", "a?b", "https://x.test/a", "/a/:id"])(
  "parsePathPrefix() refuses '%s'",
  (text) => {
    expect(() => parsePathPrefix(text)).toThrow("must be a path");
  },
);

test.each(["postgres://a:b@c:5432/d?sslmode=require", " postgresql://c/d\n"])(
  "parseDatabaseUrl() takes %j",
  (text) => {
    expect(parseDatabaseUrl(text)).toBe(text.trim());
  },
);
