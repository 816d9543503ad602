import type { Json, JsonObject } from "../../json.ts";
import { hashValue } from "./hash-value.ts";
import { listFields, type PortEntity } from "./port-entity.ts";

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
  const ours = listFields(wanted);
  const theirs = listFields(stored);
  const names = options.merge ? ours.keys() : new Set([...ours.keys(), ...theirs.keys()]);
  return [...names]
    .filter((field) => !options.ignored.has(field))
    .filter((field) => !isEqual(ours.get(field), theirs.get(field)))
    .map((field) => ({ field, stored: theirs.get(field), wanted: ours.get(field) }));
}

function isEqual(one: Json | undefined, other: Json | undefined): boolean {
  const [high, low] = hashValue(one);
  const [otherHigh, otherLow] = hashValue(other);
  return high === otherHigh && low === otherLow;
}
