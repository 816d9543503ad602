import type { Mapping } from "../map/mapping.ts";
import { listBlueprints, listComputed } from "../sink/port/blueprint.ts";
import { EntityIndex } from "../sink/port/entity-index.ts";
import { listOwnedEntities, searchOwnedEntities } from "../sink/port/list-owned-entities.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import type { StoredEntity } from "../sink/port/stored-entity.ts";
import { mayMake } from "./may-make.ts";

/** What the integration owns in Port, one small index for each blueprint. */
export type OwnedEntities = ReadonlyMap<string, EntityIndex>;

/**
 * Reads what an integration owns in Port, so that only what changed is written. Where the listing gives
 * names only, the blueprints that it names are searched for the fields that the mapping writes.
 */
export async function loadOwned(
  port: PortClient,
  mapping: Mapping,
  options: { readonly integrationIdentifier: string; readonly signal?: AbortSignal | undefined },
): Promise<OwnedEntities> {
  const owned = new Map<string, EntityIndex>();
  // A write that replaces all that an entity has cannot touch what Port computes of it.
  const blueprints = mapping.enableMergeEntity
    ? undefined
    : await listBlueprints(port, options.signal);
  const createIndex = (blueprint: string): EntityIndex =>
    new EntityIndex(listMappedFields(mapping, blueprint), listComputed(blueprints?.get(blueprint)));
  const nameless = new Set<string>();
  const add = (entity: StoredEntity): void => {
    const { blueprint, identifier, content, updatedAt, createdAt } = entity;
    if (content === undefined) {
      nameless.add(blueprint);
      return;
    }
    const index = owned.get(blueprint) ?? createIndex(blueprint);
    owned.set(blueprint, index);
    index.add(identifier, content, updatedAt, createdAt);
  };

  for await (const page of listOwnedEntities(port, options)) {
    for (const entity of page) add(entity);
  }
  for (const blueprint of nameless) {
    const fields = listMappedFields(mapping, blueprint);
    const searched = searchOwnedEntities(port, { ...options, blueprint, fields });
    for await (const page of searched) {
      // One without any of the fields is still there.
      for (const entity of page) add({ ...entity, content: entity.content ?? {} });
    }
  }
  return owned;
}

/** The fields that any resource may write to entities of a blueprint, as `properties.x`. */
function listMappedFields(mapping: Mapping, blueprint: string): string[] {
  const fields = new Set<string>(["title", "icon", "team"]);
  for (const { entities } of mapping.resources) {
    for (const template of entities) {
      if (!mayMake(template, blueprint)) continue;
      for (const [name] of template.properties) fields.add(`properties.${name}`);
      for (const [name] of template.relations) fields.add(`relations.${name}`);
    }
  }
  return [...fields];
}
