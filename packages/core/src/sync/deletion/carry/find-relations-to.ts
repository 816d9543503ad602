import { nameEntity } from "../../../sink/port/port-entity.ts";
import type { Blueprint } from "../../../sink/port/blueprint.ts";
import type { PortClient } from "../../../sink/port/port-client.ts";
import { searchRelating } from "../../../sink/port/search-relating.ts";
import type { LedRelation } from "./journal-marks.ts";
import type { Removal } from "./delete-journalled.ts";

export interface FindRelationsToOptions {
  readonly port: PortClient;
  /** All of the organisation. */
  readonly blueprints: ReadonlyMap<string, Blueprint>;
  readonly removals: readonly Removal[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds every relation that leads to entities which are to go, by the entity's name, whoever made what
 * relates: Port takes it out, and nothing else knows of it then. What goes itself is in the journal whole.
 */
export async function findRelationsTo(
  options: FindRelationsToOptions,
): Promise<ReadonlyMap<string, readonly LedRelation[]>> {
  const { port, blueprints, removals, signal } = options;
  const going = new Set(
    removals.flatMap(({ blueprint, identifiers }) =>
      identifiers.map((identifier) => nameEntity(blueprint, identifier)),
    ),
  );
  const found = new Map<string, LedRelation[]>();
  for (const { blueprint, identifiers } of removals) {
    const search = { port, blueprints, blueprint, identifiers, signal };
    for await (const page of searchRelating(search)) {
      for (const { entity, relations } of page) {
        const { blueprint: from, identifier } = entity;
        if (going.has(nameEntity(from, identifier))) continue;
        for (const { relation, target, value } of relations) {
          const name = nameEntity(blueprint, target);
          found.set(name, [
            ...(found.get(name) ?? []),
            { blueprint: from, identifier, relation, value },
          ]);
        }
      }
    }
  }
  return found;
}
