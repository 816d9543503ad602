import type { Json } from "../json.ts";
import type { NativeExpression } from "./native/native.ts";

/** A checked jq expression of a mapping. */
export interface Expression {
  /** What is evaluated: as written, or with single quotes as double ones where only that is jq. */
  readonly source: string;
  /** The native path, where the expression can take it; otherwise jq evaluates it. */
  readonly native: NativeExpression | undefined;
}

/** A search query of a mapping: every leaf is an expression. */
export interface SearchExpression {
  readonly combinator: Expression;
  readonly rules: readonly (
    | { readonly property: Expression; readonly operator: Expression; readonly value: Expression }
    | SearchExpression
  )[];
}

/** The value of an expression that is a literal: `"pagerdutyService"` is, `.type` is not. */
export function literalOf(expression: Expression): { readonly value: Json } | undefined {
  return expression.native?.literal;
}

/** Whether an expression names a key, such as `__analytics`, anywhere; `__oncall_users` is another one than `__oncall_user`. */
export function mentionsKey(expression: Expression, key: string): boolean {
  const { source } = expression;
  for (let at = source.indexOf(key); at !== -1; at = source.indexOf(key, at + 1)) {
    const isWhole = !isWordCharacter(source[at - 1]) && !isWordCharacter(source[at + key.length]);
    if (isWhole) return true;
  }
  return false;
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}

/** Tells a search query from a single expression. */
export function isSearch(source: Expression | SearchExpression): source is SearchExpression {
  return "combinator" in source;
}
