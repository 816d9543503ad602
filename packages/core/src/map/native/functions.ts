import { isJsonNumber, isJsonObject, type Json } from "../../json.ts";
import { cannotAdd, cannotIndex, cannotIterate, cannotSort, NativeFailure } from "./failure.ts";
import type { PlainFunction, TextFunction } from "./node.ts";
import {
  calculate,
  compareValues,
  describeValue,
  equalValues,
  isTruthy,
  ownValue,
  sortedKeys,
  textOf,
  typeName,
} from "./values.ts";

/** One input to one output; throws {@link NativeFailure} where jq has an error. */
export type Step = (input: Json) => Json;

/** The functions without arguments. `empty` has no output, `sort` and `unique` compare: they are compiled apart. */
export const plainSteps: Readonly<
  Record<Exclude<PlainFunction, "empty" | "sort" | "unique">, Step>
> = {
  add: (input) => elementsOf(input).reduce<Json>((sum, one) => addValues(sum, one), null),
  all: (input) => elementsOf(input).every(isTruthy),
  any: (input) => elementsOf(input).some(isTruthy),
  ascii_downcase: (input) =>
    exploded(input).replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  ascii_upcase: (input) =>
    exploded(input).replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase()),
  first: (input) => elementAt(input, 0),
  keys: keysOf,
  last: (input) => elementAt(input, -1),
  length: lengthOf,
  not: (input) => !isTruthy(input),
  tostring: textOf,
  type: typeName,
};

/** The functions whose argument is a text. */
export const textSteps: Readonly<Record<TextFunction, (text: string) => Step>> = {
  has: (key) => (input) => {
    if (isJsonObject(input)) return Object.hasOwn(input, key);
    if (input === null) return false;
    throw new NativeFailure(`Cannot check whether ${typeName(input)} has a string key`);
  },
  startswith: (text) => (input) => {
    if (typeof input === "string") return input.startsWith(text);
    throw new NativeFailure("startswith() requires string inputs");
  },
  endswith: (text) => (input) => {
    if (typeof input === "string") return input.endsWith(text);
    throw new NativeFailure("endswith() requires string inputs");
  },
  join: (separator) => (input) => joinValues(elementsOf(input), separator),
  split: (separator) => (input) => {
    if (typeof input !== "string") {
      throw new NativeFailure("split input and separator must be strings");
    }
    if (input === "") return [];
    return separator === "" ? Array.from(input) : input.split(separator);
  },
};

/** What `.[]` goes through. */
export function elementsOf(input: Json): readonly Json[] {
  if (Array.isArray(input)) return input;
  if (isJsonObject(input)) return Object.values(input);
  throw cannotIterate(input);
}

/** `.[index]`; beyond the end, and of null, it is null. */
export function elementAt(input: Json, index: number): Json {
  if (Array.isArray(input)) return input[index < 0 ? input.length + index : index] ?? null;
  if (input === null) return null;
  throw cannotIndex(input, index);
}

/** `.key` */
export function memberOf(input: Json, key: string): Json {
  if (isJsonObject(input)) return ownValue(input, key);
  if (input === null) return null;
  throw cannotIndex(input, key);
}

/** `left + right` */
export function addValues(left: Json, right: Json): Json {
  if (typeof left === "string" && typeof right === "string") return left + right;
  if (left === null) return right;
  if (right === null) return left;
  if (isJsonNumber(left) && isJsonNumber(right)) return calculate(left) + calculate(right);
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  // Spreading defines own properties, so a key `__proto__` stays an ordinary one.
  if (isJsonObject(left) && isJsonObject(right)) return { ...left, ...right };
  throw cannotAdd(left, right);
}

/** `sort`. @param hasSums see {@link compareValues} */
export function sortValues(input: Json, hasSums: boolean): Json[] {
  return sortable(input).toSorted((a, b) => compareValues(a, b, hasSums));
}

/** `unique`. @param hasSums see {@link compareValues} */
export function uniteValues(input: Json, hasSums: boolean): Json[] {
  return distinct(sortValues(input, hasSums), (a, b) => equalValues(a, b, hasSums));
}

/** The input of `sort`, `sort_by` and `unique`. */
function sortable(input: Json): readonly Json[] {
  if (Array.isArray(input)) return input;
  throw cannotSort(input);
}

/** Keeps the first of equal neighbours. */
export function distinct<T>(sorted: readonly T[], equal: (a: T, b: T) => boolean): T[] {
  return sorted.filter((one, at) => {
    const before = sorted[at - 1];
    return at === 0 || before === undefined || !equal(before, one);
  });
}

function keysOf(input: Json): Json {
  if (Array.isArray(input)) return input.map((_, at) => at);
  if (isJsonObject(input)) return sortedKeys(input);
  throw new NativeFailure(`${describeValue(input)} has no keys`);
}

function lengthOf(input: Json): Json {
  if (input === null) return 0;
  if (Array.isArray(input)) return input.length;
  if (isJsonNumber(input)) return typeof input === "number" ? Math.abs(input) : input.abs();
  if (typeof input === "string") return countCharacters(input);
  if (typeof input === "boolean") {
    throw new NativeFailure(`${describeValue(input)} has no length`);
  }
  return Object.keys(input).length;
}

/** Code points, where `.length` counts 16-bit units. */
function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function exploded(input: Json): string {
  if (typeof input === "string") return input;
  throw new NativeFailure("explode input must be a string");
}

/** Numbers and booleans become their text, null an empty one; arrays and objects cannot be joined. */
function joinValues(values: readonly Json[], separator: string): Json {
  let joined = "";
  for (const [at, value] of values.entries()) {
    const before = at === 0 ? "" : joined + separator;
    if (Array.isArray(value) || isJsonObject(value)) throw cannotAdd(before, value);
    joined = before + (value === null ? "" : textOf(value));
  }
  return joined;
}
