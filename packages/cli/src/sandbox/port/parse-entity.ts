import { checkIdentifier } from "./identifier.ts";
import { isObject, type JsonObject, objectOf, optionalObject } from "./json-object.ts";
import { invalid } from "./port-errors.ts";

/** What a relation may be sent as: nothing, one, many, or a search for them. */
export type RelationInput = string | readonly string[] | JsonObject | null;

/** An entity as it was sent, of the right shape; not yet held against its blueprint. */
export interface EntityInput {
  /** Undefined: Port makes one up. An object searches for the entity. */
  readonly identifier: string | JsonObject | undefined;
  readonly title: string | undefined;
  readonly icon: string | undefined;
  readonly team: readonly string[] | undefined;
  readonly properties: JsonObject;
  readonly relations: Readonly<Record<string, RelationInput>>;
}

/** Checks what Port's schema demands of every entity, whatever its blueprint; throws 422. */
export function parseEntity(value: unknown): EntityInput {
  const sent = objectOf(value, "entity");
  const { identifier } = sent;
  return {
    identifier:
      identifier === undefined || isObject(identifier)
        ? identifier
        : checkIdentifier(identifier, "identifier"),
    title: optionalText(sent["title"], "title"),
    icon: optionalText(sent["icon"], "icon"),
    team: teamOf(sent["team"]),
    properties: optionalObject(sent["properties"], "properties"),
    relations: relationsOf(sent["relations"]),
  };
}

function optionalText(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw invalid(`${name} must be string`);
}

function teamOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") return [value];
  // Teams are not kept here, so there is nothing that a search for them could find.
  if (isObject(value)) return [];
  return textsOf(value, "team");
}

function relationsOf(value: unknown): Readonly<Record<string, RelationInput>> {
  const relations: Record<string, RelationInput> = {};
  for (const [name, sent] of Object.entries(optionalObject(value, "relations"))) {
    relations[name] =
      sent === null || typeof sent === "string" || isObject(sent)
        ? sent
        : textsOf(sent, `relations.${name}`);
  }
  return relations;
}

function textsOf(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value)) throw invalid(`${name} must be string or array of strings`);
  return value.map((item: unknown) => {
    if (typeof item !== "string") throw invalid(`${name} must be string or array of strings`);
    return item;
  });
}
