import { type Expression, isSearch, mentionsKey, type SearchExpression } from "./expression.ts";
import { listKeys } from "./native/list-keys.ts";
import { parseNative } from "./native/parse.ts";

/**
 * Whether an expression, or any of a search query, reads one of some keys of what it is given, at any
 * depth. Of an expression that only jq understands, the key's name anywhere in it counts.
 */
export function readsKey(field: Expression | SearchExpression, keys: ReadonlySet<string>): boolean {
  if (!isSearch(field)) return expressionReads(field, keys);
  return (
    expressionReads(field.combinator, keys) ||
    field.rules.some((rule) =>
      "combinator" in rule
        ? readsKey(rule, keys)
        : [rule.property, rule.operator, rule.value].some((leaf) => expressionReads(leaf, keys)),
    )
  );
}

function expressionReads(expression: Expression, keys: ReadonlySet<string>): boolean {
  const mentioned = [...keys].filter((key) => mentionsKey(expression, key));
  if (mentioned.length === 0) return false;
  const node = parseNative(expression.source);
  return node === undefined || [...listKeys(node)].some((key) => keys.has(key));
}
