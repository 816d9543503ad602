import type { Entity, Problem, Withheld } from "./entity.ts";
import { createJqEngine } from "./jq/engine.ts";
import { createPageEvaluator } from "./jq/evaluate.ts";
import type { Json, JsonObject } from "../json.ts";
import { mapObjects } from "./map-objects.ts";
import type { MapperOptions } from "./mapper.ts";
import type { WebhookConfig, WebhookMapping } from "./parse/parse-webhook-config.ts";
import { createResourcePlan } from "./plan.ts";

/** A request as Port's webhook mappings see it. */
export interface WebhookRequest {
  readonly body: Json;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly queryParams: Readonly<Record<string, string>>;
}

/** What one request does to the catalog. */
export interface WebhookResult {
  /** In the order of the mappings. */
  readonly operations: readonly WebhookOperation[];
  /** Entities without an identifier, because that is what the mapping says. */
  readonly skipped: number;
  readonly withheld: readonly Withheld[];
  readonly problems: readonly Problem[];
}

/** One entity to store or to delete. */
export type WebhookOperation =
  | { readonly operation: "create"; readonly entity: Entity }
  | {
      readonly operation: "delete";
      readonly blueprint: string;
      readonly identifier: string | JsonObject;
      readonly deleteDependents: boolean;
    };

/** Applies a Port webhook configuration as Port does. */
export interface WebhookMapper extends AsyncDisposable {
  readonly config: WebhookConfig;
  /** Maps one request. Data never makes it throw. */
  apply(request: WebhookRequest): Promise<WebhookResult>;
  /** Ends the jq process, if there is one. */
  close(): Promise<void>;
}

/** Creates a mapper of a checked configuration. Nothing is started before an expression needs jq. */
export function createWebhookMapper(
  config: WebhookConfig,
  options: MapperOptions = {},
): WebhookMapper {
  const { native = true, engine = createJqEngine() } = options;
  const evaluator = createPageEvaluator(engine, options.limits);
  const plans = config.mappings.map((mapping) => ({
    mapping,
    plan: createResourcePlan(
      { query: mapping.filter, items: mapping.items, entities: [mapping.entity] },
      { native, unavailable: [] },
    ),
  }));
  const close = async (): Promise<void> => {
    if (options.engine === undefined) await engine.close();
  };

  return {
    config,
    apply: async (request) => {
      const context: JsonObject = {
        body: request.body,
        headers: { ...request.headers },
        queryParams: { ...request.queryParams },
      };
      const results = await Promise.all(
        plans.map(async ({ mapping, plan }) => {
          const names = { kind: "webhook", resource: mapping.index, selector: "filter" };
          const [mapped] = await mapObjects(plan, [context], names, evaluator);
          return { mapping, mapped };
        }),
      );
      const all = results.flatMap(({ mapped }) => (mapped === undefined ? [] : [mapped]));
      return {
        operations: results.flatMap(({ mapping, mapped }) =>
          (mapped?.entities ?? []).map((entity) => operationOf(mapping, entity)),
        ),
        skipped: all.reduce((sum, one) => sum + one.skipped, 0),
        withheld: all.flatMap((one) => one.withheld),
        problems: all.flatMap((one) => one.problems),
      };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function operationOf(mapping: WebhookMapping, entity: Entity): WebhookOperation {
  if (mapping.operation === "create") return { operation: "create", entity };
  const { blueprint, identifier } = entity;
  const { deleteDependents } = mapping;
  return { operation: "delete", blueprint, identifier, deleteDependents };
}
