import type { CliContext } from "../context.ts";
import { type Colour, createPaint } from "../ui/colour.ts";
import { wrapText } from "../ui/wrap.ts";
import type { FindingState } from "./finding.ts";
import type { NamedFinding } from "./run-checks.ts";

const words: Readonly<Record<FindingState, string>> = {
  ok: "ok",
  warning: "warning",
  failed: "failed",
  skipped: "-",
};

const colours: Readonly<Record<FindingState, Colour>> = {
  ok: "green",
  warning: "yellow",
  failed: "red",
  skipped: "dim",
};

/** Narrower, and texts would be columns of single words. */
const leastWidth = 60;

/** Prints a line for each finding, longer ones over several, what to do below it. */
export function printFindings(findings: readonly NamedFinding[], context: CliContext): void {
  const { stdout } = context;
  const paint = createPaint(stdout, context);
  const stateWidth = Math.max(...Object.values(words).map((word) => word.length));
  const nameWidth = Math.max(...findings.map(({ check }) => check.length));
  const indent = stateWidth + nameWidth + 4;
  const width = Math.max(leastWidth, stdout.columns);
  for (const { check, state, message, advice } of findings) {
    const margin = " ".repeat(indent);
    const [first = "", ...others] = wrapText(message, { width: width - indent });
    const word = paint(words[state].padEnd(stateWidth), colours[state]);
    stdout.write(`${word}  ${check.padEnd(nameWidth)}  ${first}\n`);
    for (const line of others) stdout.write(`${margin}${line}\n`);
    if (advice === undefined) continue;
    const lines = wrapText(`→ ${advice}`, { width: width - indent, indent: 2 });
    for (const line of lines) stdout.write(`${margin}${line}\n`);
  }
}
