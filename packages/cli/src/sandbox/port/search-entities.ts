import { type Catalog, listOf } from "./catalog.ts";
import type { StoredEntity } from "./entity-store.ts";
import { isObject, isSame, type JsonObject } from "./json-object.ts";
import { invalid } from "./port-errors.ts";
import { computedValue } from "./computed-value.ts";

/** Whether an entity is one that is searched for. */
type Test = (entity: StoredEntity) => boolean;

/** The entities among `candidates` that a query of Port's matches; throws 422 where it is none. */
export function searchEntities(
  catalog: Catalog,
  query: JsonObject,
  candidates: Iterable<StoredEntity>,
): StoredEntity[] {
  const test = testOf(catalog, query);
  const found: StoredEntity[] = [];
  for (const entity of candidates) if (test(entity)) found.push(entity);
  return found;
}

/** The test that a query stands for. */
export function testOf(catalog: Catalog, query: JsonObject): Test {
  const { combinator, rules } = query;
  if ((combinator !== "and" && combinator !== "or") || !Array.isArray(rules)) {
    throw invalid("query must have a combinator of and|or, and rules");
  }
  const tests = rules.map((rule: unknown) => {
    if (!isObject(rule)) throw invalid("every rule must be object");
    return "combinator" in rule ? testOf(catalog, rule) : ruleOf(catalog, rule);
  });
  return combinator === "and"
    ? (entity) => tests.every((test) => test(entity))
    : (entity) => tests.some((test) => test(entity));
}

function ruleOf(catalog: Catalog, rule: JsonObject): Test {
  const { operator, value } = rule;
  if (operator === "relatedTo") return relatedTo(catalog, rule);
  if (typeof rule["property"] !== "string" || typeof operator !== "string") {
    throw invalid("every rule must have property and operator");
  }
  const name = rule["property"];
  if (operator === "in" && isTexts(value)) {
    const wanted = new Set<unknown>(value);
    return (entity) => wanted.has(fieldOf(catalog, entity, name));
  }
  const holds = operators[operator];
  if (holds === undefined) throw invalid(`operator ${operator} is not known`);
  return (entity) => holds(fieldOf(catalog, entity, name), value);
}

/** Directly related only, in either direction. */
function relatedTo(catalog: Catalog, rule: JsonObject): Test {
  const wanted = new Set([rule["value"]].flat());
  const blueprint = rule["blueprint"];
  return (entity) => {
    const relations = catalog.findBlueprint(entity.blueprint)?.relations ?? {};
    const down = Object.entries(entity.relations).some(
      ([name, value]) =>
        relations[name]?.target === blueprint && listOf(value).some((id) => wanted.has(id)),
    );
    return (
      down ||
      catalog.entities
        .dependentsOf(entity)
        .some((other) => other.blueprint === blueprint && wanted.has(other.identifier))
    );
  };
}

function fieldOf(catalog: Catalog, entity: StoredEntity, name: string): unknown {
  switch (name) {
    case "$identifier":
      return entity.identifier;
    case "$blueprint":
      return entity.blueprint;
    case "$title":
      return entity.title;
    case "$icon":
      return entity.icon;
    case "$team":
      return entity.team;
    case "$datasource":
      return entity.datasource;
    case "$createdAt":
      return entity.createdAt;
    case "$updatedAt":
      return entity.updatedAt;
    default:
      return entity.properties[name] ?? computedValue(catalog, entity, name);
  }
}

const operators: Readonly<Record<string, (field: unknown, value: unknown) => boolean>> = {
  "=": equals,
  "!=": (field, value) => !equals(field, value),
  in: isAnyOf,
  notIn: (field, value) => !isAnyOf(field, value),
  contains,
  doesNotContains: (field, value) => !contains(field, value),
  containsAny: (field, value) => [value].flat().some((each) => contains(field, each)),
  beginsWith: (field, value) => textOf(field).startsWith(textOf(value)),
  doesNotBeginsWith: (field, value) => !textOf(field).startsWith(textOf(value)),
  endsWith: (field, value) => textOf(field).endsWith(textOf(value)),
  doesNotEndsWith: (field, value) => !textOf(field).endsWith(textOf(value)),
  isEmpty,
  isNotEmpty: (field) => !isEmpty(field),
  ">": (field, value) => compare(field, value) > 0,
  ">=": (field, value) => compare(field, value) >= 0,
  "<": (field, value) => compare(field, value) < 0,
  "<=": (field, value) => compare(field, value) <= 0,
  between,
  notBetween: (field, value) => !between(field, value),
};

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function equals(field: unknown, value: unknown): boolean {
  return isSame(field ?? null, value ?? null);
}

function isAnyOf(field: unknown, value: unknown): boolean {
  return Array.isArray(value) && value.some((each) => equals(field, each));
}

function contains(field: unknown, value: unknown): boolean {
  if (Array.isArray(field)) return field.some((each) => equals(each, value));
  return typeof field === "string" && field.includes(textOf(value));
}

function isEmpty(field: unknown): boolean {
  return field === undefined || field === null || field === "";
}

function between(field: unknown, value: unknown): boolean {
  if (!isObject(value)) return false;
  return compare(field, value["from"]) >= 0 && compare(field, value["to"]) <= 0;
}

/** NaN where the two cannot be compared, so that no comparison holds. Times are compared as instants. */
function compare(field: unknown, value: unknown): number {
  if (typeof field === "number" && typeof value === "number") return field - value;
  return Date.parse(textOf(field)) - Date.parse(textOf(value));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
