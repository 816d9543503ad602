import type { Json } from "../../json.ts";
import { compileNative } from "./compile.ts";
import type { Node } from "./node.ts";
import { parseNative } from "./parse.ts";
import { isExact, makesNumbers } from "./restrictions.ts";
import { clampNumbers } from "./values.ts";

/** An expression on the native path. */
export interface NativeExpression {
  /** The first output, or null for none; throws `NativeFailure` where jq has an error. */
  readonly first: (input: Json) => Json;
  /** The value, where the expression is nothing but a literal. */
  readonly literal: { readonly value: Json } | undefined;
}

/**
 * Takes an expression on the native path, if that gives exactly what jq gives for every input.
 *
 * @returns undefined where jq has to do it, or has to say what is wrong with it.
 */
export function createNative(source: string): NativeExpression | undefined {
  const node = parseNative(source);
  if (node === undefined || !isExact(node)) return undefined;
  const first = compileNative(node);
  return {
    first: makesNumbers(node) ? (input) => clampNumbers(first(input)) : first,
    literal: literalOf(node),
  };
}

function literalOf(node: Node): { readonly value: Json } | undefined {
  return node.op === "literal" ? { value: node.value } : undefined;
}
