import type { JsonObject } from "../json.ts";
import { isJsonObject } from "../json.ts";
import { literalOf } from "../map/expression.ts";
import type { Mapping, Resource } from "../map/mapping.ts";
import type { TimeRange } from "../source/listing-plan.ts";

/** What tells whether an entity's incident lies outside of what was read. */
export interface IncidentAge {
  /** Properties to be read of the entity, as `properties.x`. */
  readonly fields: readonly string[];
  /** Whether an entity was not produced because of its age, or may be so. */
  isAged(content: JsonObject): boolean;
}

/**
 * How the age of a blueprint's entities is told: by a property that the mapping makes of `.created_at`.
 * An entity is aged where some resource that may feed its blueprint read no incidents of its time; one
 * whose time is unknown is, where any of them left out some time at all.
 *
 * @param ranges what was read for each resource, by its place in the mapping
 * @returns undefined where no entity of the blueprint can be aged: no incidents, or all of all time
 */
export function findIncidentAge(
  mapping: Mapping,
  blueprint: string,
  ranges: ReadonlyMap<number, TimeRange | undefined>,
): IncidentAge | undefined {
  const feeding = mapping.resources.filter(
    (resource) => resource.kind === "incidents" && mayFeed(resource, blueprint),
  );
  const read = feeding.flatMap(({ index }) => ranges.get(index) ?? []);
  const bounded = read.filter(({ since }) => since !== undefined);
  if (bounded.length === 0) return undefined;
  const names = [...new Set(feeding.flatMap((resource) => listTimes(resource, blueprint)))];
  return {
    fields: names.map((name) => `properties.${name}`),
    isAged: (content) => {
      const created = readTime(content, names);
      return (
        created === undefined ||
        bounded.some(({ since = -Infinity, until }) => created < since || created >= until)
      );
    },
  };
}

function mayFeed(resource: Resource, blueprint: string): boolean {
  return resource.entities.some((template) => {
    const literal = literalOf(template.blueprint);
    return literal === undefined || literal.value === blueprint;
  });
}

/** Properties that hold when the incident was created. */
function listTimes(resource: Resource, blueprint: string): string[] {
  // What is made of an item has times of its own.
  if (resource.items !== undefined || !mayFeed(resource, blueprint)) return [];
  return resource.entities.flatMap(({ properties }) =>
    properties.filter(([, { source }]) => source.trim() === ".created_at").map(([name]) => name),
  );
}

function readTime({ properties }: JsonObject, names: readonly string[]): number | undefined {
  if (!isJsonObject(properties)) return undefined;
  for (const name of names) {
    const value = properties[name];
    const time = Date.parse(typeof value === "string" ? value : "");
    if (!Number.isNaN(time)) return time;
  }
  return undefined;
}
