import { expect, test } from "bun:test";
import { ConfigError, FileError, HttpError, NetworkError, PagerportError } from "@pagerport/core";
import { chooseExitCode } from "./exit-code.ts";
import { Interrupted } from "./interrupted.ts";

function answered(host: "PagerDuty" | "Port", status: number): HttpError {
  return new HttpError("", { host, method: "GET", url: "https://x.test", status, reason: "" });
}

test.each([
  ["an unexpected error", 1, () => new TypeError("oops")],
  ["what is no error", 1, () => "text"],
  ["a full disk", 1, () => new FileError("full", { path: "x" })],
  ["an answer that is not understood", 1, () => new PagerportError("not JSON")],
  ["a setting", 2, () => new ConfigError("PD_TOKEN is not set")],
  ["no answer", 5, () => new NetworkError("", { host: "Port", method: "GET", url: "x" })],
  ["SIGINT", 130, () => new Interrupted("SIGINT")],
  ["SIGTERM", 143, () => new Interrupted("SIGTERM")],
])("chooseExitCode() for %s is %i", (_what, code, createError) => {
  expect(chooseExitCode(createError())).toBe(code);
});

test.each([
  ["PagerDuty", 400, 2],
  ["PagerDuty", 401, 4],
  ["PagerDuty", 402, 4],
  ["PagerDuty", 403, 4],
  ["PagerDuty", 404, 2],
  ["PagerDuty", 408, 5],
  ["PagerDuty", 429, 5],
  ["PagerDuty", 500, 5],
  ["PagerDuty", 503, 5],
  ["Port", 301, 4],
  ["Port", 401, 4],
  ["Port", 403, 4],
  ["Port", 404, 4],
  ["Port", 408, 5],
  ["Port", 410, 4],
  ["Port", 429, 5],
  ["Port", 502, 5],
] as const)("chooseExitCode() for %s's %i is %i", (host, status, code) => {
  expect(chooseExitCode(answered(host, status))).toBe(code);
  expect(chooseExitCode(answered(host, status).withAdvice("Do this."))).toBe(code);
});
