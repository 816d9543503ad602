import { HttpError } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { PortClient } from "./port-client.ts";

/** What of a blueprint matters to its entities. */
export interface PortBlueprint {
  readonly identifier: string;
  /** Blueprints that relations lead to, by the relation's name. */
  readonly targets: ReadonlyMap<string, string>;
  /** Fields that Port computes, as `properties.x`: they are read, and cannot be written. */
  readonly computed: ReadonlySet<string>;
  /** As Port gives it. */
  readonly json: JsonObject;
}

/** Reads a blueprint; undefined where Port has none of that name. */
export async function readBlueprint(
  port: PortClient,
  identifier: string,
  signal?: AbortSignal,
): Promise<PortBlueprint | undefined> {
  try {
    const path = `/blueprints/${encodeURIComponent(identifier)}`;
    const { body } = await port.send({ method: "GET", path, signal });
    const json = isJsonObject(body["blueprint"]) ? body["blueprint"] : {};
    return { identifier, targets: listTargets(json), computed: listComputed(json), json };
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return undefined;
    throw error;
  }
}

/** Every sort of property that Port computes when an entity is read. */
const computedSorts = ["calculationProperties", "mirrorProperties", "aggregationProperties"];

function listComputed(blueprint: JsonObject): Set<string> {
  const names = computedSorts.flatMap((sort) => Object.keys(objectOf(blueprint[sort])));
  return new Set(names.map((name) => `properties.${name}`));
}

function listTargets(blueprint: JsonObject): Map<string, string> {
  const relations = Object.entries(objectOf(blueprint["relations"]));
  return new Map(
    relations.flatMap(([name, relation]) => {
      const { target } = objectOf(relation);
      return typeof target === "string" ? [[name, target] as const] : [];
    }),
  );
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
