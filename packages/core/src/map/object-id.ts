import { isJsonNumber, isJsonObject, type Json } from "../json.ts";

/**
 * The name that messages give an object: its id; of an on-call, which has none, the ids of what it joins;
 * otherwise its place in the page.
 */
export function nameObject(object: Json, position: number): string {
  if (!isJsonObject(object)) return placeOf(position);
  const { id } = object;
  if (typeof id === "string" || isJsonNumber(id)) return String(id);
  const parts = ["escalation_policy", "user", "schedule"].map((key) => idOf(object[key]));
  const known = parts.filter((part) => part !== undefined);
  return known.length < 2 ? placeOf(position) : known.join("/");
}

function placeOf(position: number): string {
  return `#${position + 1}`;
}

function idOf(reference: Json | undefined): string | undefined {
  return isJsonObject(reference) && typeof reference["id"] === "string"
    ? reference["id"]
    : undefined;
}
