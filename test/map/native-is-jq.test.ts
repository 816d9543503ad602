import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { createNative } from "../../packages/core/src/map/native/native.ts";
import { bySize } from "../support/size.ts";
import { arbitraryExpression, arbitraryValue } from "../support/arbitrary-jq.ts";
import { createJqOracle, type JqVerdict } from "../support/jq-oracle.ts";
import { judgeNatively, textOf, withoutDigits } from "../support/native-verdict.ts";

const cases = bySize({ short: 1000, long: 10_000 });

const jq = await createJqOracle();

test("createNative() gives what jq gives, value or error, for generated expressions", () => {
  let compared = 0;
  let values = 0;
  const onlyNative = arbitraryExpression.filter((source) => createNative(source) !== undefined);
  fc.assert(
    fc.property(
      onlyNative,
      fc.array(arbitraryValue, { minLength: 1, maxLength: 6 }),
      (source, inputs) => {
        const native = createNative(source);
        if (native === undefined) throw new Error("It has been filtered");
        const expected = jq.judge(source, inputs);
        for (const [at, input] of inputs.entries()) {
          const verdict = judgeNatively(native, input);
          expect(textOf(withoutDigits(verdict))).toBe(textOf(withoutDigits(rowOf(expected, at))));
          compared += 1;
          if ("v" in verdict) values += 1;
        }
      },
    ),
    { numRuns: cases },
  );
  process.stderr.write(`${cases} expressions, ${compared} results, ${values} of them values\n`);
});

/** Traps on purpose, one by one; each must be native and do as jq does. */
const traps: readonly (readonly [string, unknown])[] = [
  [".a.b", { a: 1 }],
  ['.a.b // "y"', { a: 1 }],
  ['.x // "y"', { x: false }],
  ['(.xs[] | .a) // "y"', { xs: [{ a: null }, { a: 1 }, 2] }],
  [".xs[].y", { xs: [1, { y: 2 }] }],
  [".xs[].y", { xs: [{ y: 2 }, 1] }],
  ["[.xs[].y]", { xs: [{ y: 2 }, 1] }],
  ["[.xs[].y?]", { xs: [{ y: 2 }, 1] }],
  [".[0]", null],
  [".[]", null],
  [".[-1]", [1, 2]],
  [".[5]", [1, 2]],
  [".length", [1]],
  [".constructor", {}],
  [".__proto__", {}],
  [".__proto__", JSON.parse('{"__proto__":{"a":1}}')],
  ["{a: .__proto__, id}", JSON.parse('{"__proto__":{"a":1},"id":2}')],
  ['{"__proto__": .id}', { id: 2 }],
  ["tostring", 1e21],
  ["tostring", 1e-7],
  ["tostring", 0.00001],
  ["tostring", { a: [1.5e300, "\u007f", null] }],
  ['. + "x"', null],
  [". + 1", null],
  [".a + .b", { a: 1e308, b: 1e308 }],
  ["add", { a: 1e308, b: 1e308, c: "" }],
  [". == add", { a: -1e308, b: -1e308, c: [] }],
  ["map(.a)", { x: { a: 1 }, y: { a: 2 } }],
  ["sort_by(.a)", { a: 1 }],
  ["sort", ["\ue000", "🔥", "z"]],
  ["unique", [3, 1, 3, null, "a", { b: 1, a: 2 }, { a: 2, b: 1 }]],
  ["length", "🔥é"],
  ['split("")', "🔥é"],
  ['join("-")', [1, null, true, "a"]],
  ['join("-")', [[1]]],
  ["if .a then 1 end", {}],
  ["if .a == null then .b.c else .a end", { b: { c: 1 } }],
  ['"\\(.id)-\\(.x // "none")"', { id: "P1" }],
  ["first(.[] | select(. > 1))", [1, 2, 3]],
  ["empty", 1],
  [".a == .b and .a != null or false", { a: { x: [1, 2] }, b: { x: [1, 2] } }],
  ["ascii_downcase", "ÀABC"],
];

test.each(traps)("createNative() gives what jq gives for %s of %j", (source, input) => {
  const native = createNative(source);
  if (native === undefined) throw new Error("It is not native");
  const expected = rowOf(jq.judge(source, [input]), 0);
  expect(textOf(withoutDigits(judgeNatively(native, input)))).toBe(textOf(withoutDigits(expected)));
});

/** What jq alone can do, or explain. */
test.each([
  "",
  ".a |",
  ".a # comment",
  '.a?//"y"',
  ".a as $x | $x",
  "1.0 | tostring",
  ".a == .b == .c",
  "1e1000",
  ".[1.5]",
  "..",
  ".5",
  "(.a + .b) | tostring",
  '"\\(.a + .b)"',
  "{a: (1, 2)}",
  "env",
  "$ENV",
  "def f: 1; f",
  '.a | test("x")',
  '"\\ud800"',
  "(".repeat(100) + "." + ")".repeat(100),
])("createNative() leaves %j to jq", (source) => {
  expect(createNative(source)).toBeUndefined();
});

function rowOf(verdicts: readonly JqVerdict[], at: number): JqVerdict {
  const verdict = verdicts[at];
  if (verdict === undefined) throw new Error("jq gave too few rows");
  return verdict;
}
