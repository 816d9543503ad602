import { expect, test } from "bun:test";
import { ConfigError, HttpError } from "@pagerport/core";
import { type Check, failed, ok, skipped, warning } from "./finding.ts";
import { chooseDoctorExitCode, runChecks } from "./run-checks.ts";

const endless: Check = { name: "endless", run: () => new Promise(() => undefined) };

test("runChecks() runs all at once, in order, whatever becomes of one", async () => {
  const refused = new HttpError("PagerDuty answered 401", {
    host: "PagerDuty",
    method: "GET",
    url: "https://api.test",
    status: 401,
    reason: "",
  });
  const checks: Check[] = [
    endless,
    { name: "fine", run: () => Promise.resolve(ok("well")) },
    { name: "settings", run: () => Promise.reject(new ConfigError("no such file")) },
    { name: "token", run: () => Promise.reject(refused.withAdvice("Check it.")) },
  ];
  const { signal } = new AbortController();
  expect(await runChecks(checks, { timeout: 5, signal })).toEqual([
    { check: "endless", state: "failed", message: "No answer within 0.005 s", exitCode: 5 },
    { check: "fine", state: "ok", message: "well" },
    { check: "settings", state: "failed", message: "no such file", exitCode: 2 },
    {
      check: "token",
      state: "failed",
      message: "PagerDuty answered 401",
      advice: "Check it.",
      exitCode: 4,
    },
  ]);
});

test("runChecks() ends when it is told to", async () => {
  const reason = new Error("interrupted");
  const checks = runChecks([endless], { timeout: 60_000, signal: AbortSignal.abort(reason) });
  expect(await checks.catch((error: unknown) => error)).toBe(reason);
});

test.each([
  [[ok(""), warning(""), skipped("")], 0],
  [[failed("", undefined, 3), failed("", undefined, 5)], 5],
  [[failed("", undefined, 5), failed("", undefined, 4)], 4],
  [[failed("", undefined, 4), failed("")], 2],
])("chooseDoctorExitCode() of %j is %i", (findings, code) => {
  expect(chooseDoctorExitCode(findings)).toBe(code);
});
