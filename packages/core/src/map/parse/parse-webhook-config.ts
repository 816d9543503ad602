import { MappingError } from "../../errors.ts";
import type { Expression } from "../expression.ts";
import type { EntityTemplate, ItemsToParse } from "../mapping.ts";
import { createBuilder, type ExpressionBuilder } from "./build-entity-template.ts";
import { checkShape } from "./check-shape.ts";
import { findWebhookExpressions } from "./find-expressions.ts";
import {
  compileSites,
  findExpressionMistakes,
  inOrder,
  openDocument,
  type ParseOptions,
} from "./parse-mapping.ts";
import { webhookSchema, type WebhookSource } from "./webhook-schema.ts";

/** A Port webhook configuration that has been checked whole. */
export interface WebhookConfig {
  readonly identifier: string | undefined;
  readonly mappings: readonly WebhookMapping[];
}

/** One entry of its `mappings`. */
export interface WebhookMapping {
  /** Its position, from 0. */
  readonly index: number;
  readonly blueprint: string;
  readonly operation: "create" | "delete";
  /** Whether a deletion takes what depends on the entity with it. */
  readonly deleteDependents: boolean;
  /** Requests for which this is not true are passed over; without one, all are taken. */
  readonly filter: Expression | undefined;
  readonly items: ItemsToParse | undefined;
  readonly entity: EntityTemplate;
}

/**
 * Reads and checks a Port webhook configuration.
 *
 * @param source JSON or YAML text, or an object; `mappings` alone, as a list, is taken too.
 * @throws MappingError with every mistake in it.
 */
export async function parseWebhookConfig(
  source: unknown,
  options: ParseOptions = {},
): Promise<WebhookConfig> {
  const opened = openDocument(source, options.file);
  const document = Array.isArray(opened.value)
    ? openDocument({ mappings: opened.value }, options.file)
    : opened;
  const sites = findWebhookExpressions(document.value);
  const checked = checkShape(document, webhookSchema);
  const compiled = await compileSites(sites, options.engine);
  const mistakes = [
    ...("mistakes" in checked ? checked.mistakes : []),
    ...findExpressionMistakes(sites, compiled, document),
  ];
  if (mistakes.length > 0 || "mistakes" in checked) throw new MappingError(inOrder(mistakes));

  const builder = createBuilder(compiled);
  return {
    identifier: checked.value.identifier,
    mappings: checked.value.mappings.map((one, index) => buildMapping(one, index, builder)),
  };
}

function buildMapping(
  source: WebhookSource["mappings"][number],
  index: number,
  builder: ExpressionBuilder,
): WebhookMapping {
  const operation =
    typeof source.operation === "string" ? { type: source.operation } : source.operation;
  const blueprint: Expression = {
    source: JSON.stringify(source.blueprint),
    native: { first: () => source.blueprint, literal: { value: source.blueprint } },
  };
  return {
    index,
    blueprint: source.blueprint,
    operation: operation.type,
    deleteDependents: "deleteDependents" in operation && operation.deleteDependents === true,
    filter: typeof source.filter === "string" ? builder.expression(source.filter) : undefined,
    items:
      typeof source.itemsToParse === "string"
        ? { list: builder.expression(source.itemsToParse), name: "item", leftOut: undefined }
        : undefined,
    entity: builder.entity(source.entity, blueprint),
  };
}
