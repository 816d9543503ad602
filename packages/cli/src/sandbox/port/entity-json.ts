import type { Catalog } from "./catalog.ts";
import { computedValues } from "./computed-value.ts";
import type { StoredEntity } from "./entity-store.ts";
import type { JsonObject } from "./json-object.ts";

/** An entity as Port gives it. */
export interface EntityJson {
  readonly identifier: string;
  readonly title: string | null;
  readonly icon: string | null;
  readonly blueprint: string;
  readonly team: readonly string[];
  readonly properties: JsonObject;
  readonly relations: Readonly<Record<string, string | readonly string[] | null>>;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** Which parts of entities a request wants. */
export interface Projection {
  /** `title`, `properties`, `properties.url`, `relations.service` … Empty: everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly withComputed: boolean;
}

/** All parts of an entity. */
export const everything: Projection = { include: [], exclude: [], withComputed: true };

/** An entity as a read gives it. */
export function entityJson(catalog: Catalog, entity: StoredEntity, wanted: Projection): JsonObject {
  const whole = wholeEntity(catalog, entity, wanted.withComputed);
  if (wanted.include.length === 0 && wanted.exclude.length === 0) return { ...whole };
  const isWanted = (path: string): boolean => {
    const parent = path.split(".")[0] ?? path;
    if (wanted.exclude.includes(path) || wanted.exclude.includes(parent)) return false;
    if (wanted.include.length === 0) return true;
    return wanted.include.includes(path) || wanted.include.includes(parent);
  };
  const { properties, relations, ...fields } = whole;
  return {
    ...pickFields(fields, isWanted),
    properties: pickFields(properties, (name) => isWanted(`properties.${name}`)),
    relations: pickFields(relations, (name) => isWanted(`relations.${name}`)),
  };
}

/** An entity with everything that it has. */
export function wholeEntity(
  catalog: Catalog,
  entity: StoredEntity,
  withComputed = true,
): EntityJson {
  const blueprint = catalog.findBlueprint(entity.blueprint);
  const properties: Record<string, unknown> = {};
  const relations: Record<string, string | readonly string[] | null> = {};
  if (blueprint !== undefined && catalog.behaviour.unset === "null") {
    for (const name of Object.keys(blueprint.properties)) properties[name] = null;
    for (const [name, { many }] of Object.entries(blueprint.relations)) {
      relations[name] = many ? [] : null;
    }
  }
  Object.assign(properties, entity.properties);
  Object.assign(relations, entity.relations);
  if (withComputed) Object.assign(properties, computedValues(catalog, entity));
  return {
    identifier: entity.identifier,
    title: entity.title,
    icon: entity.icon,
    blueprint: entity.blueprint,
    team: entity.team,
    properties,
    relations,
    createdAt: entity.createdAt,
    createdBy: "sandbox",
    updatedAt: entity.updatedAt,
    updatedBy: "sandbox",
  };
}

function pickFields(fields: object, isWanted: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => isWanted(name)));
}
