import { expect, test } from "bun:test";
import type { Json, JsonObject } from "../../../json.ts";
import type { Mapping } from "../../../map/mapping.ts";
import { parseMapping } from "../../../map/parse/parse-mapping.ts";
import { parseBlueprint } from "../../../sink/port/blueprint.ts";
import { findStubObstacle, looksLikeStub, planStub, type StubPlan } from "./plan-stub.ts";

const text = `
resources:
  - kind: services
    selector: {query: 'true'}
    port:
      entity:
        mappings:
          identifier: .id
          blueprint: '"service"'
          title: '"\\(.name) is \\(.status)"'
          team: .escalation_policy.summary
          properties:
            status: .status
            url: .html_url
            oncall: .__oncall_user | sort_by(.escalation_level) | .[0].user.email
            seconds: '[.__analytics.mean_seconds_to_resolve] | @csv'
            state: 'if .status == "active" then "on" else "off" end'
            page: .status_page.id
            computed: .status
            unknown: .status
          relations:
            policy: .escalation_policy.id
            policies: '[.escalation_policy.id]'
            owner: .teams[0].id
            found:
              combinator: '"and"'
              rules:
                - {property: '"name"', operator: '"="', value: .escalation_policy.summary}
  - kind: users
    selector: {query: 'true'}
    port:
      entity:
        mappings: {identifier: .id, blueprint: '"user"', properties: {email: .email, status: '"member"'}}
  - kind: services
    selector: {query: 'true'}
    port:
      entity:
        mappings:
          identifier: .id
          blueprint: if .id then "service" else "other" end
          properties: {second: .status}
`;

const mapping: Mapping = await parseMapping(text);

interface Given {
  readonly status?: JsonObject;
  readonly required?: Json;
  readonly requiredRelations?: readonly string[];
}

const texts = ["url", "oncall", "seconds", "state", "page", "second", "tier"];
const relations = ["policy", "policies", "owner", "found", "theirs"];

function createBlueprint({ status, required, requiredRelations = [] }: Given, name = "service") {
  const blueprint = parseBlueprint({
    identifier: name,
    schema: {
      properties: {
        ...Object.fromEntries(texts.map((one) => [one, { type: "string" }])),
        ...(status && { status }),
      },
      ...(required !== undefined && { required }),
    },
    calculationProperties: { computed: { type: "string", calculation: ".x" } },
    relations: Object.fromEntries(
      relations.map((one) => [
        one,
        { target: "x", many: one === "policies", required: requiredRelations.includes(one) },
      ]),
    ),
  });
  if (blueprint === undefined) throw new Error("It is none");
  return blueprint;
}

const stored: JsonObject = {
  identifier: "S",
  blueprint: "service",
  title: "Payments is active",
  team: ["platform"],
  properties: {
    ...Object.fromEntries(texts.map((one) => [one, "x"])),
    status: "active",
    computed: "y",
  },
  relations: { policy: "P", policies: ["P"], owner: "O", found: "F", theirs: "T" },
};

function plan(given: Given, content: JsonObject = stored): StubPlan {
  const blueprint = createBlueprint(given);
  return planStub({ mapping, blueprint, identifier: "S", stored: content });
}

const cleared = { oncall: null, seconds: null, state: null, second: null };
const clearedRelations = { policy: null, policies: null, found: null };

test.each<[string, JsonObject | undefined, Json | undefined]>([
  ["a text", { type: "string" }, "deleted"],
  [
    "a text of given values with deleted",
    { type: "string", enum: ["active", "deleted"] },
    "deleted",
  ],
  ["a text of given values without it", { type: "string", enum: ["active"] }, null],
  ["a text of a format", { type: "string", format: "url" }, null],
  ["a text of a pattern", { type: "string", pattern: "^a" }, null],
  ["a shorter text", { type: "string", maxLength: 6 }, null],
  ["a list", { type: "array" }, null],
  ["not there", undefined, undefined],
])("planStub() where status is %s", (_name, status, expected) => {
  expect(plan(status === undefined ? {} : { status })).toEqual({
    state: "write",
    entity: {
      identifier: "S",
      blueprint: "service",
      properties: { ...cleared, ...(expected !== undefined && { status: expected }) },
      relations: clearedRelations,
    },
  });
});

const status = { type: "string" };

test("planStub() of a stub changes nothing, whether Port gives null, nothing or an empty list", () => {
  const stub = {
    ...stored,
    properties: { url: "x", tier: "x", status: "deleted", oncall: null },
    relations: { policy: null, policies: [], owner: "O" },
  };
  expect(plan({ status }, stub)).toEqual({ state: "already" });
  const touched = { ...stub, properties: { ...stub.properties, oncall: "a@example.com" } };
  expect(plan({ status }, touched)).toMatchObject({
    state: "write",
    entity: { properties: { oncall: null }, relations: {} },
  });
});

test.each<[string, Given, string]>([
  ["a property that is cleared", { status, required: ["url", "oncall"] }, "properties.oncall"],
  [
    "a status that does not take deleted",
    { status: { type: "number" }, required: ["status"] },
    "properties.status",
  ],
  ["a relation that is cleared", { status, requiredRelations: ["policy"] }, "relations.policy"],
])("planStub() where the blueprint requires %s is impossible", (_name, given, field) => {
  const reason = `incidents still name it, and what is gone has no ${field}, which blueprint service requires`;
  expect(plan(given)).toEqual({ state: "impossible", reason });
  expect(findStubObstacle(mapping, createBlueprint(given))).toBe(reason);
});

test.each<[string, Given]>([
  ["what stays", { status, required: ["url", "status"], requiredRelations: ["owner", "theirs"] }],
  ["what it computes from each entity", { status, required: { jqQuery: ".x" } }],
])("planStub() where the blueprint requires %s is possible", (_name, given) => {
  expect(plan(given).state).toBe("write");
  expect(findStubObstacle(mapping, createBlueprint(given))).toBe("");
});

test("planStub() of what has no such property changes nothing of it", () => {
  const user = { mapping, blueprint: createBlueprint({}, "user"), identifier: "U", stored };
  // What is of any blueprint may be of this one.
  expect(planStub(user)).toMatchObject({
    state: "write",
    entity: { properties: { second: null } },
  });
  const withStatus = { ...user, blueprint: createBlueprint({ status }, "user") };
  expect(planStub(withStatus)).toMatchObject({
    entity: { properties: { second: null, status: "deleted" }, relations: {} },
  });
});

test("looksLikeStub() is true of a stub, and of nothing where stubs lack nothing", () => {
  const blueprint = createBlueprint({ status });
  const entity = { mapping, blueprint, identifier: "S", stored };
  expect(looksLikeStub(entity)).toBe(false);
  const stub = { ...stored, properties: { status: "deleted" }, relations: {} };
  expect(looksLikeStub({ ...entity, stored: stub })).toBe(true);
  const none = { ...mapping, resources: [] };
  expect(looksLikeStub({ ...entity, mapping: none, stored: stub })).toBe(false);
});
