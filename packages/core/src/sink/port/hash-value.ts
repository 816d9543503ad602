import { ExactNumber } from "../../exact-number.ts";
import type { Json } from "../../json.ts";

/** Two independent 32-bit halves: among a million values a wrong "equal" is one in ten million. */
export type Hash = readonly [high: number, low: number];

/** What null and absent both hash to; no value does. */
const absent: Hash = [0, 0];

/** Whether a hash is that of null, or of nothing. */
export function isAbsent([high, low]: Hash): boolean {
  return high === absent[0] && low === absent[1];
}

/**
 * Hashes a value so that values which Port takes for equal give the same: order of keys, instants, numbers
 * that are one double.
 * Nothing secret depends on it; it has to be fast, because a resync hashes each field of each entity, so
 * the value is walked along and never written out.
 */
export function hashValue(value: Json | undefined): Hash {
  if (value === undefined || value === null) return absent;
  const state: State = { one: 0x9e3779b9, two: 0x85ebca6b };
  addValue(state, value);
  return finish(state);
}

interface State {
  one: number;
  two: number;
}

/** What stands before a value, so that two of different types or lengths are told apart; no unit of a text is so large. */
const marks = {
  null: 0x10000,
  true: 0x10001,
  false: 0x10002,
  number: 0x10003,
  text: 0x10004,
  instant: 0x10005,
  list: 0x10006,
  object: 0x10007,
} as const;

function addValue(state: State, value: Json): void {
  if (typeof value === "string") addText(state, value);
  else if (typeof value === "number") addUnits(state, marks.number, String(value));
  else if (value instanceof ExactNumber) addUnits(state, marks.number, String(value.value));
  else if (value === null) addNumber(state, marks.null);
  else if (typeof value === "boolean") addNumber(state, value ? marks.true : marks.false);
  else if (Array.isArray(value)) addList(state, value);
  else addObject(state, value);
}

function addList(state: State, list: readonly Json[]): void {
  addNumber(state, marks.list);
  addNumber(state, list.length);
  for (const item of list) addValue(state, item ?? null);
}

function addObject(state: State, object: Readonly<Record<string, Json | undefined>>): void {
  const keys = Object.keys(object).toSorted();
  addNumber(state, marks.object);
  addNumber(state, keys.length);
  for (const key of keys) {
    addUnits(state, marks.text, key);
    addValue(state, object[key] ?? null);
  }
}

/** RFC 3339 with a zone: what Port's `date-time` format takes. Other texts are what they are. */
const instant = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})$/i;

const shortestInstant = "2000-01-01T00:00:00Z".length;

function addText(state: State, text: string): void {
  // Most texts are told apart from instants by their length or their fifth character.
  if (text.length >= shortestInstant && text[4] === "-" && instant.test(text)) {
    const milliseconds = Date.parse(text);
    if (!Number.isNaN(milliseconds)) {
      addNumber(state, marks.instant);
      addNumber(state, Math.floor(milliseconds / 2 ** 32));
      addNumber(state, milliseconds | 0);
      return;
    }
  }
  addUnits(state, marks.text, text);
}

/** Two multiplicative hashes over the text's units. */
function addUnits(state: State, mark: number, text: string): void {
  addNumber(state, mark);
  addNumber(state, text.length);
  let { one, two } = state;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    one = Math.imul(one ^ unit, 0x85ebca77);
    two = Math.imul(two ^ unit, 0xc2b2ae3d);
  }
  state.one = one;
  state.two = two;
}

function addNumber(state: State, number: number): void {
  state.one = Math.imul(state.one ^ number, 0x85ebca77);
  state.two = Math.imul(state.two ^ number, 0xc2b2ae3d);
}

function finish(state: State): Hash {
  let { one, two } = state;
  one = Math.imul(one ^ (one >>> 16), 0x7feb352d) ^ Math.imul(two ^ (two >>> 13), 0x846ca68b);
  two = Math.imul(two ^ (two >>> 16), 0x735a2d97) ^ Math.imul(one ^ (one >>> 13), 0x5bd1e995);
  return one === 0 && two === 0 ? [0, 1] : [one >>> 0, two >>> 0];
}
