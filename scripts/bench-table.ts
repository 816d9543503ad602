/** What benches find, and how it is written for people: the console and the page are made of the same tables. */

/** How much is measured: what one bench does by itself, what a run of all does, and what only shows that it works. */
export type BenchSize = "whole" | "page" | "quick";

export interface BenchOptions {
  readonly size: BenchSize;
  /** Parts of the bench that are wanted. Empty = all. */
  readonly parts: readonly string[];
}

/** One kind of measurement; a file each. */
export interface Bench {
  readonly title: string;
  /** How is measured, in two sentences. */
  describeMethod(size: BenchSize): string;
  /** Measures, and gives each table as soon as it is whole. */
  measure(options: BenchOptions): AsyncIterable<Table>;
}

/** Figures that belong together. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  /** As many cells as there are columns. */
  readonly rows: readonly (readonly string[])[];
}

/** A ratio, or a figure beside what is aimed at. */
export interface Ratio {
  readonly what: string;
  readonly value: string;
  /** @default none is set */
  readonly aim?: string;
}

/** The table that a bench ends with. */
export function createRatioTable(ratios: readonly Ratio[]): Table {
  const rows = ratios.map(({ what, value, aim = "" }) => [what, value, aim]);
  return { title: "Ratios", columns: ["of what", "measured", "aim"], rows };
}

/** A table as Markdown has it. */
export function formatMarkdown({ columns, rows }: Table): string {
  const toLine = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |\n`;
  const marks = columns.map((_, at) => (isNumeric(rows, at) ? "--:" : "---"));
  return `${toLine(columns)}|${marks.join("|")}|\n${rows.map(toLine).join("")}`;
}

/** A table as a terminal shows it: its title, and columns of equal width. */
export function formatText({ title, columns, rows }: Table): string {
  const widths = columns.map((_, at) =>
    Math.max(...[columns, ...rows].map((cells) => (cells[at] ?? "").length)),
  );
  const toLine = (cells: readonly string[]): string =>
    cells
      .map((cell, at) =>
        isNumeric(rows, at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      )
      .join("   ")
      .trimEnd();
  return `${title}\n${[columns, ...rows].map((cells) => `  ${toLine(cells)}\n`).join("")}`;
}

/** Numbers stand to the right. */
function isNumeric(rows: Table["rows"], at: number): boolean {
  const cells = rows.map((row) => row[at] ?? "").filter((cell) => cell !== "");
  return cells.length > 0 && cells.every((cell) => /^[\d–]/.test(cell));
}

/** A number with its thousands set apart; `–` where it could not be told. */
export function formatNumber(value: number, decimals = 0): string {
  if (!Number.isFinite(value)) return "–";
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return value.toLocaleString("en-US", digits);
}

/** How many times as much. */
export function formatTimes(value: number): string {
  return `${formatNumber(value, value < 100 ? 1 : 0)} ×`;
}

/** A share of 1 in percent. */
export function formatShare(share: number): string {
  return `${formatNumber(share * 100)} %`;
}
