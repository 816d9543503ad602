import * as fc from "fast-check";

/** Keys that the expressions of `arbitrary-jq.ts` know. */
const keys = ["id", "a", "b", "users", "name", "length", "q"];

const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength, maxLength }).map((some) => some.join(""));

/** Digits that may stand before a point: no zero in front but a zero alone. */
const whole = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  digits(minLength, maxLength).map((some) => some.replace(/^0+(?=\d)/, ""));

const sign = fc.constantFrom("", "", "-");
const exponent = fc
  .tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), fc.integer({ min: 0, max: 320 }))
  .map(([letter, mark, size]) => `${letter}${mark}${size}`);
const smallExponent = fc
  .tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), fc.integer({ min: 0, max: 20 }))
  .map(([letter, mark, size]) => `${letter}${mark}${size}`);

/** One number beside the other, and the same in other words. */
const neighbours = `-0.0 0.00 0e5 0E-9 1.10 1.1 11e-1 1.0 1 1e0 100 1e2 1.00e2
  9007199254740992 9007199254740993 9007199254740994.0 4907012345678901234 4907012345678901000 12345678901234567890 12345678901234567891
  0.30000000000000004 0.3 0.30 1e21 1e-7 1e400 -1e400 1e-400 0.000001 0.0000001 123456789012345680000 1e999999999 5e-324`.split(
  /\s+/,
);

/** Numbers as JSON writes them, most of which JavaScript would print otherwise. */
const arbitraryNumberText: fc.Arbitrary<string> = fc.oneof(
  // 16 to 40 digits, with and without a point among them.
  fc.tuple(sign, whole(16, 40)).map((parts) => parts.join("")),
  fc.tuple(sign, whole(1, 30), digits(10, 30)).map(([mark, one, rest]) => `${mark}${one}.${rest}`),
  // Zeros at the end.
  fc
    .tuple(sign, whole(1, 4), digits(0, 4), fc.integer({ min: 1, max: 12 }))
    .map(([mark, one, rest, zeros]) => `${mark}${one}.${rest}${"0".repeat(zeros)}`),
  fc
    .tuple(sign, whole(1, 3), fc.integer({ min: 1, max: 30 }))
    .map(([mark, one, zeros]) => `${mark}${one === "0" ? "1" : one}${"0".repeat(zeros)}`),
  fc
    .tuple(sign, whole(1, 20), fc.option(digits(1, 20), { nil: undefined }), exponent)
    .map(
      ([mark, one, rest, power]) => `${mark}${one}${rest === undefined ? "" : `.${rest}`}${power}`,
    ),
  fc.tuple(sign, whole(1, 3), smallExponent).map((parts) => parts.join("")),
  fc.constantFrom(...neighbours),
  fc.integer().map(String),
);

/** JSON texts of values, mostly objects, that hold such numbers, deep in lists and objects. */
export const arbitraryNumbersText: fc.Arbitrary<string> = fc.letrec<{
  any: string;
  value: string;
  object: string;
}>((tie) => ({
  any: fc.oneof({ weight: 4, arbitrary: tie("object") }, { weight: 1, arbitrary: tie("value") }),
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 5, arbitrary: arbitraryNumberText },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "null",
        "true",
        "false",
        '""',
        '"1.10"',
        '":1.10,"',
        '"\\ud83d\\udd25"',
      ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.array(tie("value"), { maxLength: 5 }), fc.constantFrom(",", ", ", ",\n "))
        .map(([items, comma]) => `[${items.join(comma)}]`),
    },
    { weight: 2, arbitrary: tie("object") },
  ),
  object: fc
    .tuple(
      fc.uniqueArray(fc.tuple(fc.constantFrom(...keys), tie("value")), {
        maxLength: 6,
        selector: ([name]) => name,
      }),
      fc.constantFrom(":", ": ", " : "),
    )
    .map(
      ([members, colon]) =>
        `{${members.map(([name, value]) => `${JSON.stringify(name)}${colon}${value}`).join(",")}}`,
    ),
})).any;
