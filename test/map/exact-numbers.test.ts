import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { writeFileSync } from "node:fs";
import { createMapper, type JsonObject, parseJson, parseMapping } from "@pagerport/core";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { arbitraryNumbersText } from "../support/arbitrary-numbers.ts";
import { runHere } from "../support/run-here.ts";
import { bySize } from "../support/size.ts";

/** The example of a person's custom details: an identifier in full, and a version. */
const object = '{"id":"Q1","d":{"id":4907012345678901234,"version":1.10,"all":[1e2,-0.50]}}';

const mapping = `
resources:
  - kind: incidents
    selector: { query: "true" }
    port: { entity: { mappings: {
      identifier: .d.id, title: .d.version, blueprint: '"incident"',
      properties: {
        all: .d.all, text: '"\\(.d.all)"', half: '.d.all[1] | length', more: .d.version + 1,
        unique: '[12345678901234567890, 12345678901234567891] | unique | length',
        jq: '.d | [.id, .version] | map(tojson) | join(" ") | sub("x"; "y")',
        passed: '.d.all | to_entries | map(.value)' },
      relations: { one: .d.id, many: '[.d.id, .d.version]' } } } }
`;

const entity =
  '{"identifier":"4907012345678901234","blueprint":"incident","title":"1.10","properties":' +
  '{"all":[1E+2,-0.50],"text":"[1E+2,-0.50]","half":0.50,"more":2.1,"unique":2,' +
  '"jq":"4907012345678901234 1.10","passed":[1E+2,-0.50]},' +
  '"relations":{"one":"4907012345678901234","many":["4907012345678901234","1.10"]}}';

test("a mapper gives numbers as they were written, natively and by jq", async () => {
  for (const native of [true, false]) {
    await using mapper = createMapper(await parseMapping(mapping), { native });
    const [mapped] = await mapper.apply(0, [parseJson(object) as JsonObject]);
    expect(mapped?.problems).toEqual([]);
    expect(JSON.stringify(mapped?.entities[0])).toBe(entity);
  }
});

test("pagerport map prints numbers as they were written", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.file("mapping.yaml"), mapping);
  writeFileSync(folder.file("input.json"), object);
  const args = ["map", "--mapping", "mapping.yaml", "--kind", "incidents", "--input", "input.json"];
  const { stdout, code } = await runHere(args, { cwd: folder.path });
  expect(stdout.trim()).toBe(entity);
  expect(code).toBe(0);
});

const fields = [
  ".a",
  ".b",
  "[.users, .q]",
  ".a | tostring",
  '"\\(.name) \\(.b)"',
  "{a: .q, b: .a}",
];
const known = ["unique", "sort", ".a == .b", ".a < .b", "[.. | numbers] | .[0:3]", ".users[0]?"];

test("a mapper makes the same natively and by jq of objects with numbers of all sorts", async () => {
  const text = `
resources:
  - kind: incidents
    selector: { query: "true" }
    port: { entity: { mappings: {
      identifier: '"Q1"', blueprint: '"incident"', title: .a | tostring,
      properties: { ${[...fields, ...known.map((one) => `[.a, .b, .q] | ${one}`)]
        .map((source, at) => `p${at}: '${source}'`)
        .join(", ")} } } } }
`;
  await using natively = createMapper(await parseMapping(text));
  await using byJq = createMapper(await parseMapping(text), { native: false });
  const size = bySize({ short: 200, long: 5000 });
  const objects = fc
    .sample(arbitraryNumbersText, size)
    .map((one) => parseJson(`{"id":"Q1","a":${one},"b":1.10,"q":1E+2}`) as JsonObject);
  const given = await natively.apply(0, objects);
  const expected = await byJq.apply(0, objects);
  expect(given.map((one) => JSON.stringify(one))).toEqual(
    expected.map((one) => JSON.stringify(one)),
  );
});
