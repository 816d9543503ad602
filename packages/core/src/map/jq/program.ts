import { defineTimes } from "./time-definitions.ts";

/**
 * How expressions of a mapping become jq programs.
 *
 * Nothing outside the object may be read or written, so what reaches out of it is defined anew, in every
 * arity. Two names are not functions: `$__loc__` is a word of the language and `$ENV` and `$ARGS` are
 * variables; the latter two are bound here, the former is refused when a mapping is checked.
 */
const shadows = `
def env: {};
def input: error("input is not available in a mapping");
def inputs: error("inputs is not available in a mapping");
def debug: .;
def debug(message): .;
def stderr: .;
def halt: error("halt is not available in a mapping");
def halt_error: error("halt_error is not available in a mapping");
def halt_error(code): error("halt_error is not available in a mapping");
def input_filename: null;
def input_line_number: 0;
def get_search_list: [];
def get_jq_origin: null;
def get_prog_origin: null;
def modulemeta: error("modulemeta is not available in a mapping");
{} as $ENV | {} as $ARGS |
`.replaceAll("\n", " ");

/** How large one program may become, in characters; jq's parser has limits of its own above this. */
const maxProgramLength = 64 * 1024;

/** Lines before the expression in {@link checkProgram}, to be taken off the lines in jq's messages. */
export const checkLinesBefore = 1;

/**
 * A program that compiles exactly when the expression by itself is one: the pipe in front of it makes an
 * empty one, a definition without a body, and `import` errors.
 */
export function checkProgram(expression: string): string {
  return `${defineTimes([expression])}${shadows}. |\n${expression}`;
}

/**
 * A program that answers each input with one row: an array with `{v: value}` or `{e: error}` for each
 * expression, its first output only, null where it has none.
 */
export function pageProgram(expressions: readonly string[]): string {
  return `${defineTimes(expressions)}${shadows}[${expressions.map(embed).join(",")}]`;
}

/**
 * The array is there because `?//` leaks a second output out of `first`; the two newlines because a
 * comment may end in a backslash, which continues it on the next line.
 */
function embed(expression: string): string {
  return `try {v: ([first(${expression}\n\n)] | .[0])} catch {e: .}`;
}

/** Cuts a list of expressions into runs whose program stays below the limit; a longer one is alone. */
export function splitPrograms<T>(
  expressions: readonly T[],
  textOf: (expression: T) => string,
): T[][] {
  const runs: T[][] = [];
  let run: T[] = [];
  let length = shadows.length;
  for (const expression of expressions) {
    const added = embed(textOf(expression)).length + 1;
    if (run.length > 0 && length + added > maxProgramLength) {
      runs.push(run);
      run = [];
      length = shadows.length;
    }
    run.push(expression);
    length += added;
  }
  if (run.length > 0) runs.push(run);
  return runs;
}
