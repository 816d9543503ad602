/**
 * `bun run bench`: runs all benches one after another, on an idle machine, and writes `docs/benchmarks.md`.
 * `bun run bench NAME [PART …]`: runs one, in larger sizes, and only prints. Nothing is asserted.
 *
 * - `--output FILE`: where the page of all benches is written
 * - `--quick`: measures next to nothing, to see that benches work; writes a page only with `--output`
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "./bench-machine.ts";
import { type BenchResult, writeBenchPage } from "./bench-page.ts";
import { type Bench, type BenchOptions, formatText, type Table } from "./bench-table.ts";

/** In the order of the page. */
const benches: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  import: () => import("./bench-import.ts"),
  map: () => import("./bench-map.ts"),
  sync: () => import("./bench-sync.ts"),
  webhook: () => import("./bench-webhook.ts"),
  start: () => import("./bench-start.ts"),
};
const page = join(import.meta.dir, "../docs/benchmarks.md");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, output: { type: "string" } },
});
const [name, ...parts] = positionals;
if (name === undefined) await runAll(values.output ?? (values.quick ? undefined : page));
else if (name in benches) await runBench(name, { size: values.quick ? "quick" : "whole", parts });
else {
  process.stderr.write(
    `usage: bun run bench [--quick] [--output FILE] [${Object.keys(benches).join("|")}]\n`,
  );
  process.exit(2);
}

async function runAll(output: string | undefined): Promise<void> {
  const size = values.quick ? "quick" : "page";
  const startedAt = new Date();
  const machine = describeMachine();
  const results: BenchResult[] = [];
  for (const one of Object.keys(benches)) {
    results.push(await runBench(one, { size, parts: [] }));
    const { title, seconds } = results.at(-1) ?? { title: one, seconds: 0 };
    process.stderr.write(`✓ ${title}, ${seconds.toFixed(0)} s\n\n`);
  }
  if (output === undefined) return;
  await Bun.write(output, writeBenchPage({ size, startedAt, machine, results }));
  process.stderr.write(`Wrote ${output}.\n`);
}

/** Prints each table as soon as it is there. */
async function runBench(which: string, options: BenchOptions): Promise<BenchResult> {
  const loaded = await benches[which]?.();
  if (loaded === undefined) throw new Error(`There is no bench '${which}'`);
  const { bench } = loaded;
  const beganAt = performance.now();
  const tables: Table[] = [];
  for await (const table of bench.measure(options)) {
    tables.push(table);
    process.stdout.write(`${formatText(table)}\n`);
  }
  const seconds = (performance.now() - beganAt) / 1000;
  const { title } = bench;
  return { name: which, title, method: bench.describeMethod(options.size), tables, seconds };
}
