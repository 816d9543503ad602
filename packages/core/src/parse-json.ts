import { readNumber } from "./exact-number.ts";
import type { Json } from "./json.ts";

/** What a reviver is told besides, which TypeScript does not know yet: the text of a value that is no object. */
interface ReviverContext {
  readonly source?: string;
}

type Reviver = (key: string, value: unknown, context: ReviverContext) => unknown;

const engineJson = JSON as typeof JSON & { parse(text: string, reviver: Reviver): Json };

const fifteenDigits = String.raw`\d`.repeat(15);

/**
 * Finds a number that JavaScript may print otherwise than it is written: it has a point, an exponent or 16
 * digits. What looks so within a text costs time, and nothing else. It looks for the rarest first, and then
 * back: that is the cheapest on all runtimes, half of what a search from where numbers begin takes. A -0
 * alone is not worth as much again; it is 0 then, as it is to Port.
 */
const oddNumber = new RegExp(
  String.raw`\d(?:[.eE][-+\d](?<=[:,[]\s*-?\d+..)|${fifteenDigits}(?<=[:,[]\s*-?\d{16}))`,
);

/** The same where the whole text is a number. */
const startsWithNumber = /^\s*[-\d]/;

/**
 * Parses JSON, as `JSON.parse` does, but that a number keeps its text where JavaScript would print it
 * otherwise: see {@link ExactNumber}.
 *
 * @throws {SyntaxError} where it is no JSON
 */
export function parseJson(text: string): Json {
  return hasOddNumber(text) ? engineJson.parse(text, readSource) : (JSON.parse(text) as Json);
}

/** The same, and half surrogate pairs, which no later stage can write, become U+FFFD. */
export function parseWellFormedJson(text: string): Json {
  // A half pair can only be there as an escape.
  if (!text.includes(String.raw`\u`)) return parseJson(text);
  return engineJson.parse(text, hasOddNumber(text) ? readWellFormedSource : readWellFormed);
}

function hasOddNumber(text: string): boolean {
  return oddNumber.test(text) || startsWithNumber.test(text);
}

function readSource(_key: string, value: unknown, context: ReviverContext): unknown {
  return typeof value === "number" && context.source !== undefined
    ? readNumber(context.source)
    : value;
}

function readWellFormed(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed() : value;
}

function readWellFormedSource(key: string, value: unknown, context: ReviverContext): unknown {
  return readWellFormed(key, readSource(key, value, context));
}
