/** Writes `docs/benchmarks.md`. Its text has to be right whatever the figures are. */
import { type BenchSize, formatMarkdown, type Table } from "./bench-table.ts";

/** What one bench came to. */
export interface BenchResult {
  /** What `bun run bench` calls it. */
  readonly name: string;
  readonly title: string;
  readonly method: string;
  readonly tables: readonly Table[];
  /** What the bench took as a whole. */
  readonly seconds: number;
}

/** What was measured, where and when. */
export interface BenchRun {
  readonly size: BenchSize;
  readonly startedAt: Date;
  /** Names and values: the machine, and what ran on it. */
  readonly machine: readonly (readonly [string, string])[];
  readonly results: readonly BenchResult[];
}

/** The page, in Markdown. */
export function writeBenchPage({ size, startedAt, machine, results }: BenchRun): string {
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const facts = { title: "", columns: ["what", "which"], rows: machine };
  const isTrial = size === "quick";
  const sections = [
    "# Benchmarks",
    `Written by \`bun run bench\`${isTrial ? " with `--quick`" : ""}, which runs every bench, one after another, and replaces this page. Nothing is asserted here: figures are those of one run on one machine, and ratios say more than they do elsewhere.`,
    isTrial
      ? "**These figures are of no use**: `--quick` measures next to nothing, and only shows that all benches work."
      : "One bench alone, some of them in larger sizes, is `bun run bench NAME`; it prints its tables and leaves this page as it is.",
    "## Machine",
    formatMarkdown({
      ...facts,
      rows: [
        ["date", startedAt.toISOString().slice(0, 10)],
        ["duration", `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`],
        ...machine,
      ],
    }).trimEnd(),
    ...results.flatMap(writeResult),
  ];
  return `${sections.join("\n\n")}\n`;
}

function writeResult({ name, title, method, tables }: BenchResult): string[] {
  const written = tables.flatMap((table) => [
    `### ${table.title}`,
    formatMarkdown(table).trimEnd(),
  ]);
  return [`## ${title}`, `\`bun run bench ${name}\`. ${method}`, ...written];
}
