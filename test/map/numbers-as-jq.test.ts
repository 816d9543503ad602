import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { loadJq } from "jq-wasm/inline";
import { ExactNumber, type Json, parseJson, parseWellFormedJson } from "@pagerport/core";
import { NativeFailure } from "../../packages/core/src/map/native/failure.ts";
import { createNative } from "../../packages/core/src/map/native/native.ts";
import { arbitraryExpression } from "../support/arbitrary-jq.ts";
import { arbitraryNumbersText } from "../support/arbitrary-numbers.ts";
import { bySize } from "../support/size.ts";

/** Values of one expression. */
const together = 20;
const runs = bySize({ short: 100, long: 10_000 });

const jq = await loadJq();

/** What jq prints of each of some JSON texts. */
function printByJq(texts: readonly string[], program: string): string[] {
  const { stdout, stderr, exitCode } = jq.raw(texts.map(asLine).join("\n"), program, ["-c"]);
  if (exitCode !== 0) throw new Error(`jq refuses ${program}: ${stderr}`);
  return stdout.split("\n");
}

/** Blanks are jq's to drop; in strings of these texts there are none. */
function asLine(text: string): string {
  return text.replaceAll("\n", " ");
}

/** What JSON.stringify prints, and jq, of the same value: jq escapes DEL. */
function print(value: unknown): string {
  return JSON.stringify(value).replaceAll("\u007f", String.raw`\u007f`);
}

const numbersOfTexts = fc.array(arbitraryNumbersText, { minLength: together, maxLength: together });

test("parseJson() keeps every number as jq prints it", () => {
  let compared = 0;
  fc.assert(
    fc.property(numbersOfTexts, (texts) => {
      const expected = printByJq(texts, ".");
      // Numbers that JavaScript prints as they are it prints with a small e.
      const lower = (text: string): string => text.replaceAll(/(\d)e([+-])/g, "$1E$2");
      expect(texts.map((text) => lower(print(parseJson(text))))).toEqual(expected.map(lower));
      expect(texts.map((text) => lower(print(parseWellFormedJson(text))))).toEqual(
        expected.map(lower),
      );
      compared += texts.length;
    }),
    { numRuns: runs },
  );
  process.stderr.write(`${compared} values compared as they are\n`);
});

test("createNative() gives what jq gives for values with numbers of all sorts", () => {
  let [compared, values] = [0, 0];
  const onlyNative = arbitraryExpression.filter((source) => createNative(source) !== undefined);
  fc.assert(
    fc.property(onlyNative, numbersOfTexts, (source, texts) => {
      const native = createNative(source);
      if (native === undefined) throw new Error("It has been filtered");
      const program = `try {v: ([first(${source}\n\n)] | .[0])} catch {e: .}`;
      for (const [at, row] of printByJq(texts, program).entries()) {
        const expected = parseJson(row) as { v?: Json; e?: Json };
        const given = judge(native.first, parseJson(texts[at] ?? ""));
        const fault = findDifference(given, expected);
        if (fault !== undefined) {
          throw new Error(`${source} of ${texts[at]}: ${print(given)}, jq: ${row} (${fault})`);
        }
        compared += 1;
        if ("v" in expected) values += 1;
      }
    }),
    { numRuns: runs },
  );
  process.stderr.write(`${compared} results, ${values} of them values\n`);
});

function judge(first: (input: Json) => Json, input: Json): { v?: Json; e?: Json } {
  try {
    return { v: first(input) };
  } catch (error) {
    if (error instanceof NativeFailure) return { e: error.message };
    throw error;
  }
}

function findDifference(
  given: { v?: Json; e?: Json },
  expected: { v?: Json; e?: Json },
): string | undefined {
  if ("e" in given || "e" in expected) {
    // jq writes a number that it has computed in its own way, and such a number never gets out of an error.
    const plain = (text: Json | undefined): string =>
      print(text ?? null).replaceAll(/[-+0-9.eE]+/g, "#");
    return plain(given.e) === plain(expected.e) ? undefined : "errors";
  }
  return differ(given.v ?? null, expected.v ?? null, "v");
}

/**
 * A number that keeps its text has jq's; an ordinary one is the same double, which jq may print with more
 * digits where it has computed it.
 */
function differ(given: Json, expected: Json, place: string): string | undefined {
  if (given instanceof ExactNumber) {
    return expected instanceof ExactNumber && expected.text === given.text ? undefined : place;
  }
  if (typeof given === "number") {
    const value = expected instanceof ExactNumber ? expected.value : expected;
    return given === value ? undefined : place;
  }
  if (Array.isArray(given)) {
    if (!Array.isArray(expected) || expected.length !== given.length) return place;
    return given
      .map((one, at) => differ(one, expected[at] ?? null, `${place}[${at}]`))
      .find((fault) => fault !== undefined);
  }
  if (given === null || typeof given !== "object") return given === expected ? undefined : place;
  if (expected === null || typeof expected !== "object" || Array.isArray(expected)) return place;
  if (expected instanceof ExactNumber) return place;
  const names = Object.keys(given).toSorted();
  if (names.join("\n") !== Object.keys(expected).toSorted().join("\n")) return place;
  return names
    .map((name) => differ(given[name] ?? null, expected[name] ?? null, `${place}.${name}`))
    .find((fault) => fault !== undefined);
}
