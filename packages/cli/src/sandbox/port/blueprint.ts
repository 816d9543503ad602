import { checkBlueprintIdentifier } from "./identifier.ts";
import { isObject, type JsonObject, objectOf, optionalObject } from "./json-object.ts";
import { invalid } from "./port-errors.ts";

/** What the values of one property may be. */
interface PropertyRule extends JsonObject {
  readonly type: "string" | "number" | "boolean" | "object" | "array";
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly items?: JsonObject;
}

/** What one relation leads to. */
interface RelationRule extends JsonObject {
  readonly target: string;
  readonly required: boolean;
  readonly many: boolean;
}

/** A blueprint, parsed; what the sandbox does not use of it is kept in `json`. */
export interface Blueprint {
  readonly identifier: string;
  readonly title: string;
  readonly properties: Readonly<Record<string, PropertyRule>>;
  readonly required: readonly string[];
  readonly relations: Readonly<Record<string, RelationRule>>;
  /** Properties that are computed when they are read: by an expression, or from a relation's target. */
  readonly calculations: Readonly<Record<string, string>>;
  readonly mirrors: Readonly<Record<string, string>>;
  readonly aggregations: readonly string[];
  /** As it was sent, with what Port adds. */
  readonly json: JsonObject;
}

const propertyTypes = ["string", "number", "boolean", "object", "array"] as const;
const propertyName = /^[A-Za-z0-9@_=\\-]+$/;
const maxTitleCharacters = 100;

/**
 * Parses a blueprint; 422 where it is not one.
 *
 * @param times when it was created and changed, ISO 8601
 */
export function parseBlueprint(
  sent: JsonObject,
  times: { readonly createdAt: string; readonly updatedAt: string },
): Blueprint {
  const identifier = checkBlueprintIdentifier(sent["identifier"]);
  const title = sent["title"];
  if (typeof title !== "string" || title === "" || title.length > maxTitleCharacters) {
    throw invalid("title must be string of 1 to 100 characters");
  }
  const schema = objectOf(sent["schema"], "schema");
  const properties = entriesOf(schema["properties"], "schema.properties", parseProperty);
  const relations = entriesOf(sent["relations"], "relations", parseRelation);
  const calculations = entriesOf(sent["calculationProperties"], "calculationProperties", (rule) =>
    textOf(rule, "calculation"),
  );
  const mirrors = entriesOf(sent["mirrorProperties"], "mirrorProperties", (rule) =>
    textOf(rule, "path"),
  );
  const aggregations = optionalObject(sent["aggregationProperties"], "aggregationProperties");
  const required = schema["required"] ?? [];
  if (!Array.isArray(required)) throw invalid("schema.required must be array");
  return {
    identifier,
    title,
    properties,
    required: required.map(String),
    relations,
    calculations,
    mirrors,
    aggregations: Object.keys(aggregations),
    json: {
      calculationProperties: {},
      mirrorProperties: {},
      aggregationProperties: {},
      ...sent,
      schema: { ...schema, required },
      relations,
      createdAt: times.createdAt,
      createdBy: "sandbox",
      updatedAt: times.updatedAt,
      updatedBy: "sandbox",
    },
  };
}

/** Whether a name is one of the properties that are computed and cannot be written. */
export function isComputed(blueprint: Blueprint, name: string): boolean {
  const { calculations, mirrors, aggregations } = blueprint;
  return name in calculations || name in mirrors || aggregations.includes(name);
}

function entriesOf<T>(
  value: unknown,
  name: string,
  parse: (rule: JsonObject, path: string) => T,
): Readonly<Record<string, T>> {
  const entries = Object.entries(optionalObject(value, name)).map(([key, rule]) => {
    const path = `${name}.${key}`;
    if (!propertyName.test(key)) throw invalid(`${path} is no valid name`);
    return [key, parse(objectOf(rule, path), path)] as const;
  });
  return Object.fromEntries(entries);
}

function parseProperty(rule: JsonObject, path: string): PropertyRule {
  const type = propertyTypes.find((known) => known === rule["type"]);
  if (type === undefined) {
    throw invalid(`${path}.type must be one of ${propertyTypes.join(", ")}`);
  }
  const values = rule["enum"];
  if (values !== undefined && !Array.isArray(values)) throw invalid(`${path}.enum must be array`);
  const { items } = rule;
  if (items !== undefined && !isObject(items)) throw invalid(`${path}.items must be object`);
  return { ...rule, type };
}

function parseRelation(rule: JsonObject, path: string): RelationRule {
  const { target, required = false, many = false } = rule;
  if (typeof target !== "string") throw invalid(`${path}.target must be string`);
  if (typeof required !== "boolean" || typeof many !== "boolean") {
    throw invalid(`${path}.required and ${path}.many must be boolean`);
  }
  if (required && many) throw invalid(`${path}: a relation of many cannot be required`);
  return { ...rule, target, required, many };
}

function textOf(rule: JsonObject, name: string): string {
  const text = rule[name];
  if (typeof text !== "string") throw invalid(`${name} must be string`);
  return text;
}
