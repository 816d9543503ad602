import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { Failure, type Outcome } from "./outcome.ts";
import type { SearchSlot, Slot } from "./plan.ts";

/** Tells a search query from a single expression. */
export function isSearchSlot(slot: Slot | SearchSlot): slot is SearchSlot {
  return typeof slot !== "function";
}

/** Reads an expression, or a search query with all its leaves. */
export function readSlot(slot: Slot | SearchSlot, input: Json, row: readonly Outcome[]): Outcome {
  return isSearchSlot(slot) ? readSearch(slot, input, row) : slot(input, row);
}

/**
 * A search query that Port would understand. It fails where one leaf fails, and is null where one leaf is
 * null: there is nothing to look for then, and Port must not look for entities that have nothing there.
 */
function readSearch(slot: SearchSlot, input: Json, row: readonly Outcome[]): Outcome {
  const combinator = slot.combinator(input, row);
  if (combinator instanceof Failure || combinator === null) return combinator;
  const rules: JsonObject[] = [];
  for (const rule of slot.rules) {
    const read = "combinator" in rule ? readSearch(rule, input, row) : readRule(rule, input, row);
    if (read instanceof Failure || read === null) return read;
    rules.push(read as JsonObject);
  }
  return { combinator, rules };
}

function readRule(
  rule: { readonly property: Slot; readonly operator: Slot; readonly value: Slot },
  input: Json,
  row: readonly Outcome[],
): Outcome {
  const read: JsonObject = {};
  for (const key of ["property", "operator", "value"] as const) {
    const leaf = rule[key](input, row);
    if (leaf instanceof Failure || leaf === null) return leaf;
    read[key] = leaf;
  }
  return read;
}

/** Whether a value is a search query, as far as can be seen. */
export function isSearchValue(value: Json): value is JsonObject {
  return isJsonObject(value) && "combinator" in value && Array.isArray(value["rules"]);
}
