import type { Json, JsonObject } from "../../json.ts";

/** An entity as it is written to Port. What is not named stays as it is where merging is on. */
export interface PortEntity {
  readonly identifier: string | JsonObject;
  readonly blueprint: string;
  readonly title?: string;
  readonly icon?: string;
  readonly team?: string | string[] | JsonObject;
  readonly properties: JsonObject;
  readonly relations: JsonObject;
}

/** `blueprint/identifier`: identifiers hold no control characters, so nothing collides. */
export function nameEntity(blueprint: string, identifier: string): string {
  return `${blueprint}\n${identifier}`;
}

/**
 * What of an entity is compared, flat: `title`, `icon`, `team`, `properties.x`, `relations.y`. Null and
 * absent are the same; so are one team and a list of one, and one relation and a list of one.
 */
export function listFields(entity: {
  readonly title?: Json | undefined;
  readonly icon?: Json | undefined;
  readonly team?: Json | undefined;
  readonly properties?: Json | undefined;
  readonly relations?: Json | undefined;
}): Map<string, Json> {
  const fields = new Map<string, Json>();
  const add = (name: string, value: Json | undefined): void => {
    if (value !== undefined) fields.set(name, value);
  };
  add("title", entity.title);
  add("icon", entity.icon);
  add("team", asList(entity.team));
  for (const [name, value] of entriesOf(entity.properties)) add(`properties.${name}`, value);
  for (const [name, value] of entriesOf(entity.relations)) {
    add(`relations.${name}`, asList(value));
  }
  return fields;
}

/** Nothing, and a list of nothing, are both null: Port reads an empty relation back as either. */
function asList(value: Json | undefined): Json | undefined {
  if (value === undefined || value === null) return value;
  if (Array.isArray(value)) return value.length === 0 ? null : value;
  return typeof value === "string" ? [value] : value;
}

function entriesOf(value: Json | undefined): [string, Json][] {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : [];
}
