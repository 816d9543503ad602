import type { MappedObject } from "./entity.ts";
import { type ExplainedField, explainMapping } from "./explain.ts";
import { createJqEngine, type JqEngine } from "./jq/engine.ts";
import { createPageEvaluator, type TimeLimits } from "./jq/evaluate.ts";
import type { JsonObject } from "../json.ts";
import { mapObjects } from "./map-objects.ts";
import type { Mapping, Resource } from "./mapping.ts";
import { createResourcePlan, type ResourcePlan } from "./plan.ts";

export interface MapperOptions {
  /**
   * Evaluates what the native path cannot.
   * @default one of its own, closed with the mapper
   */
  readonly engine?: JqEngine;
  /** How long jq may take before it is stopped. */
  readonly limits?: TimeLimits;
  /**
   * False lets jq evaluate everything, to measure it or to compare.
   * @default true
   */
  readonly native?: boolean;
}

export interface ApplyOptions {
  /**
   * Keys such as `__analytics` that could not be read this time. Properties, relations, title, icon and
   * team that name one are left out, not nulled; an identifier, blueprint or selector that does fails.
   */
  readonly unavailable?: readonly string[];
}

/** Makes entities of objects, by a mapping. */
export interface Mapper extends AsyncDisposable {
  readonly mapping: Mapping;
  /**
   * Maps objects of one resource, any number at once: jq's cost is per call and per byte.
   *
   * @param resource one of `mapping.resources`, or its position
   * @returns what became of each object, in their order. Data never makes it throw.
   * @throws PagerportError where jq is needed and cannot be started
   */
  apply(
    resource: Resource | number,
    objects: readonly JsonObject[],
    options?: ApplyOptions,
  ): Promise<MappedObject[]>;
  /** Which path each expression takes. */
  explain(): ExplainedField[];
  /** Ends the jq process, if there is one. */
  close(): Promise<void>;
}

/** Creates a mapper of a checked mapping. Nothing is started before an expression needs jq. */
export function createMapper(mapping: Mapping, options: MapperOptions = {}): Mapper {
  const { native = true, engine = createJqEngine() } = options;
  const evaluator = createPageEvaluator(engine, options.limits);
  const plans = new Map<string, ResourcePlan>();

  const planFor = (resource: Resource, unavailable: readonly string[]): ResourcePlan => {
    const key = JSON.stringify([resource.index, ...unavailable.toSorted()]);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const created = createResourcePlan(resource, { native, unavailable });
    plans.set(key, created);
    return created;
  };
  const close = async (): Promise<void> => {
    if (options.engine === undefined) await engine.close();
  };

  return {
    mapping,
    apply: async (which, objects, { unavailable = [] } = {}) => {
      const resource = typeof which === "number" ? mapping.resources[which] : which;
      if (resource === undefined) throw new RangeError("The mapping has no such resource");
      const names = { kind: resource.kind, resource: resource.index, selector: "selector.query" };
      return mapObjects(planFor(resource, unavailable), objects, names, evaluator);
    },
    explain: () => explainMapping(mapping, native),
    close,
    [Symbol.asyncDispose]: close,
  };
}
