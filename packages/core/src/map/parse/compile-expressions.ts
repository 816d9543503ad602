import type { Expression } from "../expression.ts";
import { checkExpression } from "../jq/check.ts";
import type { JqEngine } from "../jq/engine.ts";
import { createNative } from "../native/native.ts";
import { replaceSingleQuotes } from "./single-quotes.ts";

/** An expression, or what jq has against it. */
export type CompiledExpression = { readonly expression: Expression } | { readonly error: string };

/**
 * Compiles the expressions of a mapping, each by itself. Those on the native path are known to be jq;
 * only the others are shown to the engine, so a mapping without any never starts it.
 */
export async function compileExpressions(
  sources: Iterable<string>,
  engine: JqEngine,
): Promise<ReadonlyMap<string, CompiledExpression>> {
  const compiled = new Map<string, CompiledExpression>();
  for (const source of sources) {
    if (!compiled.has(source)) compiled.set(source, await compile(source, engine));
  }
  return compiled;
}

async function compile(source: string, engine: JqEngine): Promise<CompiledExpression> {
  const asWritten = await compileExactly(source, engine);
  if ("expression" in asWritten || !source.includes("'")) return asWritten;
  const replaced = await compileExactly(replaceSingleQuotes(source), engine);
  // If that does not help either, the user wants to read about what they wrote.
  return "expression" in replaced ? replaced : asWritten;
}

async function compileExactly(source: string, engine: JqEngine): Promise<CompiledExpression> {
  const native = createNative(source);
  if (native !== undefined) return { expression: { source, native } };
  const error = await checkExpression(source, engine);
  return error === undefined ? { expression: { source, native: undefined } } : { error };
}
