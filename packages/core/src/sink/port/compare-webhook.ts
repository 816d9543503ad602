import { compareNumbers } from "../../exact-number.ts";
import { isJsonNumber, isJsonObject, type Json, type JsonObject } from "../../json.ts";

/** Settings of signatures, besides the secret. */
const signatureFields = ["signatureHeaderName", "signatureAlgorithm", "signaturePrefix"];

/**
 * Which fields of a webhook are otherwise than wanted: `title`, `mappings`, `security` … What Port fills
 * in by itself is no difference; the secret is not looked at.
 */
export function listWebhookDifferences(wanted: JsonObject, stored: JsonObject): string[] {
  return Object.keys(wanted).filter((field) => {
    const value = wanted[field];
    if (field !== "security") return !isSame(value, stored[field]);
    return signatureFields.some((name) => !isSame(at(value, name), at(stored[field], name)));
  });
}

/** A secret of a webhook, as far as Port shows it. */
export type ShownSecret =
  | { readonly is: "shown"; readonly secret: string }
  /** There is none, or Port does not tell. */
  | { readonly is: "absent" }
  /** There is one. */
  | { readonly is: "masked" };

/** What Port shows of a webhook's secret. */
export function readShownSecret(webhook: JsonObject): ShownSecret {
  const secret = at(webhook["security"], "secret");
  if (typeof secret !== "string" || secret === "") return { is: "absent" };
  return /^[*•]+$/.test(secret) ? { is: "masked" } : { is: "shown", secret };
}

/** Nothing, null, and an empty list or object are the same; so is an operation that is the usual one. */
function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (isNothing(one) || isNothing(other)) return isNothing(one) && isNothing(other);
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, place) => isSame(item, other[place]))
    );
  }
  if (isJsonNumber(one)) return isJsonNumber(other) && compareNumbers(one, other) === 0;
  if (!isJsonObject(one)) return one === other;
  if (!isJsonObject(other)) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every(
    (name) =>
      isSame(one[name], other[name]) ||
      (name === "operation" && isCreation(one[name]) && isCreation(other[name])),
  );
}

function isNothing(value: Json | undefined): value is null | undefined {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function isCreation(operation: Json | undefined): boolean {
  return isNothing(operation) || operation === "create" || at(operation, "type") === "create";
}

function at(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
