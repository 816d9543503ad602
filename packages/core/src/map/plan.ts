import { type Expression, isSearch, mentionsKey, type SearchExpression } from "./expression.ts";
import type { Json } from "../json.ts";
import type { EntityTemplate, ItemsToParse } from "./mapping.ts";
import { NativeFailure } from "./native/failure.ts";
import { Failure, type Outcome } from "./outcome.ts";

/** Reads what an expression gave for an input; `row` holds what jq evaluated for it. */
export type Slot = (input: Json, row: readonly Outcome[]) => Outcome;

/** The same for a search query. */
export interface SearchSlot {
  readonly combinator: Slot;
  readonly rules: readonly (
    | { readonly property: Slot; readonly operator: Slot; readonly value: Slot }
    | SearchSlot
  )[];
}

/** How one entity is read, field by field. */
export interface EntityPlan {
  readonly identifier: Slot | SearchSlot;
  readonly blueprint: Slot;
  readonly title: Slot | undefined;
  readonly icon: Slot | undefined;
  readonly team: Slot | SearchSlot | undefined;
  readonly properties: readonly (readonly [string, Slot])[];
  readonly relations: readonly (readonly [string, Slot | SearchSlot])[];
}

/** How everything of one resource is read. */
export interface ResourcePlan {
  readonly items:
    | { readonly slot: Slot; readonly name: string; readonly leftOut: ItemsToParse["leftOut"] }
    | undefined;
  /** What jq has to evaluate for an object before its items are known. */
  readonly itemsSources: readonly string[];
  readonly selector: Slot | undefined;
  /** Whether the selector needs no row, so that it can be asked before jq is. */
  readonly selectorIsNative: boolean;
  readonly entities: readonly EntityPlan[];
  /** What jq has to evaluate for an object or item. */
  readonly sources: readonly string[];
}

export interface PlanOptions {
  /** False lets jq do everything. */
  readonly native: boolean;
  /** Keys that could not be read this time: what reads them is left out. */
  readonly unavailable: readonly string[];
}

/** Works out, once for many objects, who evaluates what. */
export function createResourcePlan(
  resource: {
    readonly query: Expression | undefined;
    readonly items: ItemsToParse | undefined;
    readonly entities: readonly EntityTemplate[];
  },
  options: PlanOptions,
): ResourcePlan {
  const forItems = createSlots(options);
  const forEntities = createSlots(options);
  const { query, items } = resource;
  const isMissing = (field: Expression | SearchExpression): boolean =>
    options.unavailable.some((key) => mentions(field, key));
  const present = <T extends Expression | SearchExpression>(field: T | undefined): T | undefined =>
    field === undefined || isMissing(field) ? undefined : field;
  const optional = (field: Expression | undefined): Slot | undefined => {
    const found = present(field);
    return found === undefined ? undefined : forEntities.slot(found);
  };

  return {
    items: items && { slot: forItems.slot(items.list), name: items.name, leftOut: items.leftOut },
    selector: query && forEntities.slot(query),
    selectorIsNative: query === undefined || (options.native && query.native !== undefined),
    entities: resource.entities.map((template) => {
      const team = present(template.team);
      return {
        identifier: forEntities.either(template.identifier),
        blueprint: forEntities.slot(template.blueprint),
        title: optional(template.title),
        icon: optional(template.icon),
        team: team && forEntities.either(team),
        properties: template.properties
          .filter(([, field]) => !isMissing(field))
          .map(([name, field]) => [name, forEntities.slot(field)] as const),
        relations: template.relations
          .filter(([, field]) => !isMissing(field))
          .map(([name, field]) => [name, forEntities.either(field)] as const),
      };
    }),
    itemsSources: forItems.sources,
    sources: forEntities.sources,
  };
}

/** Hands out slots, and collects what jq has to evaluate for them: each expression once. */
function createSlots({ native, unavailable }: PlanOptions) {
  const sources: string[] = [];
  const slot = (expression: Expression): Slot => {
    const missing = unavailable.find((key) => mentionsKey(expression, key));
    if (missing !== undefined) {
      const failure = new Failure(`it reads ${missing}, which could not be read from PagerDuty`);
      return () => failure;
    }
    if (native && expression.native !== undefined) return nativeSlot(expression.native.first);
    const known = sources.indexOf(expression.source);
    const at = known === -1 ? sources.push(expression.source) - 1 : known;
    return (_, row) => row[at] ?? null;
  };
  const search = (expression: SearchExpression): SearchSlot => ({
    combinator: slot(expression.combinator),
    rules: expression.rules.map((rule) =>
      "combinator" in rule
        ? search(rule)
        : {
            property: slot(rule.property),
            operator: slot(rule.operator),
            value: slot(rule.value),
          },
    ),
  });
  const either = (field: Expression | SearchExpression): Slot | SearchSlot =>
    isSearch(field) ? search(field) : slot(field);
  return { sources, slot, either };
}

function nativeSlot(first: (input: Json) => Json): Slot {
  return (input) => {
    try {
      return first(input);
    } catch (error) {
      if (error instanceof NativeFailure) return new Failure(error.message);
      throw error;
    }
  };
}

function mentions(field: Expression | SearchExpression, key: string): boolean {
  if (!isSearch(field)) return mentionsKey(field, key);
  return (
    mentionsKey(field.combinator, key) ||
    field.rules.some((rule) =>
      "combinator" in rule
        ? mentions(rule, key)
        : [rule.property, rule.operator, rule.value].some((leaf) => mentionsKey(leaf, key)),
    )
  );
}
