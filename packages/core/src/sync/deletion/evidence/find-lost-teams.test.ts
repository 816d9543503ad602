import { expect, test } from "bun:test";
import { findVanishedTeams, suspectTeam } from "./find-lost-teams.ts";

const teams = new Map(
  Object.entries({
    "services/A": ["T1", "T2"],
    "services/B": ["T1"],
    "services/C": ["T2"],
    "services/D": [],
    "users/A": ["T1"],
    "users/B": ["T1"],
  }).map(([object, ids]) => [object, new Set(ids)]),
);

test("findVanishedTeams() finds teams of which nothing of a kind is seen", () => {
  const find = (...seen: string[]): string[] =>
    findVanishedTeams(teams, ["services", "users"], (object) => seen.includes(object)).map(
      ({ team, kind, objects }) => `${kind} of ${team}: ${objects.join(", ")}`,
    );
  expect(find("services/A", "users/B")).toEqual([]);
  expect(find("services/C", "users/A")).toEqual(["services of T1: services/A, services/B"]);
  expect(find("services/A")).toEqual(["users of T1: users/A, users/B"]);
  expect(find("services/D")).toHaveLength(3);
  expect(findVanishedTeams(teams, [], () => false)).toEqual([]);
});

/** What a team of so many objects is suspected of, as they are all unlisted. */
test.each<[objects: number, isThere: boolean, named: number, isSuspected: boolean]>([
  [1, true, 0, false],
  [2, true, 0, false],
  [3, true, 0, true],
  [800, true, 0, true],
  [1, false, 0, true],
  [3, false, 0, true],
  // PagerDuty named each of them.
  [3, true, 3, false],
  [800, true, 800, false],
  [3, true, 2, true],
  [800, true, 799, true],
  [1, false, 1, true],
  [3, false, 3, true],
])(
  "suspectTeam() of %i, where the team answers 200: %p, and %i are named",
  (count, isThere, named, isSuspected) => {
    const objects = Array.from({ length: count }, (_, place) => `services/P${place}`);
    const isNamed = (object: string): boolean => objects.indexOf(object) < named;
    const reason = suspectTeam({ team: "T1", kind: "services", objects }, isThere, isNamed);
    expect(reason !== "").toBe(isSuspected);
    if (isSuspected) expect(reason).toContain(`all ${count} services that team T1 had`);
  },
);
