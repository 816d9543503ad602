import type { JsonObject } from "../json.ts";
import type { Entity, Problem } from "../map/entity.ts";
import type { Mapper } from "../map/mapper.ts";
import type { SourcePage } from "../source/source.ts";

/** What one object of PagerDuty is in Port. */
export interface MappedEntry {
  /** The object's id. */
  readonly id: string;
  /** Of all resources that want it; none where the mapping makes nothing of it. */
  readonly entities: readonly Entity[];
}

export interface MappedPages {
  /** Each object once, in the order in which they came. */
  readonly entries: readonly MappedEntry[];
  readonly problems: readonly Problem[];
}

/** Makes the entities of pages' objects, resource by resource. */
export async function mapPages(pages: readonly SourcePage[], mapper: Mapper): Promise<MappedPages> {
  const entities = new Map<string, Entity[]>();
  const problems: Problem[] = [];
  for (const { entries, unavailable } of pages) {
    for (const { object } of entries) {
      const id = String(object["id"]);
      if (!entities.has(id)) entities.set(id, []);
    }
    const wanted = new Set(entries.flatMap(({ resources }) => resources));
    for (const resource of mapper.mapping.resources) {
      if (!wanted.has(resource.index)) continue;
      const objects = entries
        .filter(({ resources }) => resources.includes(resource.index))
        .map(({ object }) => object as JsonObject);
      for (const mapped of await mapper.apply(resource, objects, { unavailable })) {
        entities.get(mapped.id)?.push(...mapped.entities);
        problems.push(...mapped.problems);
      }
    }
  }
  const entries = [...entities].map(([id, made]) => ({ id, entities: made }));
  return { entries, problems };
}
