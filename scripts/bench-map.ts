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

const objectCount = 10_000;
const pageSize = 100;
const roundCount = 5;
/** Jq by field is so slow that a part of the objects has to do. */
const objectsByField = 200;

const kinds: readonly SampleKind[] = [
  "incidents",
  "services",
  "schedules",
  "oncalls",
  "escalation_policies",
  "users",
];

/** Prints a table of each mapping and kind. */
export async function runBench(): Promise<void> {
  const engine = createJqEngine();
  print([
    "mapping",
    "kind",
    "native/s",
    "jq by pages/s",
    "jq by field/s",
    "native:pages",
    "pages:field",
  ]);
  try {
    for (const [name, file] of [
      ["guide", "guide/mapping.yaml"],
      ["default", "mapping.yaml"],
    ] as const) {
      const mapping = await parseMapping(readDefaultFile(file), { engine });
      await benchMapping(name, mapping, engine);
    }
  } finally {
    await engine.close();
  }
}

async function benchMapping(name: string, mapping: Mapping, engine: JqEngine): Promise<void> {
  const native = createMapper(mapping, { engine });
  const byPages = createMapper(mapping, { engine, native: false });
  const fields = native.explain();
  const sums = { native: 0, pages: 0, field: 0 };
  const count = kinds.filter((kind) => indexOf(mapping, kind) !== -1).length;
  for (const kind of kinds) {
    const resource = indexOf(mapping, kind);
    if (resource === -1) continue;
    const objects = createSamples(kind, objectCount, createRandom(1));
    const mapPages = async (mapper: typeof native): Promise<void> => {
      for (let at = 0; at < objects.length; at += pageSize) {
        await mapper.apply(resource, objects.slice(at, at + pageSize));
      }
    };
    const nativeTime = (await best(() => mapPages(native))) / objectCount;
    const pagesTime = (await best(() => mapPages(byPages))) / objectCount;
    const fieldTime = await measureByField(
      fields.filter((field) => field.resource === resource),
      objects.slice(0, objectsByField),
    );
    sums.native += nativeTime;
    sums.pages += pagesTime;
    sums.field += fieldTime;
    printRow(name, kind, nativeTime, pagesTime, fieldTime);
  }
  printRow(name, "all", sums.native / count, sums.pages / count, sums.field / count);
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
async function best(run: () => Promise<void>): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < roundCount; round += 1) {
    const startedAt = performance.now();
    await run();
    shortest = Math.min(shortest, performance.now() - startedAt);
  }
  return shortest;
}

function printRow(
  mapping: string,
  kind: string,
  native: number,
  pages: number,
  field: number,
): void {
  const rate = (time: number): string => Math.round(1000 / time).toLocaleString("en");
  const ratio = (slow: number, fast: number): string => `${(slow / fast).toFixed(1)} ×`;
  print([
    mapping,
    kind,
    rate(native),
    rate(pages),
    rate(field),
    ratio(pages, native),
    ratio(field, pages),
  ]);
}

function print(columns: readonly string[]): void {
  const widths = [9, 20, 12, 15, 15, 14, 12];
  const cells = columns.map((text, at) =>
    at < 2 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0),
  );
  process.stdout.write(`${cells.join("")}\n`);
}
