import { expect, test } from "bun:test";
import type { SettledRun } from "../../../store/deletion/settled-runs.ts";
import type { ProducedEntity } from "../../../store/produced.ts";
import { parseResources } from "../../../testing/parse-resources.ts";
import { createResourceCount, type ResourceCount } from "../../resource-count.ts";
import { findEmptied } from "./find-emptied.ts";

const { resources } = await parseResources([
  { kind: "services", blueprint: "service" },
  { kind: "users", blueprint: "user" },
  { kind: "teams", blueprint: "service" },
]);

/** What resources listed and let through: services, users, teams. */
function count(...read: readonly (readonly [objects: number, passed: number])[]): ResourceCount[] {
  return resources.map((resource, place) => {
    const [objects = 5, passed = 5] = read[place] ?? [];
    const made = createResourceCount(resource);
    made.passed = passed;
    made.outcome = { ...made.outcome, objects };
    return made;
  });
}

function find(
  counts: readonly ResourceCount[],
  passedBefore?: number,
  madeBy: readonly string[] = [],
): string {
  const settled: SettledRun = {
    blueprint: "service",
    run: 1,
    at: 0,
    reader: "",
    tokenOwner: "",
    firstRun: 1,
    resources: { "services[0]": { objects: 9, passed: passedBefore ?? 0 } },
  };
  const rows = madeBy.map((resource): ProducedEntity => ({
    object: "services/P1",
    resource,
    blueprint: "service",
    identifier: "P1",
    createdAt: undefined,
    endsAt: undefined,
    place: undefined,
    firstNumber: 1,
    number: 1,
  }));
  const candidate = { blueprint: "service", identifier: "P1", rows, objects: ["services/P1"] };
  return findEmptied(candidate, passedBefore === undefined ? undefined : settled, { counts });
}

test("findEmptied() finds a list with nothing in it", () => {
  expect(find(count([5, 5]))).toBe("");
  expect(find(count([0, 0]))).toBe("services[0]: PagerDuty listed nothing");
  // Another blueprint's.
  expect(find(count([5, 5], [0, 0]))).toBe("");
});

test("findEmptied() looks at the resource that made the entity, where that is known", () => {
  const empty = count([5, 5], [5, 5], [0, 0]);
  expect(find(empty)).toBe("teams[2]: PagerDuty listed nothing");
  expect(find(empty, undefined, ["services[0]"])).toBe("");
  expect(find(empty, undefined, ["teams[2]"])).not.toBe("");
  expect(find(empty, undefined, ["services[0]", "teams[2]"])).not.toBe("");
  // It was another in the mapping before.
  expect(find(empty, undefined, ["services[9]"])).not.toBe("");
});

test.each<[before: number | undefined, passed: number, isEmptied: boolean]>([
  [undefined, 0, false],
  [0, 0, false],
  [2, 0, false],
  [3, 0, true],
  [800, 0, true],
  [3, 1, false],
])("findEmptied() of a query that let %p through, and now %i: %p", (before, passed, isEmptied) => {
  const reason = find(count([5, passed]), before);
  expect(reason !== "").toBe(isEmptied);
  if (isEmptied) expect(reason).toContain(`let ${before} objects through before, and now none`);
});
