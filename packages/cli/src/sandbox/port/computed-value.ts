import type { Catalog } from "./catalog.ts";
import type { StoredEntity } from "./entity-store.ts";
import { isObject } from "./json-object.ts";

/**
 * The value of a property that nobody writes: a calculation or a mirror of what a relation leads to.
 * Null where it has none, undefined where the blueprint has no such property.
 *
 * Of calculations only paths and texts joined by `+` are understood, all that blueprints of PagerDuty
 * need; every other one is null.
 */
export function computedValue(catalog: Catalog, entity: StoredEntity, name: string): unknown {
  const blueprint = catalog.findBlueprint(entity.blueprint);
  const calculation = blueprint?.calculations[name];
  if (calculation !== undefined) return calculate(entity, calculation);
  const mirror = blueprint?.mirrors[name];
  if (mirror !== undefined) return follow(catalog, entity, mirror.split("."));
  return blueprint?.aggregations.includes(name) === true ? null : undefined;
}

/** Every computed property of an entity, by name. */
export function computedValues(catalog: Catalog, entity: StoredEntity): Record<string, unknown> {
  const blueprint = catalog.findBlueprint(entity.blueprint);
  if (blueprint === undefined) return {};
  const { calculations, mirrors, aggregations } = blueprint;
  const values: Record<string, unknown> = {};
  for (const name of [...Object.keys(calculations), ...Object.keys(mirrors), ...aggregations]) {
    values[name] = computedValue(catalog, entity, name);
  }
  return values;
}

/** A text in either kind of quotes, or a path such as `.properties.url`; then `+` or the end. */
const termPattern = /^\s*(?:'([^']*)'|"([^"\\]*)"|((?:\.\w+)+))\s*(?:\+|$)/;

function calculate(entity: StoredEntity, expression: string): unknown {
  let rest = expression;
  let text: string | undefined;
  let single: unknown;
  while (rest.trim() !== "") {
    const term = termPattern.exec(rest);
    if (term === null) return null;
    rest = rest.slice(term[0].length);
    const value = term[3] === undefined ? (term[1] ?? term[2]) : valueAt(entity, term[3]);
    if (rest.trim() === "" && text === undefined) {
      single = value;
      break;
    }
    if (typeof value !== "string") return null;
    text = (text ?? "") + value;
  }
  return text ?? single ?? null;
}

function valueAt(entity: StoredEntity, path: string): unknown {
  let value: unknown = entity;
  for (const name of path.slice(1).split(".")) value = isObject(value) ? value[name] : undefined;
  return value;
}

function follow(catalog: Catalog, entity: StoredEntity, path: readonly string[]): unknown {
  const [name = "", ...rest] = path;
  if (rest.length === 0) {
    if (name === "$identifier") return entity.identifier;
    if (name === "$title") return entity.title;
    return entity.properties[name] ?? null;
  }
  const blueprint = catalog.findBlueprint(entity.blueprint)?.relations[name]?.target ?? "";
  const identifier = entity.relations[name];
  if (typeof identifier !== "string") return null;
  const target = catalog.entities.get({ blueprint, identifier });
  return target === undefined ? null : follow(catalog, target, rest);
}
