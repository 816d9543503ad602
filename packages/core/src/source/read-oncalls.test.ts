import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { ScriptedPagerDuty } from "../testing/scripted-pagerduty.ts";
import { caseCount } from "../testing/test-size.ts";
import { identifyOncall } from "./kinds.ts";
import type { PagerDutyObject } from "./objects.ts";
import { readOncalls, readOncallsOf } from "./read-oncalls.ts";

function createOncall(policy: string, place: number): Record<string, unknown> {
  return {
    escalation_policy: { id: policy },
    escalation_level: 1 + (place % 3),
    schedule: place % 2 === 0 ? { id: `D${place}` } : null,
    user: { id: `U${place}` },
    start: null,
    end: null,
  };
}

function createHost(
  oncalls: readonly Record<string, unknown>[],
  pageSize = 100,
): ScriptedPagerDuty {
  const host = new ScriptedPagerDuty({ pageSize });
  host.lists = { oncalls };
  return host;
}

function identify(rows: readonly PagerDutyObject[]): string[] {
  return rows.map(identifyOncall);
}

test("readOncalls() gives each on-call once, and counts those that are alike as received", async () => {
  await fc.assert(
    fc.asyncProperty(
      // Few policies and users make rows that are alike likely, on one page and on neighbours.
      fc.array(fc.tuple(fc.constantFrom("P1", "P2"), fc.nat({ max: 5 })), { maxLength: 40 }),
      fc.constantFrom(2, 3, 7, 100),
      async (pairs, pageSize) => {
        const all = pairs.map(([policy, place]) => createOncall(policy, place));
        const listPolicies = (): Promise<string[]> => Promise.resolve([]);
        const host = createHost(all, pageSize);
        const { rows, complete } = await readOncalls(host, [], { listPolicies });
        expect(complete).toBe(true);
        expect(identify(rows)).toEqual([...new Set(identify(all))]);
      },
    ),
    { numRuns: caseCount(200) },
  );
});

test("readOncalls() reads more than 10,000 policy by policy", async () => {
  const policies = Array.from({ length: 250 }, (_, place) => `P${place}`);
  // A few policies have most of them, so that parts must be halved.
  const all = Array.from({ length: 24_000 }, (_, place) =>
    createOncall(`P${place % 2 === 0 ? place % 4 : place % 250}`, place),
  );
  const host = createHost(all);
  const reading = await readOncalls(host, [["since", "2026-01-01T00:00:00Z"]], {
    listPolicies: () => Promise.resolve(policies),
  });
  expect(reading).toMatchObject({ complete: true, reason: "" });
  expect(new Set(identify(reading.rows)).size).toBe(24_000);
  expect(host.requests.every(({ query }) => query[0]?.[0] === "since")).toBe(true);
});

test("readOncalls() names the policy that has too many, and on-calls of policies it does not know", async () => {
  const all = Array.from({ length: 12_000 }, (_, place) => createOncall("P1", place));
  const known = await readOncalls(createHost(all), [], {
    listPolicies: () => Promise.resolve(["P1", "P2"]),
  });
  expect(known.complete).toBe(false);
  expect(known.reason).toContain("of escalation policy P1: it has 12000 rows");

  const mixed = all.map((oncall, place) => (place < 9000 ? oncall : createOncall("P9", place)));
  const unknown = await readOncalls(createHost(mixed), [], {
    listPolicies: () => Promise.resolve(["P1"]),
  });
  expect(unknown.complete).toBe(false);
  expect(unknown.reason).toContain("it has 12000 rows");
  expect(unknown.reason).toContain("add up to 9000");
});

test("readOncallsOf() gives every policy its own, an empty list where nobody is on call", async () => {
  const host = createHost([createOncall("P1", 0), createOncall("P2", 1), createOncall("P1", 2)]);
  const byPolicy = await readOncallsOf(host, ["P1", "P3"]);
  expect(byPolicy?.get("P1")?.map(({ user }) => user)).toEqual([{ id: "U0" }, { id: "U2" }]);
  expect(byPolicy?.get("P3")).toEqual([]);
  expect(byPolicy?.has("P2")).toBe(false);
  expect(host.requests.map(({ query }) => query.slice(0, 3))).toEqual([
    [
      ["include[]", "users"],
      ["escalation_policy_ids[]", "P1"],
      ["escalation_policy_ids[]", "P3"],
    ],
  ]);
});
