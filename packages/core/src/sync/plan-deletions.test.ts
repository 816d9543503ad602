import { expect, test } from "bun:test";
import {
  assert,
  array,
  boolean,
  constantFrom,
  integer,
  option,
  property,
  record,
} from "fast-check";
import { caseCount } from "../testing/test-size.ts";
import {
  type BlueprintDeletions,
  type FeedingResource,
  planDeletions,
  type PlanDeletionsInput,
} from "./plan-deletions.ts";

const startedAt = 1_000_000;

function resource(changes: Partial<FeedingResource> = {}): FeedingResource {
  return {
    name: "services[0]",
    blueprints: new Set(["service"]),
    produced: new Set(["service"]),
    ran: true,
    incomplete: "",
    objects: 100,
    rotates: false,
    ...changes,
  };
}

/** A run over one blueprint of 100 owned entities, of which so many were not produced. */
function plan(unproduced: number, changes: Partial<PlanDeletionsInput> = {}): BlueprintDeletions {
  const entities = Array.from({ length: unproduced }, (_, place) => ({
    identifier: `id-${place}`,
    updatedAt: 0,
  }));
  const [planned] = planDeletions({
    resources: [resource()],
    withheld: [],
    blueprints: new Map([["service", { owned: 100, unproduced: entities }]]),
    startedAt,
    threshold: 0.9,
    allowed: new Set(),
    unnamed: new Set(),
    prune: false,
    isAged: () => false,
    isNeeded: () => false,
    ...changes,
  });
  if (planned === undefined) throw new Error("Nothing was planned");
  return planned;
}

const unknown = { blueprint: undefined, identifier: undefined };

/** How many of five unproduced entities go, and why not. */
test.each<[string, Partial<PlanDeletionsInput>, number, string]>([
  ["nothing in the way", {}, 5, ""],
  [
    "a resource of it that did not finish",
    { resources: [resource({ incomplete: "answered 500" })] },
    0,
    "services[0]: answered 500",
  ],
  [
    "a resource of another blueprint that did not finish",
    {
      resources: [
        resource(),
        resource({ name: "users[1]", blueprints: new Set(["user"]), incomplete: "answered 500" }),
      ],
    },
    5,
    "",
  ],
  [
    "an unfinished resource whose blueprint is not a literal",
    {
      resources: [
        resource(),
        resource({ name: "x[1]", blueprints: undefined, produced: new Set(), incomplete: "403" }),
      ],
    },
    0,
    "x[1]: 403",
  ],
  [
    "an entity whose name cannot be computed",
    { withheld: [{ resource: resource(), ...unknown }] },
    0,
    "cannot be told",
  ],
  [
    "an entity without a name, of another blueprint",
    { withheld: [{ resource: resource({ blueprints: new Set(["user"]) }), ...unknown }] },
    5,
    "",
  ],
  [
    "an entity that failed but has a name",
    { withheld: [{ resource: resource(), blueprint: "service", identifier: "id-3" }] },
    4,
    "an expression of the mapping failed",
  ],
  ["a threshold of 0", { threshold: 0 }, 0, "entityDeletionThreshold is 0"],
  ["a threshold of 0, allowed once", { threshold: 0, allowed: new Set(["service"]) }, 5, ""],
  ["a small share above the threshold", { threshold: 0.01 }, 5, ""],
  ["nothing listed, but few entities", { resources: [resource({ objects: 0 })] }, 5, ""],
])("planDeletions() with %s", (_name, changes, removed, reason) => {
  const planned = plan(5, changes);
  expect(planned.remove).toHaveLength(removed);
  expect(planned.withheld).toHaveLength(5 - removed);
  if (reason === "") expect(planned.reason).toBe("");
  expect(planned.reason).toContain(reason);
});

test.each<[number, Partial<PlanDeletionsInput>, number]>([
  [20, { threshold: 0.1 }, 20],
  [21, { threshold: 0.1 }, 0],
  [21, { threshold: 0.1, allowed: new Set(["service"]) }, 21],
  [21, { threshold: 0.21 }, 21],
  [90, {}, 90],
  [91, {}, 0],
  [21, { resources: [resource({ objects: 0 })] }, 0],
  [50, { threshold: 0.1, resources: [resource({ rotates: true })] }, 50],
  [91, { threshold: 0.1, resources: [resource({ rotates: true })] }, 0],
  [50, { threshold: 0, resources: [resource({ rotates: true })] }, 0],
  [50, { threshold: 0.1, resources: [resource({ rotates: true }), resource()] }, 0],
])("planDeletions() of %i of 100 with %o", (unproduced, changes, removed) => {
  expect(plan(unproduced, changes).remove).toHaveLength(removed);
});

test("planDeletions() keeps incidents that only left the window, and does not count them", () => {
  const isAged = (_blueprint: string, identifier: string): boolean =>
    Number(identifier.slice(3)) >= 30;
  const planned = plan(80, { isAged, threshold: 0.5 });
  expect(planned.aged).toHaveLength(50);
  // 30 of the 50 that are not aged is more than half.
  expect(planned.reason).toContain("30 of 50 (60 %)");
  expect(plan(80, { isAged, threshold: 0.6 }).remove).toHaveLength(30);
});

test("planDeletions() keeps what was written since the run began", () => {
  const entities = [startedAt - 5001, startedAt - 5000, startedAt + 1, undefined].map(
    (updatedAt, place) => ({ identifier: `id-${place}`, updatedAt }),
  );
  const blueprints = new Map([["service", { owned: 100, unproduced: entities }]]);
  const planned = plan(0, { blueprints });
  expect(planned.remove).toEqual(["id-0", "id-3"]);
  expect(planned.recent).toEqual(["id-1", "id-2"]);
  expect(planned.reason).toBe("");
});

test("planDeletions() keeps what something that stays relates to", () => {
  const planned = plan(5, { isNeeded: (_blueprint, identifier) => identifier === "id-2" });
  expect(planned.needed).toEqual(["id-2"]);
  expect(planned.remove).toHaveLength(4);
});

test("planDeletions() leaves a blueprint alone that a resource left out feeds, or could feed", () => {
  for (const blueprints of [new Set(["service"]), undefined]) {
    const leftOut = resource({ name: "x[1]", blueprints, ran: false, produced: new Set() });
    const planned = plan(5, { resources: [resource(), leftOut] });
    expect(planned.remove).toEqual([]);
    expect(planned.withheld).toEqual([]);
  }
});

test("planDeletions() takes a blueprint that nothing feeds only when told to prune", () => {
  const resources = [resource({ blueprints: new Set(["user"]), produced: new Set() })];
  expect(plan(5, { resources })).toMatchObject({ remove: [], unfed: { length: 5 } });
  expect(plan(5, { resources, prune: true })).toMatchObject({ remove: { length: 5 }, unfed: [] });
});

test("planDeletions() puts every unproduced entity in at most one place, and removes none withheld", () => {
  const input = record({
    unproduced: integer({ min: 0, max: 60 }),
    threshold: constantFrom(0, 0.1, 0.5, 1),
    incomplete: constantFrom("", "", "answered 500"),
    objects: constantFrom(0, 100),
    prune: boolean(),
    aged: integer({ min: 0, max: 60 }),
    literal: boolean(),
    withheld: array(record({ identifier: option(constantFrom("id-1", "id-9")) }), { maxLength: 2 }),
  });
  assert(
    property(input, (given) => {
      const { incomplete, objects } = given;
      const fed = resource({
        incomplete,
        objects,
        blueprints: given.literal ? new Set(["service"]) : undefined,
      });
      const planned = plan(given.unproduced, {
        resources: [fed],
        threshold: given.threshold,
        prune: given.prune,
        isAged: (_blueprint, identifier) => Number(identifier.slice(3)) >= given.aged,
        withheld: given.withheld.map(({ identifier }) => ({
          resource: fed,
          blueprint: "service",
          identifier: identifier ?? undefined,
        })),
      });
      const places = [
        ...planned.remove,
        ...planned.aged,
        ...planned.recent,
        ...planned.needed,
        ...planned.unfed,
      ];
      const withheldOnly = planned.withheld.filter((name) => !planned.aged.includes(name));
      expect(new Set(places).size).toBe(places.length);
      expect(places.length + withheldOnly.length).toBe(given.unproduced);
      if (incomplete !== "") expect(planned.remove).toEqual([]);
      if (given.withheld.some(({ identifier }) => identifier === null)) {
        expect(planned.remove).toEqual([]);
      }
      for (const { identifier } of given.withheld) {
        if (identifier !== null) expect(planned.remove).not.toContain(identifier);
      }
    }),
    { numRuns: caseCount(500) },
  );
});
