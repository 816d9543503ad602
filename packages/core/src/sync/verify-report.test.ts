import { expect, test } from "bun:test";
import type { ResourceReport } from "./sync-report.ts";
import { judgeVerify, type VerifiedBlueprint, type VerifyReport } from "./verify-report.ts";

function createReport(
  states: readonly ResourceReport["state"][],
  counts: Partial<VerifiedBlueprint> = {},
): VerifyReport {
  const numbers = { objects: 0, entities: 0, skipped: 0, problems: 0 };
  const none = { changed: 0, missing: 0, extra: 0, aged: 0, recent: 0, needed: 0 };
  const blueprint = { ...none, blueprint: "service", produced: 9, owned: 9, compared: 9 };
  return {
    resources: states.map((state) => ({ name: "", kind: "", reason: "", state, ...numbers })),
    blueprints: [{ ...blueprint, unknown: 0, reason: "", unfed: 0, ...counts }],
    changed: [],
    missing: [],
    extra: [],
    unfinished: states.filter((state) => state !== "complete"),
  };
}

test.each([
  ["in-step", ["complete", "complete"], {}],
  ["in-step", ["complete"], { aged: 1, recent: 1, needed: 1, unfed: 1 }],
  ["drifted", ["complete"], { changed: 1 }],
  ["drifted", ["complete"], { missing: 1 }],
  ["drifted", ["complete", "failed"], { extra: 1 }],
  ["unfinished", ["complete", "incomplete"], {}],
  ["unfinished", ["complete", "refused"], { unknown: 1 }],
  ["refused", ["refused", "refused"], { unknown: 1 }],
  ["unavailable", ["refused", "failed"], { unknown: 1 }],
] as const)("judgeVerify() is %s for %j and %j", (verdict, states, counts) => {
  expect(judgeVerify(createReport(states, counts))).toBe(verdict);
});
