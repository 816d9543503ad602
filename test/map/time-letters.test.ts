import { afterAll, expect, test } from "bun:test";
import { createJqEngine, type Json, type JsonObject, parseMapping } from "@pagerport/core";
import { createPageEvaluator } from "../../packages/core/src/map/jq/evaluate.ts";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import golden from "./time-letters/jq-1.8.2.json" with { type: "json" };

/**
 * `time-letters/jq-1.8.2.json` holds what jq 1.8.2 says that was built with glibc 2.36, in the C locale and UTC. With
 * PAGERPORT_JQ, the path of such a jq, and PAGERPORT_UPDATE_GOLDEN=1 it is written anew.
 */
const file = `${import.meta.dir}/time-letters/jq-1.8.2.json`;

const engine = createJqEngine();
afterAll(() => engine.close());
const evaluator = createPageEvaluator(engine, { object: 60_000, page: 60_000 });

const letters = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at));
const years = [1970, 1999, 2000, 2004, 2007, 2008, 2009, 2010, 2012, 2015, 2016, 2020, 2021, 2024];

/** First and last seconds of years, in which weeks of other years are, and 22 more over 90 years. */
const instants: readonly number[] = [
  ...years.flatMap((year) => [
    Date.UTC(year, 0, 1) / 1000,
    Date.UTC(year, 11, 31, 23, 59, 59) / 1000,
  ]),
  ...Array.from({ length: 22 }, (_, at) => at * 129_293_221 + 45_296),
];
const odd: Json = [
  -1,
  -1.5,
  1.99,
  -62135596801,
  253402300800,
  [2026, 13, 40, 25, 61, 61],
  [],
  [50, 3, 4],
  [1, "a"],
  "x",
  null,
];

const flagged = ["_", "-", "0", "^", "#", "+", "E", "O", "10", "_10", "010", "-5", "^10"].flatMap(
  (flag) =>
    letters.filter((letter) => /[A-Za-z%]/.test(letter)).map((letter) => `%${flag}${letter}`),
);
const whole = ["", "plain", "%d %b %H:%M %Z", "%%%%", "é%Yé", "%Y".repeat(60), "%", "%99999d"];

const texts: Json = [
  "2026-11-01T06:05:09Z",
  "2026-11-01",
  "2026-02-31",
  "Sun Nov  1 06:05:09 2026",
  "sun",
  "nov",
  "06:05",
  "06:05:09",

  "06:05:09 AM",
  "12:05:09 pm",
  "pm",
  "+02:00",
  "-0430",
  "Z",
  "UTC",
  "1793513109",
  "1",
  "01",
  "12",
  "31",
  "305",

  "2026",
  "11/01/26",
  "44",
  "0",
  "7",
  " 1",
  "99",
  "366",
  "60",
  "61",
  "24",
  "x",
  "",
  "%",
  "2026 305",
  "44 1 2026",
  "1 trailing",
  "2026-11-01T06:05:09+02:00",
  "2026-11- 1T 6:05:09Z",
];
const readSpecs = [
  ...["", "E", "O"].flatMap((modifier) => letters.map((letter) => `%${modifier}${letter}`)),

  "%-d",
  "%_d",
  "%Y-%m-%dT%H:%M:%SZ",
  "%Y-%m-%dT%H:%M:%S%z",
  "%Y-%m-%dT%H:%M:%S%Z",
  "%Y-%m-%d",
  "%Y %j",
  "%Y %U %w",
  "%U %w %Y",
  "%d%m%Y",
  "%I:%M %p",
  " %d",
  "%t%d",
  "%C%y",
  "%F",
  "%D",
];

/** Each case: a function of jq, formats, and inputs. */
const cases: Readonly<Record<string, readonly [string, readonly string[], Json]>> = {
  "strftime() of all letters": ["strftime", letters.map((letter) => `%${letter}`), [...instants]],
  "strflocaltime() of all letters": [
    "strflocaltime",
    letters.map((letter) => `%${letter}`),
    [...instants],
  ],
  "strftime() with flags, widths and modifiers": [
    "strftime",
    [...flagged, ...whole],
    instants.slice(0, 3),
  ],
  "strftime() of odd times": [
    "strftime",
    ["%c", "%F", "%s", "%Z", "%-d", "%G-%V", "%C", "%y", "%Y"],
    odd,
  ],
  "strptime() of all letters": ["strptime", readSpecs, texts],
};

/** What jq answers, as text, for each format: an answer or its error for each input. */
function programOf(name: string): string {
  return `[.formats[] as $format | [.inputs[] as $input | try ($input | ${name}($format)) catch "error: \\(.)"]]`;
}

function inputOf(formats: readonly string[], inputs: Json): string {
  const input: JsonObject = { formats: [...formats], inputs };
  return JSON.stringify(input);
}

/** Short: one hash of all answers for a format, and the last one, for whoever has to find out. */
function shorten(answers: readonly Json[]): string {
  const text = JSON.stringify(answers);
  return `${Bun.hash(text).toString(36)} ${JSON.stringify(answers.at(-1))}`;
}

function askNative(path: string, program: string, input: string): Json {
  const { stdout } = Bun.spawnSync([path, "-c", program], {
    stdin: Buffer.from(input),
    env: { TZ: "UTC", LC_ALL: "C" },
  });
  return JSON.parse(stdout.toString()) as Json;
}

function shortenAll(formats: readonly string[], answers: Json): Record<string, string> {
  if (!Array.isArray(answers))
    throw new TypeError(`No list of answers: ${JSON.stringify(answers)}`);
  return Object.fromEntries(
    formats.map((format, at) => {
      const own = answers[at];
      if (!Array.isArray(own)) throw new TypeError(`No answers for ${format}`);
      return [format, shorten(own)];
    }),
  );
}

const { PAGERPORT_JQ: jq, PAGERPORT_UPDATE_GOLDEN: update } = process.env;
if (jq !== undefined && update === "1") {
  const made = Object.fromEntries(
    Object.entries(cases).map(([title, [name, formats, inputs]]) => [
      title,
      shortenAll(formats, askNative(jq, programOf(name), inputOf(formats, inputs))),
    ]),
  );
  await Bun.write(file, `${JSON.stringify(made, undefined, 2)}\n`);
}

test.each(Object.entries(cases))("%s is as jq 1.8.2 on Linux answers", async (title, given) => {
  const [name, formats, inputs] = given;
  const [row] = await evaluator.evaluate([programOf(name)], [inputOf(formats, inputs)]);
  const [answers] = row ?? [];
  if (answers === undefined || answers instanceof Error) throw new Error(String(answers));
  expect(instants).toHaveLength(50);
  const known: Readonly<Record<string, Readonly<Record<string, string>>>> = golden;
  expect(shortenAll(formats, answers as Json)).toEqual(known[title] ?? {});
});

test("evaluate() has what mappings made with Ocean rely on", async () => {
  const created = JSON.stringify({ created_at: "2026-11-01T06:05:09Z" });
  const table: [string, string][] = [
    ['.created_at | fromdateiso8601 | strftime("%d %b %H:%M %Z")', "01 Nov 06:05 GMT"],
    ['.created_at | fromdate | strflocaltime("%d %b %H:%M %Z")', "01 Nov 06:05 UTC"],
    ['.created_at | fromdate | strftime("%-d.%-m. %l:%M %P")', "1.11.  6:05 am"],
    ['.created_at | strptime("%Y-%m-%dT%H:%M:%S%Z") | mktime | todate', "2026-11-01T06:05:09Z"],
    ['.created_at[0:7] | strptime("%Y-%m") | tojson', "[2026,10,0,0,0,0,6,303]"],
  ];
  const [row] = await evaluator.evaluate(
    table.map(([expression]) => expression),
    [created],
  );
  expect(row).toEqual(table.map(([, expected]) => expected));
});

test("parseMapping() refuses a letter that nobody knows, with its place", async () => {
  const mapping = (expression: string): string => `
resources:
  - kind: services
    selector: { query: "true" }
    port:
      entity:
        mappings:
          identifier: .id
          blueprint: '"service"'
          properties:
            day: ${expression}
`;
  const given = `'.created_at | fromdate | strftime("%d %J")'`;
  expect(await failureOf(parseMapping(mapping(given)))).toMatchObject({
    message: expect.stringMatching(/11:18.*strftime knows no %J \(line 1, column 26\)/s),
  });
  const known = `'.created_at | fromdate | strftime("%d %Z")'`;
  expect((await parseMapping(mapping(known))).resources).toHaveLength(1);
});
