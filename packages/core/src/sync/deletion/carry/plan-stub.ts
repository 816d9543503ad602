import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import { literalOf } from "../../../map/expression.ts";
import type { EntityTemplate, Mapping } from "../../../map/mapping.ts";
import { readsKey } from "../../../map/reads-key.ts";
import type { Blueprint } from "../../../sink/port/blueprint.ts";
import { parseField, type PortEntity, readField } from "../../../sink/port/port-entity.ts";
import type { EntityRef } from "../../../store/produced.ts";

/** What is no longer true of an object that is gone: whether it works, who answers for it, its figures. */
const endedKeys: ReadonlySet<string> = new Set([
  "status",
  "__oncall_user",
  "__analytics",
  "escalation_policy",
]);

/** What the property `status` says of an object that is gone, where its blueprint takes it. */
const deletedStatus = "deleted";

export interface PlanStubOptions {
  readonly mapping: Pick<Mapping, "resources">;
  readonly blueprint: Blueprint;
  readonly identifier: string;
  /** The entity as Port gives it, whole. */
  readonly stored: JsonObject;
}

/** What is written to make a stub: never one that is searched for. */
export type StubEntity = PortEntity & EntityRef;

/** How an entity becomes a stub. */
export type StubPlan =
  /** What is written, merged into what Port has: only what changes. */
  | { readonly state: "write"; readonly entity: StubEntity }
  /** Nothing would change. */
  | { readonly state: "already" }
  /** The blueprint demands what a stub cannot have. */
  | { readonly state: "impossible"; readonly reason: string };

/**
 * Plans what becomes of an entity whose object is gone while incidents still name it. What the mapping
 * says of its state and of who answers for it goes; all else stays, so that it can be recognised.
 */
export function planStub({ mapping, blueprint, identifier, stored }: PlanStubOptions): StubPlan {
  const changes = listStubFields(mapping, blueprint).filter(
    ({ path, value }) => (readField(stored, parseField(path)) ?? null) !== value,
  );
  if (changes.length === 0) return { state: "already" };
  const reason = describeObstacle(changes, blueprint);
  if (reason !== "") return { state: "impossible", reason };
  const pick = (wanted: "properties" | "relations"): JsonObject =>
    Object.fromEntries(
      changes.flatMap(({ path, value }) => {
        const { group, name } = parseField(path);
        return group === wanted ? [[name, value]] : [];
      }),
    );
  return {
    state: "write",
    entity: {
      identifier,
      blueprint: blueprint.identifier,
      properties: pick("properties"),
      relations: pick("relations"),
    },
  };
}

/** Whether an entity has nothing that a stub has not; false where stubs of its blueprint lack nothing. */
export function looksLikeStub({ mapping, blueprint, ...entity }: PlanStubOptions): boolean {
  if (listStubFields(mapping, blueprint).length === 0) return false;
  return planStub({ mapping, blueprint, ...entity }).state === "already";
}

/** Why no entity of a blueprint can become a stub; empty where they can. */
export function findStubObstacle(
  mapping: Pick<Mapping, "resources">,
  blueprint: Blueprint,
): string {
  return describeObstacle(listStubFields(mapping, blueprint), blueprint);
}

/** A field that a stub has otherwise, and what it has there. */
interface StubField {
  readonly path: string;
  readonly value: typeof deletedStatus | null;
}

/** What every stub of a blueprint has in the fields that the mapping writes and that say what has ended. */
function listStubFields(
  { resources }: Pick<Mapping, "resources">,
  blueprint: Blueprint,
): StubField[] {
  const fields = new Map<string, StubField>();
  const takesDeleted = takesStatus(blueprint.properties.get("status"));
  for (const template of resources.flatMap(({ entities }) => entities)) {
    if (!mayMake(template, blueprint.identifier)) continue;
    for (const [name, expression] of template.properties) {
      if (!blueprint.properties.has(name)) continue;
      const path = `properties.${name}`;
      if (name === "status" && takesDeleted) fields.set(path, { path, value: deletedStatus });
      else if (readsKey(expression, endedKeys)) fields.set(path, { path, value: null });
    }
    for (const [name, expression] of template.relations) {
      if (!blueprint.relations.has(name) || !readsKey(expression, endedKeys)) continue;
      fields.set(`relations.${name}`, { path: `relations.${name}`, value: null });
    }
  }
  return [...fields.values()];
}

/** One whose blueprint is computed may make any. */
function mayMake(template: EntityTemplate, blueprint: string): boolean {
  const literal = literalOf(template.blueprint);
  return literal === undefined || literal.value === blueprint;
}

/** Whether a property takes the text `deleted`, by what Port checks. */
function takesStatus(property: JsonObject | undefined): boolean {
  if (property?.["type"] !== "string") return false;
  const { enum: allowed, format, pattern, minLength, maxLength } = property;
  if (isThere(allowed)) return Array.isArray(allowed) && allowed.includes(deletedStatus);
  const isFree = !isThere(format) && !isThere(pattern);
  const { length } = deletedStatus;
  return isFree && Number(minLength ?? 0) <= length && Number(maxLength ?? length) >= length;
}

function isThere(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}

function describeObstacle(changes: readonly StubField[], blueprint: Blueprint): string {
  const needed = changes.find(({ path, value }) => value === null && isRequired(path, blueprint));
  if (needed === undefined) return "";
  return `incidents still name it, and what is gone has no ${needed.path}, which blueprint ${blueprint.identifier} requires`;
}

function isRequired(path: string, { json, relations }: Blueprint): boolean {
  const { group, name } = parseField(path);
  if (group === "relations") return relations.get(name)?.json["required"] === true;
  const { schema } = json;
  // One that is computed from the entity cannot be told beforehand; Port refuses the stub then.
  const required = isJsonObject(schema) ? schema["required"] : undefined;
  return Array.isArray(required) && required.includes(name);
}
