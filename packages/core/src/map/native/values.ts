import { compareNumbers, ExactNumber, printNumber } from "../../exact-number.ts";
import { isJsonNumber, isJsonObject, type Json, type JsonObject } from "../../json.ts";

/**
 * jq's notions of type, order, equality and text of a value. The property test holds them against jq
 * itself; each comment says where JavaScript's own notion differs.
 */

export type TypeName = "null" | "boolean" | "number" | "string" | "array" | "object";

/** jq's name of a value's type. */
export function typeName(value: Json): TypeName {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (value instanceof ExactNumber) return "number";
  return typeof value as TypeName;
}

/** Everything but null and false is true, 0 and "" included. */
export function isTruthy(value: Json): boolean {
  return value !== null && value !== false;
}

/** Reads an object's own key: `.constructor` and `.__proto__` are ordinary keys. */
export function ownValue(object: JsonObject, key: string): Json {
  return Object.hasOwn(object, key) ? (object[key] ?? null) : null;
}

const rank: Readonly<Record<TypeName, number>> = {
  null: 0,
  boolean: 1,
  number: 3,
  string: 4,
  array: 5,
  object: 6,
};

/**
 * jq's total order: negative, zero or positive, as a sort wants it.
 *
 * @param hasSums numbers may be sums, which jq compares with others as doubles; two that were read it
 * compares by all of their digits
 */
export function compareValues(a: Json, b: Json, hasSums = false): number {
  if (a === b) return 0;
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b, hasSums);
  if (isJsonObject(a) && isJsonObject(b)) return compareObjects(a, b, hasSums);
  if (isJsonNumber(a) && isJsonNumber(b)) {
    const areRead = !hasSums || (a instanceof ExactNumber && b instanceof ExactNumber);
    return areRead ? compareNumbers(a, b) : Math.sign(calculate(a) - calculate(b));
  }
  const difference = rank[typeName(a)] - rank[typeName(b)];
  return difference === 0 ? Number(a) - Number(b) : difference;
}

/** Whether jq's `==` holds. The order of keys does not count. */
export function equalValues(a: Json, b: Json, hasSums = false): boolean {
  return compareValues(a, b, hasSums) === 0;
}

/** The double that jq calculates with. */
export function calculate(value: number | ExactNumber): number {
  return typeof value === "number" ? value : value.calculated;
}

/** By code point, where JavaScript compares 16-bit units and puts U+E000 behind an emoji. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const one = a.charCodeAt(at);
    const other = b.charCodeAt(at);
    if (one === other) continue;
    return weight(one) - weight(other);
  }
  return a.length - b.length;
}

/** Lifts surrogates, which stand for code points above U+FFFF, over everything else. */
function weight(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function compareArrays(a: readonly Json[], b: readonly Json[], hasSums = false): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const difference = compareValues(a[at] ?? null, b[at] ?? null, hasSums);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** First their sorted keys, as arrays; then value by value in the order of the keys. */
function compareObjects(a: JsonObject, b: JsonObject, hasSums: boolean): number {
  const keys = sortedKeys(a);
  const difference = compareArrays(keys, sortedKeys(b));
  if (difference !== 0) return difference;
  for (const key of keys) {
    const inside = compareValues(a[key] ?? null, b[key] ?? null, hasSums);
    if (inside !== 0) return inside;
  }
  return 0;
}

/** An object's keys in jq's order. */
export function sortedKeys(object: JsonObject): string[] {
  return Object.keys(object).toSorted(compareText);
}

/** The text that `tostring` gives: a string itself, anything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === "string" ? value : jsonOf(value);
}

/** JSON as jq prints it: `1e21` is `1E+21`, and DEL is escaped. */
function jsonOf(value: Json): string {
  if (typeof value === "number") return printNumber(value);
  if (value instanceof ExactNumber) return value.text;
  if (typeof value === "string") return stringText(value);
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(",")}]`;
  if (value === null || typeof value === "boolean") return String(value);
  const members = Object.keys(value).map(
    (key) => `${stringText(key)}:${jsonOf(value[key] ?? null)}`,
  );
  return `{${members.join(",")}}`;
}

function stringText(value: string): string {
  const text = JSON.stringify(value);
  return text.includes("\u007f") ? text.replaceAll("\u007f", String.raw`\u007f`) : text;
}

/** jq's error messages show at most this many bytes of a value (its buffer of 30 with the closing NUL). */
const shownBytes = 29;
const ellipsis = "...";

/** `string ("abc")`, with long values cut as jq cuts them. */
export function describeValue(value: Json): string {
  return `${typeName(value)} (${shorten(value)})`;
}

function shorten(value: Json): string {
  // A sum may have overflowed, and JSON has no word for that.
  const text = jsonOf(clampNumbers(value));
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= shownBytes) return text;
  const closing = closingOf(value);
  let end = shownBytes - ellipsis.length - closing.length;
  // Back to the start of a character: its later bytes are 10xxxxxx.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return new TextDecoder().decode(bytes.subarray(0, end)) + ellipsis + closing;
}

function closingOf(value: Json): string {
  if (typeof value === "string") return '"';
  if (Array.isArray(value)) return "]";
  return isJsonObject(value) ? "}" : "";
}

/** jq prints an infinite number as the largest finite one, and one that is not a number as null. */
export function clampNumbers(value: Json): Json {
  if (typeof value === "number") {
    if (Number.isNaN(value)) return null;
    return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
  }
  if (Array.isArray(value)) return value.map(clampNumbers);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, clampNumbers(one)]));
}
