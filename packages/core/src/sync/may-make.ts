import { literalOf } from "../map/expression.ts";
import type { EntityTemplate } from "../map/mapping.ts";

/** Whether a template makes entities of a blueprint, or could: one that is not a literal may be any. */
export function mayMake(template: EntityTemplate, blueprint: string): boolean {
  const literal = literalOf(template.blueprint);
  return literal === undefined || literal.value === blueprint;
}
