import { expect, test } from "bun:test";
import { type Arbitrary, assert, jsonValue, property } from "fast-check";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { caseCount } from "../../testing/test-size.ts";
import { EntityIndex } from "./entity-index.ts";
import { hashValue } from "./hash-value.ts";
import type { PortEntity } from "./port-entity.ts";

const fields = ["properties.status", "properties.tags", "properties.at", "relations.service"];

function entity(changes: Partial<PortEntity> = {}): PortEntity {
  return {
    identifier: "Q1",
    blueprint: "pagerdutyIncident",
    title: "Broken",
    properties: { status: "triggered", tags: ["a", "b"], at: "2026-01-02T03:04:05Z" },
    relations: { service: "P1" },
    ...changes,
  };
}

function indexOf(stored: JsonObject): EntityIndex {
  const index = new EntityIndex(fields);
  index.add("Q1", stored, 1);
  return index;
}

const stored: JsonObject = {
  title: "Broken",
  properties: { status: "triggered", tags: ["a", "b"], at: "2026-01-02T03:04:05.000Z" },
  relations: { service: ["P1"] },
};

test.each<[string, Partial<PortEntity>, string[]]>([
  ["nothing", {}, []],
  ["a property", { properties: { status: "resolved" } }, ["properties.status"]],
  ["the order of a list", { properties: { tags: ["b", "a"] } }, ["properties.tags"]],
  ["an equal instant", { properties: { at: "2026-01-02T04:04:05+01:00" } }, []],
  ["another instant", { properties: { at: "2026-01-02T03:04:06Z" } }, ["properties.at"]],
  ["a cleared property", { properties: { status: null } }, ["properties.status"]],
  ["a null where there is nothing", { properties: { missing: null } }, []],
  ["a list of one relation", { relations: { service: ["P1"] } }, []],
  ["another relation", { relations: { service: "P2" } }, ["relations.service"]],
  ["a cleared relation", { relations: { service: null } }, ["relations.service"]],
  ["the title", { title: "Mended" }, ["title"]],
  ["the icon", { icon: "pagerduty" }, ["icon"]],
  ["a team", { team: "sre" }, ["team"]],
])("compare() of %s, merging", (_name, changes, changed) => {
  const comparison = indexOf(stored).compare("Q1", entity(changes), { merge: true });
  expect(comparison.changed).toEqual(changed);
  expect(comparison.action).toBe(changed.length === 0 ? "unchanged" : "update");
});

test("compare() takes one team and a list of one for the same", () => {
  const index = indexOf({ ...stored, team: ["sre"] });
  expect(index.compare("Q1", entity({ team: "sre" }), { merge: true }).action).toBe("unchanged");
});

test("compare() leaves alone what a person has set, where merging is on", () => {
  const index = indexOf({ ...stored, properties: { status: "triggered", note: "mine" } });
  const written = entity({ properties: { status: "triggered" } });
  expect(index.compare("Q1", written, { merge: true }).action).toBe("unchanged");
  expect(index.compare("Q1", written, { merge: false })).toEqual({
    action: "update",
    changed: ["other fields"],
  });
});

test("compare() without merging sees what the entity does not name", () => {
  const index = indexOf(stored);
  const written = entity({ properties: { status: "triggered" } });
  expect(index.compare("Q1", written, { merge: false }).changed).toEqual([
    "properties.at",
    "properties.tags",
  ]);
});

test("compare() does not look at what Port computes", () => {
  const index = new EntityIndex(["properties.status"], new Set(["properties.age"]));
  index.add("Q1", { title: "Broken", properties: { status: "triggered", age: 3 } }, 1);
  const same = { ...entity(), properties: { status: "triggered" }, relations: {} };
  expect(index.compare("Q1", same, { merge: false }).changed).toEqual([]);
  const other = { ...same, properties: { status: "triggered", age: 4 } };
  for (const merge of [true, false]) {
    expect(index.compare("Q1", other, { merge }).action).toBe("unchanged");
  }
});

test("compare() takes names as they are, with dots and of what every object has", () => {
  const index = new EntityIndex(["properties.a.b", "properties.constructor"]);
  index.add("Q1", { title: "Broken", properties: { "a.b": 1 } }, 1);
  const written = { ...entity(), properties: { "a.b": 1 }, relations: {} };
  expect(index.compare("Q1", written, { merge: false }).changed).toEqual([]);
  const other = { ...written, properties: { "a.b": 2, constructor: "mine" } };
  expect(index.compare("Q1", other, { merge: true }).changed).toEqual([
    "properties.a.b",
    "properties.constructor",
  ]);
});

test("compare() of an entity that Port does not have is a creation", () => {
  const comparison = indexOf(stored).compare("Q2", entity(), { merge: true });
  expect(comparison).toEqual({ action: "create", changed: [] });
});

test("add() of many keeps each apart, and the last of one", () => {
  const index = new EntityIndex(["properties.n"]);
  for (let n = 0; n < 1000; n += 1) index.add(`id-${n}`, { properties: { n } }, n);
  index.add("id-7", { properties: { n: -7 } }, 7);
  expect(index.size).toBe(1000);
  for (let n = 0; n < 1000; n += 1) {
    const written = entity({ properties: { n: n === 7 ? -7 : n } });
    expect(index.compare(`id-${n}`, written, { merge: true }).changed).toEqual(["title"]);
  }
  expect([...index.entries()].length).toBe(1000);
});

test("hashValue() of different values differs, of equal ones does not", () => {
  const json = jsonValue({ maxDepth: 3 }) as Arbitrary<Json>;
  assert(
    property(json, json, (one, other) => {
      expect(hashValue(structuredClone(one))).toEqual(hashValue(one));
      if (JSON.stringify(one) === JSON.stringify(other)) return;
      if (isSame(one, other)) return;
      expect(hashValue(one)).not.toEqual(hashValue(other));
    }),
    { numRuns: caseCount(1000) },
  );
});

test("hashValue() does not depend on the order of keys", () => {
  expect(hashValue({ a: 1, b: { c: 2, d: 3 } })).toEqual(hashValue({ b: { d: 3, c: 2 }, a: 1 }));
});

/** Equal but for the order of keys, and -0. */
function isSame(one: Json, other: Json): boolean {
  const sorted = (value: Json): Json =>
    Array.isArray(value)
      ? value.map(sorted)
      : isJsonObject(value)
        ? Object.fromEntries(
            Object.keys(value)
              .toSorted()
              .map((key) => [key, sorted(value[key] ?? null)]),
          )
        : value;
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}
