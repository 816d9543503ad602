import type { CliContext, Output } from "../context.ts";

/** Codes of ECMA-48 ("select graphic rendition"), which every terminal knows. */
const codes = { red: 31, green: 32, yellow: 33, dim: 2 } as const;

/** What text may be shown in. */
export type Colour = keyof typeof codes;

/** Colours a text, or leaves it as it is where colours are not wanted. */
export type Paint = (text: string, colour: Colour) => string;

/**
 * Colours for an output: on a terminal only, and not where the user wants none.
 *
 * @see https://no-color.org
 */
export function createPaint(output: Output, { env }: Pick<CliContext, "env">): Paint {
  const isWanted = output.isTTY && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  return (text, colour) => (isWanted ? `\u001B[${codes[colour]}m${text}\u001B[0m` : text);
}
