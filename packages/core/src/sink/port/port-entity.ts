import { isJsonObject, type Json, type JsonObject } from "../../json.ts";

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

/** A part of an entity that is compared: `title`, `icon`, `team`, `properties.x` or `relations.y`. */
export interface EntityField {
  readonly path: string;
  readonly group: "properties" | "relations" | undefined;
  readonly name: string;
}

/** An entity as it is written, or as Port gives it. */
type Readable = { readonly [part in keyof PortEntity]?: Json | undefined };

/** Reads a path such as `properties.status`; a name may hold dots itself. */
export function parseField(path: string): EntityField {
  const dot = path.indexOf(".");
  const group = path.slice(0, Math.max(dot, 0));
  return group === "properties" || group === "relations"
    ? { path, group, name: path.slice(dot + 1) }
    : { path, group: undefined, name: path };
}

/**
 * What an entity has in a field; undefined where it does not name it. Null and absent are the same to
 * Port; so are one team and a list of one, and one relation and a list of one.
 */
export function readField(entity: Readable, field: EntityField): Json | undefined {
  const { group, name } = field;
  if (group === undefined) {
    if (name === "team") return asList(entity.team);
    return name === "title" || name === "icon" ? entity[name] : undefined;
  }
  const values = entity[group];
  if (!isJsonObject(values) || !Object.hasOwn(values, name)) return undefined;
  return group === "relations" ? asList(values[name]) : values[name];
}

/** Whether an entity has something in a property or relation that is not among those named. */
export function hasOthers(
  entity: Readable,
  known: Readonly<Record<"properties" | "relations", ReadonlySet<string>>>,
): boolean {
  return (["properties", "relations"] as const).some((group) => {
    const values = entity[group];
    if (!isJsonObject(values)) return false;
    return Object.keys(values).some((name) => {
      if (known[group].has(name)) return false;
      const value = group === "relations" ? asList(values[name]) : values[name];
      return value !== undefined && value !== null;
    });
  });
}

/** Nothing, and a list of nothing, are both null: Port reads an empty relation back as either. */
function asList(value: Json | undefined): Json | undefined {
  if (value === undefined || value === null) return value;
  if (Array.isArray(value)) return value.length === 0 ? null : value;
  return typeof value === "string" ? [value] : value;
}
