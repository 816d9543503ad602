import { expect, test } from "bun:test";
import { ExactNumber } from "./exact-number.ts";
import { parseJson, parseWellFormedJson } from "./parse-json.ts";

/** A number as it is written, and as it is written again. */
const numbers: readonly (readonly [string, string])[] = [
  ["4907012345678901234", "4907012345678901234"],
  ["-12345678901234567890123456789012345678.90", "-12345678901234567890123456789012345678.90"],
  ["1.10", "1.10"],
  ["0.00", "0.00"],
  ["-0.0", "-0.0"],
  ["-0e1", "-0E+1"],
  ["1e2", "1E+2"],
  ["1.50e-9", "1.50E-9"],
  ["0.00000010", "1.0E-7"],
  ["12.5e1", "125"],
  ["1e1000", "1E+1000"],
  ["9007199254740992", "9007199254740992"],
  ["9007199254740993", "9007199254740993"],
  ["0.1", "0.1"],
  ["-7", "-7"],
];

test.each(numbers)(
  "parseJson() of %s gives what is written as %s, wherever it stands",
  (source, text) => {
    const places = [
      [source, text],
      [`[${source}]`, `[${text}]`],
      [`[1,${source},2]`, `[1,${text},2]`],
      [`{"a":{"b":[[{"1.10":${source}}]]}}`, `{"a":{"b":[[{"1.10":${text}}]]}}`],
      [`{"a" : \n\t ${source} , "b":[ 1 ,\r\n ${source} ]}`, `{"a":${text},"b":[1,${text}]}`],
    ] as const;
    for (const [given, expected] of places) {
      expect(JSON.stringify(parseJson(given))).toBe(expected);
      expect(JSON.stringify(parseWellFormedJson(given))).toBe(expected);
    }
  },
);

test("parseJson() leaves a number alone that JavaScript prints as it is written", () => {
  const given = '{"a":[1,-2.5,1e+21,123456789012345,0.1,9007199254740992],"b":":1.10,"}';
  expect(parseJson(given)).toEqual({
    a: [1, -2.5, 1e21, 123456789012345, 0.1, 2 ** 53],
    b: ":1.10,",
  });
  expect(parseJson("1.5")).toBe(1.5);
  expect(parseJson('{"a":1.10}')).toEqual({ a: new ExactNumber("1.10") });
});

test("parseJson() does not look for -0 alone, which is 0 then", () => {
  expect(JSON.stringify(parseJson('{"a":-0}'))).toBe('{"a":0}');
  expect(JSON.stringify(parseJson('{"a":-0,"b":1.10}'))).toBe('{"a":-0,"b":1.10}');
});

test("parseJson() refuses what is no JSON, also with such numbers in it", () => {
  for (const text of ["", "{", '{"a":1.10', "[1.10,]", "01.10", "1.", "[1.e2]", "[-]", "NaN"]) {
    expect(() => parseJson(text)).toThrow(SyntaxError);
    expect(() => parseWellFormedJson(text)).toThrow(SyntaxError);
  }
});

test("parseWellFormedJson() mends half surrogate pairs, beside such numbers and without", () => {
  expect(parseWellFormedJson('{"a":"\\ud83d","b":"\\ud83d\\udd25"}')).toEqual({
    a: "\ufffd",
    b: "🔥",
  });
  const mended = parseWellFormedJson('{"a":"\\uD83D!","b":1.10}');
  expect(JSON.stringify(mended)).toBe('{"a":"\ufffd!","b":1.10}');
});
