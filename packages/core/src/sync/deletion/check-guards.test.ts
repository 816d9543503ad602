import { expect, test } from "bun:test";
import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  option,
  property,
  record,
} from "fast-check";
import { caseCount } from "../../testing/test-size.ts";
import {
  checkGuards,
  type FeedingResource,
  type GuardedBlueprint,
  type GuardsInput,
  recentMargin,
} from "./check-guards.ts";

const startedAt = 1_000_000;

function resource(changes: Partial<FeedingResource> = {}): FeedingResource {
  return {
    name: "services[0]",
    blueprints: new Set(["service"]),
    produced: new Set(["service"]),
    ran: true,
    incomplete: "",
    ...changes,
  };
}

/** A run over one blueprint, of which so many owned entities were not produced. */
function check(unproduced: number, changes: Partial<GuardsInput> = {}): GuardedBlueprint {
  const entities = Array.from({ length: unproduced }, (_, place) => ({
    identifier: `id-${place}`,
    updatedAt: 0,
  }));
  const [guarded] = checkGuards({
    resources: [resource()],
    unmade: [],
    unproduced: new Map([["service", entities]]),
    startedAt,
    unnamed: new Set(),
    prune: false,
    withheldBy: "",
    isAged: () => false,
    isStub: () => false,
    ...changes,
  });
  if (guarded === undefined) throw new Error("Nothing was checked");
  return guarded;
}

const unknown = { blueprint: undefined, identifier: undefined };

/** How many of five unproduced entities may be judged, and why not. */
test.each<[string, Partial<GuardsInput>, number, string]>([
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
    { unmade: [{ resource: resource(), ...unknown }] },
    0,
    "cannot be told",
  ],
  [
    "an entity without a name, of another blueprint",
    { unmade: [{ resource: resource({ blueprints: new Set(["user"]) }), ...unknown }] },
    5,
    "",
  ],
  [
    "an entity of the blueprint without an identifier",
    { unmade: [{ resource: resource(), blueprint: "service", identifier: undefined }] },
    0,
    "cannot be told",
  ],
  [
    "an entity that failed but has a name",
    { unmade: [{ resource: resource(), blueprint: "service", identifier: "id-3" }] },
    4,
    "an expression of the mapping failed",
  ],
  [
    "entities that are found by searches",
    { unnamed: new Set(["service"]) },
    0,
    "found by searches",
  ],
  ["searches of another blueprint", { unnamed: new Set(["user"]) }, 5, ""],
  ["another run's word", { withheldBy: "another integration runs" }, 0, "another integration runs"],
])("checkGuards() with %s", (_name, changes, candidates, reason) => {
  const guarded = check(5, changes);
  expect(guarded.candidates).toHaveLength(candidates);
  expect(guarded.withheld).toHaveLength(5 - candidates);
  if (reason === "") expect(guarded.reason).toBe("");
  expect(guarded.reason).toContain(reason);
});

test("checkGuards() keeps what was written since the run began", () => {
  const moments = [startedAt - recentMargin - 1, startedAt - recentMargin, startedAt, undefined];
  const entities = moments.map((updatedAt, place) => ({ identifier: `id-${place}`, updatedAt }));
  const guarded = check(0, { unproduced: new Map([["service", entities]]) });
  expect(guarded.candidates).toEqual(["id-0", "id-3"]);
  expect(guarded.recent).toEqual(["id-1", "id-2"]);
  expect(guarded.reason).toBe("");
});

test("checkGuards() sorts out aged incidents and stubs, even where the rest cannot be judged", () => {
  const changes: Partial<GuardsInput> = {
    isAged: (_blueprint, identifier) => identifier === "id-1",
    isStub: (_blueprint, identifier) => identifier === "id-2",
  };
  const sorted = { aged: ["id-1"], stubs: ["id-2"] };
  expect(check(3, changes)).toMatchObject({ ...sorted, candidates: ["id-0"], withheld: [] });
  const resources = [resource({ incomplete: "answered 500" })];
  expect(check(3, { ...changes, resources })).toMatchObject({
    ...sorted,
    candidates: [],
    withheld: ["id-0"],
  });
});

test("checkGuards() leaves a blueprint alone that a resource left out feeds, or could feed", () => {
  for (const blueprints of [new Set(["service"]), undefined]) {
    const leftOut = resource({ name: "x[1]", blueprints, ran: false, produced: new Set() });
    const guarded = check(5, { resources: [resource(), leftOut] });
    expect(guarded).toMatchObject({ candidates: [], withheld: [], unfed: [], reason: "" });
  }
});

test("checkGuards() takes a blueprint that nothing feeds only when told to prune", () => {
  const resources = [resource({ blueprints: new Set(["user"]), produced: new Set() })];
  expect(check(5, { resources })).toMatchObject({ candidates: [], unfed: { length: 5 } });
  const pruned = check(5, { resources, prune: true });
  expect(pruned).toMatchObject({ candidates: { length: 5 }, unfed: [] });
});

test("checkGuards() puts every unproduced entity in one place, and what cannot be judged never among candidates", () => {
  const input = record({
    unproduced: integer({ min: 0, max: 60 }),
    incomplete: constantFrom("", "", "answered 500"),
    withheldBy: constantFrom("", "", "another run"),
    prune: boolean(),
    aged: integer({ min: 0, max: 60 }),
    stubs: integer({ min: 0, max: 60 }),
    literal: boolean(),
    unmade: array(option(constantFrom("id-1", "id-9"), { nil: undefined }), { maxLength: 2 }),
  });
  assert(
    property(input, (given) => {
      const { incomplete, withheldBy, unmade } = given;
      const fed = resource({
        incomplete,
        blueprints: given.literal ? new Set(["service"]) : undefined,
      });
      const placeOf = (identifier: string): number => Number(identifier.slice(3));
      const guarded = check(given.unproduced, {
        resources: [fed],
        withheldBy,
        prune: given.prune,
        isAged: (_blueprint, identifier) => placeOf(identifier) >= given.aged,
        isStub: (_blueprint, identifier) =>
          placeOf(identifier) < given.aged && placeOf(identifier) >= given.stubs,
        unmade: unmade.map((identifier) => ({ resource: fed, blueprint: "service", identifier })),
      });
      const { candidates, aged, stubs, recent, withheld, unfed } = guarded;
      const places = [...candidates, ...aged, ...stubs, ...recent, ...withheld, ...unfed];
      expect(new Set(places).size).toBe(places.length);
      expect(places).toHaveLength(given.unproduced);
      const isStopped = incomplete !== "" || withheldBy !== "" || unmade.includes(undefined);
      if (isStopped) expect(candidates).toEqual([]);
      for (const identifier of unmade) {
        if (identifier !== undefined) expect(candidates).not.toContain(identifier);
      }
      expect(guarded.reason === "").toBe(withheld.length === 0);
    }),
    { numRuns: caseCount(500) },
  );
});
