import { expect, test } from "bun:test";
import type { JsonObject } from "../../json.ts";
import { type DefaultFileName, readDefaultFile } from "../../map/defaults.ts";
import { parseMapping } from "../../map/parse/parse-mapping.ts";
import { type Blueprint, parseBlueprint } from "../../sink/port/blueprint.ts";
import type { BlueprintPlan } from "./blueprint-plan.ts";
import { readKnownSets } from "./known-blueprints.ts";
import { findMappedNames } from "./mapped-names.ts";
import { planBlueprints } from "./plan-blueprints.ts";

type Change = (blueprint: JsonObject) => void;

/** Blueprints of a file, each changed by its identifier. */
function readBlueprints(
  name: DefaultFileName,
  changes: Record<string, Change> = {},
): Map<string, Blueprint> {
  const list = JSON.parse(readDefaultFile(name)) as (JsonObject & { identifier: string })[];
  for (const blueprint of list) changes[blueprint.identifier]?.(blueprint);
  return new Map(
    list.flatMap((json) => {
      const blueprint = parseBlueprint(json);
      return blueprint === undefined ? [] : [[blueprint.identifier, blueprint] as const];
    }),
  );
}

function removeProperty(name: string): Change {
  return ({ schema }) => {
    Reflect.deleteProperty((schema as { properties: JsonObject }).properties, name);
  };
}

async function plan(
  mappingText: string,
  existing: ReadonlyMap<string, Blueprint>,
): Promise<BlueprintPlan> {
  const { names } = findMappedNames(await parseMapping(mappingText));
  return planBlueprints(names, existing, readKnownSets());
}

/** What a plan does, in short. */
function summarize({ blueprints }: BlueprintPlan): Record<string, string[]> {
  return Object.fromEntries(
    blueprints.map(({ identifier, create, properties, relations, values }) => [
      identifier,
      create === undefined
        ? [
            ...properties.keys(),
            ...relations.keys(),
            ...[...values].map(([name, added]) => `${name}: ${[...added.keys()].join(", ")}`),
          ]
        : ["create"],
    ]),
  );
}

const nothing = { refused: [], unknown: [], byHand: [], differing: [] };
const none = new Map<string, Blueprint>();
const ours = readDefaultFile("mapping.yaml");
const guide = readDefaultFile("guide/mapping.yaml");
const analytics = readDefaultFile("guide/mapping-analytics.yaml");

function mappingOf(blueprint: string, properties: string[], relations: string[] = []): string {
  const mappings = {
    identifier: ".id",
    blueprint,
    properties: Object.fromEntries(properties.map((name) => [name, ".id"])),
    relations: Object.fromEntries(relations.map((name) => [name, ".id"])),
  };
  const resource = {
    kind: "services",
    selector: { query: "true" },
    port: { entity: { mappings } },
  };
  return JSON.stringify({ resources: [resource] });
}

test("planBlueprints() creates all that the default mapping writes, with every relation", async () => {
  const planned = await plan(ours, none);
  expect(planned).toMatchObject(nothing);
  const known = readBlueprints("blueprints.json");
  expect(planned.blueprints.map(({ identifier }) => identifier).toSorted()).toEqual(
    [...known.keys()].toSorted(),
  );
  for (const { identifier, properties, relations } of planned.blueprints) {
    expect(properties).toEqual(new Map(known.get(identifier)?.properties));
    expect(relations).toEqual(new Map(known.get(identifier)?.relations));
  }
  expect(await plan(ours, known)).toEqual({ ...nothing, blueprints: [] });
});

test("planBlueprints() follows the set of blueprints that the mapping was written for", async () => {
  const planned = await plan(guide, none);
  expect(planned).toMatchObject(nothing);
  const created = new Map(planned.blueprints.map((each) => [each.identifier, each]));
  expect([...created.keys()].toSorted()).toEqual([
    "pagerdutyIncident",
    "pagerdutySchedule",
    "pagerdutyService",
  ]);
  expect(created.get("pagerdutyService")?.properties.get("oncall")).toMatchObject({
    type: "array",
  });
  expect(created.get("pagerdutyIncident")?.relations.get("pagerdutyService")?.many).toBe(true);
  expect(created.get("pagerdutyIncident")?.properties.has("analytics")).toBe(false);
  expect(summarize(await plan(analytics, none))).toEqual({
    pagerdutyIncident: ["create"],
    pagerdutyService: ["create"],
  });
});

test("planBlueprints() adds one missing property, and no more", async () => {
  const table: [string, ReadonlyMap<string, Blueprint>, Record<string, string[]>][] = [
    // The guide's first step towards analytics.
    [analytics, readBlueprints("guide/blueprints.json"), { pagerdutyIncident: ["analytics"] }],
    [
      ours,
      readBlueprints("blueprints.json", { pagerdutyService: removeProperty("teams") }),
      { pagerdutyService: ["teams"] },
    ],
    [
      ours,
      readBlueprints("blueprints.json", {
        pagerdutyService: (blueprint) => (blueprint["relations"] = {}),
      }),
      { pagerdutyService: ["pagerdutyEscalationPolicy"] },
    ],
    // Missing, but the mapping does not write it.
    [
      mappingOf('"pagerdutyService"', ["url"]),
      readBlueprints("blueprints.json", { pagerdutyService: removeProperty("teams") }),
      {},
    ],
    // A property of another set than the one that the mapping follows.
    [
      mappingOf('"pagerdutyIncident"', ["responder", "priority"], ["pagerdutyService"]),
      readBlueprints("guide/blueprints.json"),
      { pagerdutyIncident: ["priority"] },
    ],
  ];
  for (const [mapping, existing, expected] of table) {
    const planned = await plan(mapping, existing);
    expect(planned).toMatchObject(nothing);
    expect(summarize(planned)).toEqual(expected);
  }
});

function changeStatus(status: (values: readonly string[]) => JsonObject): Change {
  return ({ schema }) => {
    const { properties } = schema as { properties: JsonObject };
    const { enum: values } = properties["status"] as { enum: string[] };
    properties["status"] = { type: "string", ...status(values) };
  };
}

test.each<[string, (values: readonly string[]) => JsonObject, boolean]>([
  ["lacks it alone", (values) => ({ enum: values.filter((one) => one !== "deleted") }), true],
  [
    "lacks it and has others",
    (values) => ({ enum: [...values.filter((one) => one !== "deleted"), "retired"] }),
    true,
  ],
  ["has it", (values) => ({ enum: [...values] }), false],
  ["lacks another of ours too", () => ({ enum: ["active", "warning"] }), false],
  ["takes any value", () => ({}), false],
])(
  "planBlueprints() adds deleted to a service's status only where it %s",
  async (_name, status, isAdded) => {
    const existing = readBlueprints("blueprints.json", { pagerdutyService: changeStatus(status) });
    const planned = await plan(ours, existing);
    expect(planned).toMatchObject(nothing);
    expect(summarize(planned)).toEqual(isAdded ? { pagerdutyService: ["status: deleted"] } : {});
    // Where the mapping does not write it, it is not ours.
    expect(summarize(await plan(mappingOf('"pagerdutyService"', ["url"]), existing))).toEqual({});
  },
);

test("planBlueprints() adds nothing to the status of the guide's service for the guide's mapping", async () => {
  const planned = await plan(analytics, readBlueprints("guide/blueprints.json"));
  expect(summarize(planned)).not.toHaveProperty("pagerdutyService");
});

test("planBlueprints() creates the target of a relation that it adds", async () => {
  const existing = readBlueprints("guide/blueprints.json");
  const mapping = mappingOf('"pagerdutyService"', ["url"], ["pagerdutyEscalationPolicy"]);
  expect(summarize(await plan(mapping, existing))).toEqual({
    pagerdutyEscalationPolicy: ["create"],
    pagerdutyService: ["pagerdutyEscalationPolicy"],
  });
  // Without the relation nothing needs its target.
  expect(summarize(await plan(mappingOf('"pagerdutyService"', ["url"]), none))).toEqual({
    pagerdutyService: ["create"],
  });
});

test("planBlueprints() refuses a relation that exists and is another", async () => {
  const incident = { blueprint: "pagerdutyIncident", wantedRelation: "pagerdutyService" };
  const one = { target: "pagerdutyService", many: false };
  const many = { target: "pagerdutyService", many: true };
  const relate = (relation: JsonObject): Record<string, Change> => ({
    pagerdutyIncident: (blueprint) => (blueprint["relations"] = { pagerdutyService: relation }),
  });
  const table: [string, ReadonlyMap<string, Blueprint>, object][] = [
    [
      ours,
      readBlueprints("guide/webhook-blueprints.json"),
      {
        ...incident,
        relation: "microservice",
        there: { target: "microservice", many: true },
        wanted: one,
      },
    ],
    [
      analytics,
      readBlueprints("guide/webhook-blueprints.json"),
      {
        ...incident,
        relation: "microservice",
        there: { target: "microservice", many: true },
        wanted: many,
      },
    ],
    [
      ours,
      readBlueprints("guide/blueprints.json"),
      { ...incident, relation: "pagerdutyService", there: many, wanted: one },
    ],
    [
      ours,
      readBlueprints(
        "blueprints.json",
        relate({ target: "service", required: false, many: false }),
      ),
      {
        ...incident,
        relation: "pagerdutyService",
        there: { target: "service", many: false },
        wanted: one,
      },
    ],
  ];
  for (const [mapping, existing, expected] of table) {
    const planned = await plan(mapping, existing);
    expect(planned.refused).toEqual([expected as never]);
    // Nothing is planned for a blueprint that is refused.
    expect(summarize(planned)).not.toHaveProperty("pagerdutyIncident");
  }
});

test("planBlueprints() takes other relations of a person for additions", async () => {
  const existing = readBlueprints("blueprints.json", {
    pagerdutyIncident: (blueprint) =>
      (blueprint["relations"] = {
        team: { target: "team", required: false, many: false },
        ["service"]: { target: "pagerdutyService", required: false, many: true },
      }),
  });
  const planned = await plan(ours, existing);
  expect(planned).toMatchObject(nothing);
  expect(summarize(planned)).toEqual({ pagerdutyIncident: ["pagerdutyService"] });
});

test("planBlueprints() never guesses", async () => {
  const names = ["tier", "url"];
  const blueprint = "pagerdutyService";
  const byHand = [
    { blueprint, field: "properties.tier", reason: "unknown" },
    { blueprint, field: "relations.team", reason: "unknown" },
  ];
  const mapping = mappingOf('"pagerdutyService"', names, ["team"]);
  expect(await plan(mapping, none)).toMatchObject({ ...nothing, byHand });
  expect(await plan(mapping, readBlueprints("blueprints.json"))).toEqual({
    ...nothing,
    byHand: byHand as never,
    blueprints: [],
  });
  // There by a person's hand, whatever its type.
  const custom = readBlueprints("blueprints.json", {
    pagerdutyService: ({ schema }) =>
      ((schema as { properties: JsonObject }).properties["tier"] = { type: "object" }),
  });
  expect(await plan(mappingOf('"pagerdutyService"', names), custom)).toEqual({
    ...nothing,
    blueprints: [],
  });
  expect(await plan(mappingOf('"other"', names), none)).toEqual({
    ...nothing,
    blueprints: [],
    unknown: [{ blueprint: "other", resources: ["services[0]"] }],
  });
});

test("planBlueprints() tells of computed properties and of other types, and changes neither", async () => {
  const existing = readBlueprints("blueprints.json", {
    pagerdutyService: (blueprint) => {
      removeProperty("url")(blueprint);
      blueprint["calculationProperties"] = { url: { type: "string", calculation: ".identifier" } };
      const { properties } = blueprint["schema"] as { properties: JsonObject };
      properties["escalationLevels"] = { type: "string" };
    },
  });
  expect(await plan(ours, existing)).toEqual({
    ...nothing,
    blueprints: [],
    byHand: [{ blueprint: "pagerdutyService", field: "properties.url", reason: "computed" }],
    differing: [
      {
        blueprint: "pagerdutyService",
        property: "escalationLevels",
        there: "string",
        known: "number",
      },
    ],
  });
});

test("findMappedNames() leaves out what is computed, and what makes no entity", async () => {
  const found = findMappedNames(await parseMapping(mappingOf(".type", ["a"])));
  expect(found).toEqual({ names: new Map(), computed: ["services[0]"] });
  for (const literal of ["null", '""']) {
    const skipped = findMappedNames(await parseMapping(mappingOf(literal, ["a"])));
    expect(skipped).toEqual({ names: new Map(), computed: [] });
  }
});
