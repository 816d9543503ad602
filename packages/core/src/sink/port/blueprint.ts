import { HttpError, PagerportError } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { PortClient } from "./port-client.ts";

/** Where one relation leads. */
export interface BlueprintRelation {
  readonly target: string;
  readonly many: boolean;
  /** As Port gives it and takes it. */
  readonly json: JsonObject;
}

/** Parts of a blueprint whose values Port computes. */
export const computedParts = [
  "calculationProperties",
  "mirrorProperties",
  "aggregationProperties",
] as const;

/** A blueprint, as far as we look into it. */
export interface Blueprint {
  readonly identifier: string;
  /** Properties that are written, by name. */
  readonly properties: ReadonlyMap<string, JsonObject>;
  readonly relations: ReadonlyMap<string, BlueprintRelation>;
  /** Names of properties that Port computes. */
  readonly computed: ReadonlySet<string>;
  /** All of it, as Port gives it and takes it. */
  readonly json: JsonObject;
}

/** A blueprint as Port gives it; undefined for what is none. */
export function parseBlueprint(value: Json | undefined): Blueprint | undefined {
  if (!isJsonObject(value) || typeof value["identifier"] !== "string") return undefined;
  const schema = objectAt(value, "schema");
  const relations = entriesAt(value, "relations").flatMap(([name, json]) => {
    const { target, many } = json;
    return typeof target === "string"
      ? [[name, { target, many: many === true, json }] as const]
      : [];
  });
  return {
    identifier: value["identifier"],
    properties: new Map(entriesAt(schema, "properties")),
    relations: new Map(relations),
    computed: new Set(computedParts.flatMap((part) => Object.keys(objectAt(value, part)))),
    json: value,
  };
}

/** Fields of a blueprint's entities that are read, and cannot be written: `properties.x`. */
export function listComputed(blueprint: Blueprint | undefined): ReadonlySet<string> {
  return new Set([...(blueprint?.computed ?? [])].map((name) => `properties.${name}`));
}

/** Lists the blueprints of the whole organisation. */
export async function listBlueprints(
  port: PortClient,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Blueprint>> {
  const { body } = await port.send({ method: "GET", path: "/blueprints", signal });
  const { blueprints } = body;
  if (!Array.isArray(blueprints)) {
    throw new PagerportError("Port's answer holds no list of blueprints: GET /v1/blueprints");
  }
  return new Map(
    blueprints.flatMap((row) => {
      const blueprint = parseBlueprint(row);
      return blueprint === undefined ? [] : [[blueprint.identifier, blueprint] as const];
    }),
  );
}

/** Reads one blueprint; undefined where Port has none of that name. */
export async function readBlueprint(
  port: PortClient,
  identifier: string,
  signal?: AbortSignal,
): Promise<Blueprint | undefined> {
  try {
    const path = `/blueprints/${encodeURIComponent(identifier)}`;
    const { body } = await port.send({ method: "GET", path, signal });
    return parseBlueprint(body["blueprint"]);
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * Creates a blueprint.
 *
 * @returns false where there is one of its identifier already: another process was faster
 */
export async function createBlueprint(
  port: PortClient,
  json: JsonObject,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await port.send({ method: "POST", path: "/blueprints", body: json, signal });
    return true;
  } catch (error) {
    if (error instanceof HttpError && error.status === 409) return false;
    throw error;
  }
}

/** Values that a property is to take besides, each with the colour that Port shows it in. */
export type AddedValues = ReadonlyMap<string, Json | undefined>;

/** What a blueprint is to get, by name. What it has of the same names stays as it is. */
export interface BlueprintAdditions {
  readonly properties: ReadonlyMap<string, JsonObject>;
  readonly relations: ReadonlyMap<string, BlueprintRelation>;
  /** For properties that it has, and that take given values only. */
  readonly values: ReadonlyMap<string, AddedValues>;
}

/**
 * Adds properties, relations and allowed values to a blueprint that was just read. All that it has is sent back with
 * them: no document tells whether Port replaces or merges what is sent, and its API's schema can be read
 * so that computed properties that are left out are taken away.
 */
export async function addToBlueprint(
  port: PortClient,
  blueprint: Blueprint,
  additions: BlueprintAdditions,
  signal?: AbortSignal,
): Promise<void> {
  const { json } = blueprint;
  const schema = objectAt(json, "schema");
  const properties = Object.fromEntries([
    ...additions.properties,
    ...Object.entries(objectAt(schema, "properties")).map(([name, property]) => {
      const values = additions.values.get(name);
      return [name, values === undefined ? property : addValues(property, values)] as const;
    }),
  ]);
  const relations = Object.fromEntries([
    ...[...additions.relations].map(([name, relation]) => [name, relation.json] as const),
    ...Object.entries(objectAt(json, "relations")),
  ]);
  await changeBlueprint(
    port,
    blueprint.identifier,
    { ...pickComputed(json), schema: { ...schema, properties }, relations },
    signal,
  );
}

/** Adds values to an enum, with their colours where the property's values have colours. */
function addValues(property: Json, values: AddedValues): Json {
  if (!isJsonObject(property) || !Array.isArray(property["enum"])) return property;
  const colors = property["enumColors"];
  const added = [...values].filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return {
    ...property,
    enum: [...property["enum"], ...values.keys()],
    ...(isJsonObject(colors) && { enumColors: { ...Object.fromEntries(added), ...colors } }),
  };
}

/** Adds computed properties to a blueprint that was just read. */
export async function addComputed(
  port: PortClient,
  blueprint: Blueprint,
  wanted: JsonObject,
  signal?: AbortSignal,
): Promise<void> {
  const parts = computedParts.map((part) => [
    part,
    { ...objectAt(wanted, part), ...objectAt(blueprint.json, part) },
  ]);
  await changeBlueprint(port, blueprint.identifier, Object.fromEntries(parts), signal);
}

async function changeBlueprint(
  port: PortClient,
  identifier: string,
  body: JsonObject,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = `/blueprints/${encodeURIComponent(identifier)}`;
  await port.send({ method: "PATCH", path, body, signal });
}

function pickComputed(json: JsonObject): JsonObject {
  return Object.fromEntries(computedParts.map((part) => [part, objectAt(json, part)]));
}

/** A part of a blueprint that may be left out. */
function objectAt(json: JsonObject, key: string): JsonObject {
  const value = json[key];
  return isJsonObject(value) ? value : {};
}

function entriesAt(json: JsonObject, key: string): [string, JsonObject][] {
  return Object.entries(objectAt(json, key)).flatMap(([name, value]) =>
    isJsonObject(value) ? [[name, value]] : [],
  );
}
