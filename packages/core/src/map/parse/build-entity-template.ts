import type { Expression, SearchExpression } from "../expression.ts";
import type { EntityTemplate } from "../mapping.ts";
import type { CompiledExpression } from "./compile-expressions.ts";
import type { EntityMappingSource, SearchQuerySource } from "./mapping-schema.ts";

/** Puts compiled expressions in the place of their texts. */
export interface ExpressionBuilder {
  expression(source: string): Expression;
  entity(source: Omit<EntityMappingSource, "blueprint">, blueprint: Expression): EntityTemplate;
}

/** Creates a builder over expressions that have all compiled. */
export function createBuilder(
  compiled: ReadonlyMap<string, CompiledExpression>,
): ExpressionBuilder {
  const expression = (source: string): Expression => {
    const found = compiled.get(source);
    if (found !== undefined && "expression" in found) return found.expression;
    throw new TypeError(`An expression was not compiled: ${source}`);
  };
  const search = (source: SearchQuerySource): SearchExpression => ({
    combinator: expression(source.combinator),
    rules: source.rules.map((rule) =>
      "combinator" in rule
        ? search(rule)
        : {
            property: expression(rule.property),
            operator: expression(rule.operator),
            value: expression(rule.value),
          },
    ),
  });
  const either = (source: string | SearchQuerySource): Expression | SearchExpression =>
    typeof source === "string" ? expression(source) : search(source);

  return {
    expression,
    entity: (source, blueprint) => ({
      identifier: either(source.identifier),
      blueprint,
      title: given(source.title, expression),
      icon: given(source.icon, expression),
      team: given(source.team, either),
      properties: Object.entries(source.properties ?? {}).map(
        ([name, value]) => [name, expression(value)] as const,
      ),
      relations: Object.entries(source.relations ?? {}).map(
        ([name, value]) => [name, either(value)] as const,
      ),
    }),
  };
}

function given<T, U>(value: T | null | undefined, build: (value: T) => U): U | undefined {
  return value === null || value === undefined ? undefined : build(value);
}
