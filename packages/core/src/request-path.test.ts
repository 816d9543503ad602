import { expect, test } from "bun:test";
import { readRequestPath, readRoutePath } from "./request-path.ts";

test.each([
  ["http://host/health/live", "/health/live"],
  ["http://host:8000/health/live?a=/b", "/health/live"],
  ["https://[::1]:8000/webhook#x", "/webhook"],
  ["http://host/", "/"],
  ["http://host/a//b", "/a//b"],
  ["/health/live", "/health/live"],
  ["/webhook?a=http://b/c", "/webhook"],
  ["//host/webhook", "//host/webhook"],
  ["/", "/"],
])("readRequestPath() of %s is %s", (url, path) => {
  expect(readRequestPath({ url })).toBe(path);
});

test("readRoutePath() knows a path that is written another way, with a host and without", () => {
  expect(readRoutePath(new Request("http://host/health/%6cive?a"))).toBe("/health/live");
  const withoutHost = { url: "/health/%6cive?a" } as Request;
  expect(readRoutePath(withoutHost)).toBe("/health/live");
});
