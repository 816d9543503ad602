import { ConfigError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { type PortBlueprint, readBlueprint } from "../sink/port/read-blueprint.ts";

/** A blueprint as Port takes it. */
export type BlueprintJson = JsonObject & { readonly identifier: string };

/** What one blueprint lacks. */
export interface BlueprintChange {
  readonly blueprint: string;
  readonly action: "create" | "extend";
  /** `properties.x` and `relations.y` that are added to one that is there. */
  readonly added: readonly string[];
  readonly body: JsonObject;
}

/** Parts of a blueprint whose values Port computes: sent along, so that none is taken for left out. */
const computedParts = ["calculationProperties", "mirrorProperties", "aggregationProperties"];

/**
 * Works out what Port lacks of blueprints: those that are missing, and of the others the properties and
 * relations that are. What is there stays as it is, types and titles included.
 *
 * @throws {ConfigError} naming the relation that leads elsewhere than it has to
 */
export async function planBlueprintChanges(
  port: PortClient,
  wanted: readonly BlueprintJson[],
  signal?: AbortSignal,
): Promise<BlueprintChange[]> {
  const changes: BlueprintChange[] = [];
  for (const body of wanted) {
    const { identifier: blueprint } = body;
    const there = await readBlueprint(port, blueprint, signal);
    if (there === undefined) {
      changes.push({ blueprint, action: "create", added: [], body });
      continue;
    }
    const change = planAdditions(there, body);
    if (change !== undefined) changes.push(change);
  }
  return changes;
}

/** Makes the changes, in their order. */
export async function applyBlueprintChanges(
  port: PortClient,
  changes: readonly BlueprintChange[],
  signal?: AbortSignal,
): Promise<void> {
  for (const { action, blueprint, body } of changes) {
    if (action === "create") {
      await port.send({ method: "POST", path: "/blueprints", body, signal });
      continue;
    }
    const path = `/blueprints/${encodeURIComponent(blueprint)}`;
    await port.send({ method: "PATCH", path, body, signal });
  }
}

function planAdditions(
  { identifier, json, computed }: PortBlueprint,
  wanted: JsonObject,
): BlueprintChange | undefined {
  const schema = objectAt(json, "schema");
  const properties = objectAt(schema, "properties");
  const relations = objectAt(json, "relations");
  const wantedProperties = Object.entries(objectAt(objectAt(wanted, "schema"), "properties"));
  const newProperties = wantedProperties.filter(
    ([name]) => !(name in properties) && !computed.has(`properties.${name}`),
  );
  const wantedRelations = Object.entries(objectAt(wanted, "relations"));
  for (const [name, relation] of wantedRelations) {
    if (name in relations) checkRelation(identifier, name, relations[name], relation);
  }
  const newRelations = wantedRelations.filter(([name]) => !(name in relations));
  const added = [
    ...newProperties.map(([name]) => `properties.${name}`),
    ...newRelations.map(([name]) => `relations.${name}`),
  ];
  if (added.length === 0) return undefined;
  return {
    blueprint: identifier,
    action: "extend",
    added,
    // All that it has is sent back: no document tells whether Port replaces or merges what is sent.
    body: {
      ...Object.fromEntries(computedParts.map((part) => [part, objectAt(json, part)])),
      schema: { ...schema, properties: { ...properties, ...Object.fromEntries(newProperties) } },
      relations: { ...relations, ...Object.fromEntries(newRelations) },
    },
  };
}

function checkRelation(
  blueprint: string,
  name: string,
  there: Json | undefined,
  wanted: Json,
): void {
  const [isMany, mustBeMany] = [there, wanted].map((one) => valueAt(one, "many") === true);
  const [leads, mustLead] = [there, wanted].map((one) => valueAt(one, "target"));
  if (isMany === mustBeMany && leads === mustLead) return;
  throw new ConfigError(
    `Cannot use blueprint '${blueprint}' as its relation '${name}' must lead to ${describe(mustLead, mustBeMany)}: it leads to ${describe(leads, isMany)}. Rename the relation in Port, or use another blueprint`,
  );
}

function describe(target: Json | undefined, isMany: boolean | undefined): string {
  return `${isMany === true ? "many" : "one"} of ${typeof target === "string" ? `'${target}'` : "nothing"}`;
}

function objectAt(value: JsonObject, name: string): JsonObject {
  const found = value[name];
  return isJsonObject(found) ? found : {};
}

function valueAt(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
