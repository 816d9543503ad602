import { checkLetters } from "./check-letters.ts";
import type { JqEngine } from "./engine.ts";
import { checkLinesBefore, checkProgram } from "./program.ts";

/** How long jq may take to read one expression. Usual is 1 ms; 100 kB of brackets take 10. */
const checkLimitMs = 10_000;

/**
 * Lets jq compile an expression, alone, without running it.
 *
 * @returns what jq has against it, undefined if nothing.
 */
export async function checkExpression(
  expression: string,
  engine: JqEngine,
): Promise<string | undefined> {
  const refused = findForbidden(expression);
  if (refused !== undefined) return refused;
  const answer = await engine.run(checkProgram(expression), [], checkLimitMs);
  const letters = checkLetters(expression);
  if (letters !== undefined && answer.outcome === "answered" && answer.exitCode === 0)
    return letters;
  switch (answer.outcome) {
    case "timeout":
      return `jq did not finish reading it within ${checkLimitMs} ms`;
    case "aborted":
      return "jq ran out of memory while reading it";
    case "answered":
      return answer.exitCode === 0 ? undefined : describeCompileError(answer.stderr);
  }
}

/** What jq would take, but not as it is written: found by reading around strings and comments. */
function findForbidden(expression: string): string | undefined {
  if (expression.trim() === "") return "it is empty";
  // jq reads its program as a C text, which ends there: the rest would silently be cut off.
  if (expression.includes("\0")) return "it holds a NUL character";
  if (!expression.isWellFormed()) return "it holds half of a surrogate pair";
  if (/\$\s*__loc__\b/.test(expression)) return "$__loc__ is not available in a mapping";
  return undefined;
}

/** `syntax error, unexpected end of file (line 1, column 4)`, from jq's report of several lines. */
function describeCompileError(stderr: string): string {
  const first = stderr.split("\n")[0] ?? "";
  const found = /^jq: error: (.*) at <top-level>(?:, line (\d+), column (\d+))?:?$/.exec(first);
  if (found === null) return first.replace(/^jq: error:?\s*/, "");
  const [, message = "", line, column] = found;
  if (line === undefined) return message;
  return `${message} (line ${Number(line) - checkLinesBefore}, column ${column ?? "?"})`;
}
