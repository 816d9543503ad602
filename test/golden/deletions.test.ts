import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import type { PlanEntity, PlanSummary } from "@pagerport/core";
import { formatPlan, type ShownPlan } from "../../packages/cli/src/ui/plans/format-plan.ts";
import { formatPlans } from "../../packages/cli/src/ui/plans/format-plans.ts";
import { expectScreen, measureWidth, paintOf, type Place, places } from "./screens.ts";

/**
 * What `pagerport deletions list` and `show` print, character by character, is in `deletions/`.
 * After a change: PAGERPORT_UPDATE_GOLDEN=1 bun test test/golden/deletions.test.ts
 */
const folder = `${import.meta.dir}/deletions`;

const openedAt = Date.UTC(2026, 10, 25, 2);

const share: PlanSummary = {
  id: 7,
  blueprint: "pagerdutyService",
  brake: "share",
  reason: "25 of 80 would go in 7 days, 16 may",
  entities: 23,
  approved: 1,
  rejected: 1,
  openedAt,
  since: openedAt,
  run: 41,
  sort: "deletions",
};
const mapping: PlanSummary = {
  id: 12,
  blueprint: "pagerdutyTeam",
  brake: "reader",
  reason: "the mapping names its entities otherwise than in run 40",
  entities: 2,
  approved: 0,
  rejected: 0,
  openedAt: openedAt + 3_600_000,
  since: openedAt + 3_600_000,
  run: undefined,
  sort: "mapping",
};
const settled: PlanSummary = { ...share, id: 5, entities: 0, approved: 3, rejected: 1, run: 40 };

function createEntity(place: number, fields: Partial<PlanEntity> = {}): PlanEntity {
  return {
    blueprint: "pagerdutyService",
    identifier: `P${String(place).padStart(2, "0")}KCX2A`,
    title: `Checkout ${place}`,
    since: openedAt - 86_400_000,
    state: "open",
    isDependent: false,
    why: "PagerDuty answers 404 for its id, and two readings lacked it",
    by: undefined,
    related: 0,
    ...fields,
  };
}

const entities = Array.from({ length: 23 }, (_, place) => createEntity(place));
const plans: Readonly<Record<string, ShownPlan>> = {
  share: {
    summary: share,
    entities: [
      createEntity(90, { related: 1204, title: "\u001B[2Jsneaky\ntitle" }),
      ...entities.slice(1),
      createEntity(91, { state: "approved", by: "ann", related: 1 }),
      createEntity(92, { state: "rejected", by: "bob" }),
    ],
    writes: [],
  },
  mapping: {
    summary: mapping,
    entities: ["platform", "payments"].map((title, place) =>
      createEntity(place, {
        blueprint: "pagerdutyTeam",
        title,
        why: "the mapping makes it no more",
      }),
    ),
    writes: ["pagerdutyTeam/platform", "pagerdutyTeam/payments"],
  },
  reasons: {
    summary: { ...share, entities: 2 },
    entities: [
      createEntity(1, {
        why: "PagerDuty answers 404 for its id, and its own event calls it deleted",
      }),
      createEntity(2, { title: undefined, related: 3 }),
    ],
    writes: [],
  },
  settled: {
    summary: settled,
    entities: [createEntity(1, { state: "approved", by: "ann" })],
    writes: [],
  },
};

type Screen = (place: Place) => string[];

const lists: Readonly<Record<string, readonly PlanSummary[]>> = {
  some: [settled, share, mapping],
  none: [],
};
const screens: Readonly<Record<string, Screen>> = {
  ...Object.fromEntries(
    Object.entries(lists).map(([name, listed]) => [
      `list-${name}`,
      (place: Place) => formatPlans(listed, optionsOf(place)),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(plans).map(([name, plan]) => [
      `show-${name}`,
      (place: Place) => formatPlan(plan, optionsOf(place)),
    ]),
  ),
};

function optionsOf(place: Place) {
  return { width: place.output.columns, colour: paintOf(place) };
}

const cases = Object.entries(screens).flatMap(([name, show]) =>
  places.map((place) => [name, place.name, { show, place }] as const),
);

test.each(cases)("pagerport deletions: %s at %s is as it should be", async (name, _, one) => {
  const lines = one.show(one.place);
  await expectScreen(`${folder}/${name}-${one.place.name}.txt`, lines);
  expect(measureWidth(lines)).toBeLessThanOrEqual(one.place.output.columns);
});

test("formatPlan() shows 20 entities, all where that is wanted, and ends with what to type", () => {
  const options = { width: 80, colour: (text: string) => text };
  const plan = plans["share"] as ShownPlan;
  const count = (lines: readonly string[]): number =>
    lines.filter((line) => /^(?:open|approved|rejected) /.test(line)).length;
  const some = formatPlan(plan, options);
  expect(count(some)).toBe(20);
  expect(some).toContain("and 5 more; --all shows them");
  const all = formatPlan(plan, { ...options, all: true });
  expect(count(all)).toBe(25);
  expect(all.some((line) => line.includes("more; --all"))).toBe(false);
  expect(all.at(-1)).toBe("→ pagerport deletions approve 7   or   pagerport deletions reject 7");
});

test("deletions/ has a file for every case, and no other", () => {
  const files = cases.map(([name, place]) => `${name}-${place}.txt`);
  expect(readdirSync(folder).toSorted()).toEqual(files.toSorted());
});
