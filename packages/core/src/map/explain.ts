import { type Expression, isSearch, literalOf, type SearchExpression } from "./expression.ts";
import type { Mapping } from "./mapping.ts";

/** One expression of a mapping and who evaluates it. */
export interface ExplainedField {
  /** Position in `resources`. */
  readonly resource: number;
  readonly kind: string;
  /** `selector.query`, `properties.url`, `mappings[1].relations.service.rules[0].value` … */
  readonly field: string;
  readonly expression: string;
  /** `literal` is a constant, `native` is evaluated in JavaScript, `jq` in the jq process. */
  readonly path: "literal" | "native" | "jq";
}

/** Which path each expression of a mapping takes. */
export function explainMapping(mapping: Mapping, native = true): ExplainedField[] {
  return mapping.resources.flatMap((resource) => {
    const fields: [string, Expression][] = [["selector.query", resource.query]];
    if (resource.items !== undefined) fields.push(["itemsToParse", resource.items.list]);
    for (const [at, entity] of resource.entities.entries()) {
      const prefix = resource.entities.length > 1 ? `mappings[${at}].` : "";
      for (const field of ["identifier", "blueprint", "title", "icon", "team"] as const) {
        fields.push(...leavesOf(prefix + field, entity[field]));
      }
      for (const group of ["properties", "relations"] as const) {
        for (const [name, value] of entity[group]) {
          fields.push(...leavesOf(`${prefix}${group}.${name}`, value));
        }
      }
    }
    return fields.map(([field, expression]) => ({
      resource: resource.index,
      kind: resource.kind,
      field,
      expression: expression.source,
      path: native ? pathOf(expression) : "jq",
    }));
  });
}

function pathOf(expression: Expression): ExplainedField["path"] {
  if (literalOf(expression) !== undefined) return "literal";
  return expression.native === undefined ? "jq" : "native";
}

function leavesOf(
  field: string,
  value: Expression | SearchExpression | undefined,
): [string, Expression][] {
  if (value === undefined) return [];
  if (!isSearch(value)) return [[field, value]];
  const leaves: [string, Expression][] = [[`${field}.combinator`, value.combinator]];
  for (const [at, rule] of value.rules.entries()) {
    const path = `${field}.rules[${at}]`;
    if ("combinator" in rule) leaves.push(...leavesOf(path, rule));
    else {
      for (const key of ["property", "operator", "value"] as const) {
        leaves.push([`${path}.${key}`, rule[key]]);
      }
    }
  }
  return leaves;
}
