import { stripVTControlCharacters } from "node:util";
import { expect } from "bun:test";
import { type Colour, createPaint } from "../../packages/cli/src/ui/colour.ts";
import type { Output } from "../../packages/cli/src/context.ts";

const isUpdate = process.env["PAGERPORT_UPDATE_GOLDEN"] === "1";

/** Where a screen may be shown. */
export interface Place {
  readonly name: string;
  readonly output: Pick<Output, "isTTY" | "columns">;
  readonly env: Readonly<Record<string, string>>;
}

/** Terminals of three widths, and what is no terminal, or none that colours. */
export const places: readonly Place[] = [
  { name: "60", output: { isTTY: true, columns: 60 }, env: {} },
  { name: "80", output: { isTTY: true, columns: 80 }, env: {} },
  { name: "120", output: { isTTY: true, columns: 120 }, env: {} },
  { name: "no-terminal", output: { isTTY: false, columns: 80 }, env: {} },
  { name: "no-color", output: { isTTY: true, columns: 80 }, env: { NO_COLOR: "1" } },
  { name: "dumb", output: { isTTY: true, columns: 80 }, env: { TERM: "dumb" } },
];

/** What colours a place. */
export function paintOf({ output, env }: Place): (text: string, colour: Colour) => string {
  return createPaint({ ...output, write: () => undefined }, { env });
}

/** Compares a screen with the file of its name; colours are told as `{red}…{}`, so that a person can read it. */
export async function expectScreen(path: string, lines: readonly string[]): Promise<void> {
  const names: Readonly<Record<string, string>> = {
    31: "red",
    32: "green",
    33: "yellow",
    2: "dim",
    0: "",
  };
  const text = `${lines.join("\n")}\n`.replaceAll(
    // oxlint-disable-next-line no-control-regex
    /\u001B\[(\d+)m/g,
    (_code, number: string) => `{${names[number] ?? number}}`,
  );
  if (isUpdate) await Bun.write(path, text);
  expect(text).toBe(await Bun.file(path).text());
}

/** The widest line, colours not counted. */
export function measureWidth(lines: readonly string[]): number {
  return Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
}
