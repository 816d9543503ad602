/**
 * `bun run bench map`: objects a second of the three ways to evaluate a mapping, in one run.
 *
 * - native: expressions as JavaScript, in this process
 * - jq by pages: one jq call for a page of 100 objects, in the jq process
 * - jq by field: one jq call for each field of each object, in this process; Ocean's way
 */
import {
  createJqEngine,
  createMapper,
  type ExplainedField,
  type JsonObject,
  type JqEngine,
  type Mapping,
  parseMapping,
  readDefaultFile,
} from "@pagerport/core";
import { loadJq } from "jq-wasm/inline";
import { createRandom, createSamples, type SampleKind } from "../test/support/sample-objects.ts";
import {
  type Bench,
  type BenchSize,
  createRatioTable,
  formatNumber,
  formatTimes,
  type Ratio,
  type Table,
} from "./bench-table.ts";

const pageSize = 100;

/**
 * Objects of a kind and the rounds of which the best counts. Jq by field is so slow that a part of the
 * objects has to do.
 */
const sizes = {
  whole: { objectCount: 10_000, objectsByField: 200, roundCount: 5 },
  page: { objectCount: 5000, objectsByField: 100, roundCount: 3 },
  quick: { objectCount: 100, objectsByField: 2, roundCount: 1 },
} as const satisfies Record<BenchSize, unknown>;

const kinds: readonly SampleKind[] = [
  "incidents",
  "services",
  "schedules",
  "oncalls",
  "escalation_policies",
  "users",
];

const mappings = [
  ["guide", "guide/mapping.yaml"],
  ["default", "mapping.yaml"],
] as const;

/** The three ways, for each mapping and kind. */
export const bench: Bench = {
  title: "Mapping",
  describeMethod(size) {
    const { objectCount, objectsByField, roundCount } = sizes[size];
    return `${formatNumber(objectCount)} generated objects of each kind are mapped in pages of ${pageSize}, natively and by jq, and the best of ${roundCount} rounds counts. One call of jq for each field of each object, which is how Ocean evaluates, is timed once on ${objectsByField} of them.`;
  },
  async *measure({ size }) {
    const engine = createJqEngine();
    const results: Measured[] = [];
    try {
      for (const [name, file] of mappings) {
        const mapping = await parseMapping(readDefaultFile(file), { engine });
        results.push(...(await measureMapping(name, mapping, engine, size)));
      }
    } finally {
      await engine.close();
    }
    yield describeRates(results);
    yield createRatioTable(results.filter(({ kind }) => kind === "all").flatMap(compareWays));
  },
};

/** Milliseconds an object. */
interface Measured {
  readonly mapping: string;
  readonly kind: string;
  readonly native: number;
  readonly pages: number;
  readonly field: number;
}

function describeRates(results: readonly Measured[]): Table {
  const rate = (time: number): string => formatNumber(1000 / time);
  return {
    title: "Objects a second",
    columns: [
      "mapping",
      "kind",
      "native",
      "jq by pages",
      "jq by field",
      "native : pages",
      "pages : field",
    ],
    rows: results.map(({ mapping, kind, native, pages, field }) => [
      mapping,
      kind,
      rate(native),
      rate(pages),
      rate(field),
      formatTimes(pages / native),
      formatTimes(field / pages),
    ]),
  };
}

function compareWays({ mapping, native, pages, field }: Measured): Ratio[] {
  const named = (what: string): string =>
    `objects a second, ${mapping} mapping, all kinds: ${what}`;
  return [
    { what: named("native to jq by pages"), value: formatTimes(pages / native) },
    { what: named("jq by pages to jq by field"), value: formatTimes(field / pages) },
    { what: named("native to jq by field"), value: formatTimes(field / native) },
  ];
}

/** Each kind that the mapping has, and their mean. */
async function measureMapping(
  name: string,
  mapping: Mapping,
  engine: JqEngine,
  size: BenchSize,
): Promise<Measured[]> {
  const { objectCount, objectsByField, roundCount } = sizes[size];
  const native = createMapper(mapping, { engine });
  const byPages = createMapper(mapping, { engine, native: false });
  const fields = native.explain();
  const results: Measured[] = [];
  for (const kind of kinds) {
    const resource = indexOf(mapping, kind);
    if (resource === -1) continue;
    const objects = createSamples(kind, objectCount, createRandom(1));
    const mapPages = async (mapper: typeof native): Promise<void> => {
      for (let at = 0; at < objects.length; at += pageSize) {
        await mapper.apply(resource, objects.slice(at, at + pageSize));
      }
    };
    results.push({
      mapping: name,
      kind,
      native: (await best(roundCount, () => mapPages(native))) / objectCount,
      pages: (await best(roundCount, () => mapPages(byPages))) / objectCount,
      field: await measureByField(
        fields.filter((field) => field.resource === resource),
        objects.slice(0, objectsByField),
      ),
    });
  }
  const mean = (of: (measured: Measured) => number): number =>
    results.reduce((sum, measured) => sum + of(measured), 0) / results.length;
  const all = { native: mean((one) => one.native), pages: mean((one) => one.pages) };
  return [...results, { mapping: name, kind: "all", ...all, field: mean((one) => one.field) }];
}

function indexOf(mapping: Mapping, kind: SampleKind): number {
  return mapping.resources.findIndex((resource) => resource.kind === kind);
}

/** Milliseconds an object. */
async function measureByField(
  fields: readonly ExplainedField[],
  objects: readonly JsonObject[],
): Promise<number> {
  const jq = await loadJq();
  const startedAt = performance.now();
  for (const object of objects) {
    for (const field of fields)
      jq.raw(JSON.stringify(object), `first(${field.expression})`, ["-c"]);
  }
  return (performance.now() - startedAt) / objects.length;
}

/** Milliseconds of the best of some rounds. */
async function best(roundCount: number, run: () => Promise<void>): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < roundCount; round += 1) {
    const startedAt = performance.now();
    await run();
    shortest = Math.min(shortest, performance.now() - startedAt);
  }
  return shortest;
}
