import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { hashValue } from "./hash-value.ts";
import { parseField, type PortEntity, readField } from "./port-entity.ts";

/** A field that Port has otherwise than it should be. */
export interface FieldDifference {
  /** `title`, `properties.status`, `relations.service` */
  readonly field: string;
  /** Undefined where there is none. */
  readonly stored: Json | undefined;
  readonly wanted: Json | undefined;
}

/**
 * Compares an entity that would be written with the whole one that Port has, by the rules of
 * {@link EntityIndex}: over the fields that it names where merging is on, over all otherwise.
 *
 * @param options.ignored fields that no write can change, or whose value only Port can tell
 */
export function listDifferences(
  wanted: PortEntity,
  stored: JsonObject,
  options: { readonly merge: boolean; readonly ignored: ReadonlySet<string> },
): FieldDifference[] {
  const paths = new Set([
    "title",
    "icon",
    "team",
    ...listPaths("properties", wanted.properties),
    ...listPaths("relations", wanted.relations),
    ...listPaths("properties", stored["properties"]),
    ...listPaths("relations", stored["relations"]),
  ]);
  return [...paths].flatMap((path) => {
    const field = parseField(path);
    const ours = readField(wanted, field);
    if (options.ignored.has(path) || (ours === undefined && options.merge)) return [];
    const theirs = readField(stored, field);
    return isEqual(ours, theirs) ? [] : [{ field: path, stored: theirs, wanted: ours }];
  });
}

function listPaths(group: "properties" | "relations", values: Json | undefined): string[] {
  return isJsonObject(values) ? Object.keys(values).map((name) => `${group}.${name}`) : [];
}

function isEqual(one: Json | undefined, other: Json | undefined): boolean {
  const [high, low] = hashValue(one);
  const [otherHigh, otherLow] = hashValue(other);
  return high === otherHigh && low === otherLow;
}
