import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { hashValue } from "../../sink/port/hash-value.ts";
import { parseField, type PortEntity, readField } from "../../sink/port/port-entity.ts";
import { listSearched } from "../catalog-findings.ts";

/** A field of an entity that Port fills by searching. */
interface SearchedField {
  /** `team` or `relations.x`. */
  readonly path: string;
  /** The relation's name; undefined for the team. */
  readonly relation: string | undefined;
  /**
   * The properties that it searches by, as Port's rules name them; undefined where what it finds hangs on
   * more than those.
   */
  readonly properties: readonly string[] | undefined;
}

/** All that Port searches for in place of one entity. */
export interface Searches {
  readonly fields: readonly SearchedField[];
  /** Hash of the searches. */
  readonly sent: string;
}

/** Reads what Port is to search for in place of an entity; undefined for nothing. */
export function readSearches(entity: PortEntity): Searches | undefined {
  const paths = [...listSearched(entity)].toSorted();
  if (paths.length === 0) return undefined;
  const queries = paths.map((path) => [path, readField(entity, parseField(path)) ?? null] as const);
  return {
    fields: queries.map(([path, query]) => ({
      path,
      relation: path === "team" ? undefined : parseField(path).name,
      properties: isJsonObject(query) ? listProperties(query) : undefined,
    })),
    sent: printHash(Object.fromEntries(queries)),
  };
}

/** A hash, short enough to be remembered. */
function printHash(value: Json): string {
  return hashValue(value)
    .map((half) => half.toString(36))
    .join("-");
}

/**
 * The properties that a query compares with texts, numbers and booleans. A value such as
 * `{ preset: "lastWeek" }` means another thing every day, and `relatedTo` looks at other blueprints.
 */
function listProperties(query: JsonObject): string[] | undefined {
  const found = new Set<string>();
  for (const rule of Array.isArray(query["rules"]) ? query["rules"] : []) {
    if (!isJsonObject(rule)) return undefined;
    const { property, operator, value } = rule;
    if ("combinator" in rule) {
      const inner = listProperties(rule);
      if (inner === undefined) return undefined;
      for (const name of inner) found.add(name);
      continue;
    }
    const isPlain = typeof property === "string" && operator !== "relatedTo";
    if (!isPlain || isJsonObject(value)) return undefined;
    found.add(property);
  }
  return [...found].toSorted();
}
