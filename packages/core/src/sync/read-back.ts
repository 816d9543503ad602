import type { Entity } from "../map/entity.ts";
import { EntityIndex } from "../sink/port/entity-index.ts";
import { findEntities } from "../sink/port/find-entities.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { listSearched } from "./catalog-findings.ts";
import { sampleSize } from "./catalog-writer.ts";

/**
 * Reads some entities back that were just written, and names fields that Port stores otherwise than they
 * were written, in all of them: such a field would be written again in every run.
 *
 * @param samples by blueprint; those of fewer than {@link sampleSize} are not looked at
 * @returns `blueprint.properties.x`
 */
export async function readBack(
  port: PortClient,
  samples: ReadonlyMap<string, readonly Entity[]>,
  options: ReadBackOptions,
): Promise<string[]> {
  const whole = [...samples].filter(([, entities]) => entities.length >= sampleSize);
  const different = await Promise.all(
    whole.map(([blueprint, entities]) => findDifferent(port, blueprint, entities, options)),
  );
  return different.flat();
}

interface ReadBackOptions {
  readonly merge: boolean;
  readonly signal?: AbortSignal | undefined;
}

async function findDifferent(
  port: PortClient,
  blueprint: string,
  entities: readonly Entity[],
  options: ReadBackOptions,
): Promise<string[]> {
  const fields = entities.flatMap((entity) => [
    ...Object.keys(entity.properties).map((name) => `properties.${name}`),
    ...Object.keys(entity.relations).map((name) => `relations.${name}`),
  ]);
  const index = new EntityIndex(fields);
  const stored = await findEntities(
    port,
    blueprint,
    entities.flatMap(({ identifier }) => (typeof identifier === "string" ? [identifier] : [])),
    { fields: ["title", "icon", "team", ...new Set(fields)], signal: options.signal },
  );
  for (const { identifier, content, updatedAt } of stored.values()) {
    index.add(identifier, content ?? {}, updatedAt);
  }
  const counts = new Map<string, number>();
  for (const entity of entities) {
    if (typeof entity.identifier !== "string") continue;
    // What is searched for is never stored as it is written.
    const searched = listSearched(entity);
    for (const field of index.compare(entity.identifier, entity, options).changed) {
      if (searched.has(field)) continue;
      counts.set(field, (counts.get(field) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count === entities.length)
    .map(([field]) => `${blueprint}.${field}`);
}
