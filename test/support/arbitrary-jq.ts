import * as fc from "fast-check";

/** Keys that expressions and values share, so that paths hit; the odd ones are traps for JavaScript. */
const keys = [
  "id",
  "a",
  "b",
  "users",
  "name",
  "__proto__",
  "length",
  "constructor",
  "a.b",
  'q"t',
  "",
];

const key = fc.constantFrom(...keys);
const index = fc.integer({ min: -3, max: 3 });
const optional = fc.constantFrom("", "", "", "?");
const text = fc.constantFrom("", "x", "-", "P1", "é🔥", "tab\t", 'quote"', "\u007f", "id");

/** A path step as it is written after something else. */
const step: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(key, optional).map(([name, mark]) => dotKey(name) + mark) },
  {
    weight: 1,
    arbitrary: fc.tuple(key, optional).map(([name, mark]) => `[${JSON.stringify(name)}]${mark}`),
  },
  { weight: 2, arbitrary: fc.tuple(index, optional).map(([at, mark]) => `[${at}]${mark}`) },
  { weight: 2, arbitrary: optional.map((mark) => `[]${mark}`) },
);

const literal = fc.oneof(
  text.map((value) => JSON.stringify(value)),
  fc.constantFrom(
    "null",
    "true",
    "false",
    "0",
    "1",
    "42",
    "1.5",
    "[]",
    "{}",
    '"\\u00e9"',
    '"a\\/b"',
  ),
);

const path = fc
  .array(step, { maxLength: 3 })
  .map((steps) => (steps.length === 0 ? "." : dotted(steps.join(""))));

const call = fc.constantFrom(
  "add",
  "all",
  "any",
  "ascii_downcase",
  "ascii_upcase",
  "empty",
  "first",
  "keys",
  "last",
  "length",
  "not",
  "sort",
  "tostring",
  "type",
  "unique",
);

/** Expressions of the native grammar, as text. */
export const arbitraryExpression: fc.Arbitrary<string> = fc.letrec<{ pipe: string; term: string }>(
  (tie) => ({
    pipe: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("term"),
      fc.tuple(tie("term"), tie("pipe")).map(([left, right]) => `${left} | ${right}`),
      fc.tuple(tie("term"), tie("term")).map(([left, right]) => `${left} // ${right}`),
      fc.tuple(tie("term"), tie("term")).map(([left, right]) => `${left}, ${right}`),
      fc
        .tuple(tie("term"), fc.constantFrom("==", "!=", "<", "<=", ">", ">="), tie("term"))
        .map(([left, operator, right]) => `${left} ${operator} ${right}`),
      fc
        .tuple(tie("term"), fc.constantFrom("and", "or", "+"), tie("term"))
        .map(([left, operator, right]) => `${left} ${operator} ${right}`),
      fc.array(tie("term"), { minLength: 3, maxLength: 4 }).map((terms) => terms.join(" + ")),
    ),
    term: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      path,
      path,
      path,
      literal,
      call,
      fc
        .tuple(fc.constantFrom("has", "startswith", "endswith", "join", "split"), text)
        .map(([name, argument]) => `${name}(${JSON.stringify(argument)})`),
      tie("pipe").map((inside) => `(${inside})`),
      tie("pipe").map((inside) => `[${inside}]`),
      fc
        .tuple(fc.constantFrom("map", "select", "first", "sort_by", "unique_by"), tie("pipe"))
        .map(([name, inside]) => `${name}(${inside})`),
      fc
        .tuple(tie("pipe"), tie("pipe"), fc.option(tie("pipe"), { nil: undefined }))
        .map(([test, then, other]) =>
          other === undefined
            ? `if ${test} then ${then} end`
            : `if ${test} then ${then} else ${other} end`,
        ),
      fc
        .tuple(path, path)
        .map(([one, other]) => `"\\(${one}) and \\(${other})"`)
        .filter((made) => !made.slice(1, -1).includes('"')),
      fc.tuple(key, tie("term")).map(([name, value]) => `{${JSON.stringify(name)}: ${value}, id}`),
    ),
  }),
).pipe;

const anyValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(
      null,
      true,
      false,
      0,
      1,
      -1,
      42,
      1.5,
      "",
      "x",
      "P1",
      "id",
      "a,b-c",
      "ÀÉé",
      "é🔥",
      "\ue000",
      "\u007f",
    ),
    fc.constantFrom(
      1e21,
      1e-7,
      1.5e300,
      -1e308,
      1e308,
      5e-324,
      2 ** 53,
      0.1,
      123456789012345680000,
      0.000001,
    ),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc
      .double({ noDefaultInfinity: true, noNaN: true })
      .map((number) => (number === 0 ? 0 : number)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .array(
        fc.tuple(
          fc.oneof({ weight: 9, arbitrary: key }, { weight: 1, arbitrary: fc.string() }),
          tie("value"),
        ),
        {
          maxLength: 6,
        },
      )
      // By way of text, so that `__proto__` becomes an own key as a JSON parser makes it.
      .map(
        (members) =>
          JSON.parse(
            `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`,
          ) as unknown,
      ),
  ),
})).value;

const nameOrNull = fc.oneof(
  fc.constantFrom("x", "P1", "id", "a,b-c", null),
  fc.string({ maxLength: 8 }),
);

/** An object as the keys above suggest it, so that most paths lead somewhere. */
const likelyObject = fc.record(
  {
    id: fc.oneof(fc.constantFrom("P1", "P2"), fc.integer()),
    name: nameOrNull,
    a: fc.record({ id: nameOrNull, b: fc.integer(), name: nameOrNull }, { requiredKeys: [] }),
    b: fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), nameOrNull), { maxLength: 4 }),
    users: fc.array(
      fc.record(
        { id: nameOrNull, a: fc.integer({ min: 0, max: 3 }), b: anyValue },
        { requiredKeys: ["id"] },
      ),
      { maxLength: 4 },
    ),
    length: anyValue,
  },
  { requiredKeys: ["id"], noNullPrototype: true },
);

/** JSON with nulls, missing members, wrong types, unicode, extreme numbers and hostile keys. */
export const arbitraryValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: likelyObject },
  { weight: 1, arbitrary: anyValue },
);

function dotKey(name: string): string {
  return /^[a-zA-Z_][a-zA-Z_0-9]*$/.test(name) ? `.${name}` : `.${JSON.stringify(name)}`;
}

/** A path starts with a dot; a bracket alone would be an array. */
function dotted(steps: string): string {
  return steps.startsWith("[") ? `.${steps}` : steps;
}
