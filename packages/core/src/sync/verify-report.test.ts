import { expect, test } from "bun:test";
import type { ResourceReport } from "./sync-report.ts";
import { judgeVerify, type VerifiedBlueprint, type VerifyReport } from "./verify-report.ts";

function createReport(
  states: readonly ResourceReport["state"][],
  counts: Partial<VerifiedBlueprint> = {},
): VerifyReport {
  const numbers = { objects: 0, entities: 0, skipped: 0, problems: 0 };
  const differing = { changed: 0, missing: 0, extra: 0 };
  const kept = { aged: 0, recent: 0, needed: 0, waiting: 0, withheld: 0, unfed: 0 };
  const blueprint = { ...kept, blueprint: "service", produced: 9, owned: 9, compared: 9 };
  return {
    resources: states.map((state) => ({ name: "", kind: "", reason: "", state, ...numbers })),
    blueprints: [{ ...blueprint, ...differing, ...counts }],
    changed: [],
    missing: [],
    extra: [],
    kept: [],
    unfinished: [
      ...states.filter((state) => state !== "complete"),
      // A report has a sentence for each reason.
      ...((counts.withheld ?? 0) > 0 ? ["withheld"] : []),
    ],
    notices: [],
  };
}

test.each([
  ["in-step", ["complete", "complete"], {}],
  ["in-step", ["complete"], { aged: 1, recent: 1, needed: 1, unfed: 1 }],
  ["in-step", ["complete"], { waiting: 1 }],
  ["unfinished", ["complete"], { withheld: 1 }],
  ["drifted", ["complete"], { withheld: 1, extra: 1 }],
  ["drifted", ["complete"], { changed: 1 }],
  ["drifted", ["complete"], { missing: 1 }],
  ["drifted", ["complete", "failed"], { extra: 1 }],
  ["unfinished", ["complete", "incomplete"], {}],
  ["unfinished", ["complete", "refused"], { withheld: 1 }],
  ["refused", ["refused", "refused"], { withheld: 1 }],
  ["unavailable", ["refused", "failed"], { withheld: 1 }],
] as const)("judgeVerify() is %s for %j and %j", (verdict, states, counts) => {
  expect(judgeVerify(createReport(states, counts))).toBe(verdict);
});
