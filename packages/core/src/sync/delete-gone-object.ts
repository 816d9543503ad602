import type { Mapper } from "../map/mapper.ts";
import type { Resource } from "../map/mapping.ts";
import { searchOwnedEntities } from "../sink/port/list-owned-entities.ts";
import { nameEntity } from "../sink/port/port-entity.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { recordApplied, takeNumber } from "../store/freshness.ts";
import { readEvent } from "../store/inbox-events.ts";
import type { InboxJob } from "../store/inbox-jobs.ts";
import {
  type EntityRef,
  forgetEntities,
  readProduced,
  readProducers,
  replaceProduced,
} from "../store/produced.ts";
import type { Sql } from "../store/sql.ts";
import { parseEvent } from "../webhook/parse-event.ts";
import type { DeletionJournal } from "./delete-journalled.ts";
import { deleteOrphans, type OrphansDeleted } from "./delete-orphans.ts";
import { nameResource } from "./map-page.ts";

export interface DeleteGoneObjectOptions {
  readonly port: PortClient;
  readonly sql: Sql;
  readonly mapper: Mapper;
  /** All of the mapping's resources of the object's kind. */
  readonly resources: readonly Resource[];
  readonly journal: DeletionJournal;
  readonly integrationIdentifier: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Deletes what an object produced that PagerDuty says is gone, but for what others produce or relate to.
 * What it produced is known from the store, and from what the event still tells of it.
 *
 * @returns what became of it, and what notes that, with a tombstone, in the transaction that ends the claim
 */
export async function deleteGoneObject(
  { key }: Pick<InboxJob, "key">,
  eventId: string,
  options: DeleteGoneObjectOptions,
): Promise<OrphansDeleted & { readonly note: (sql: Sql) => Promise<void> }> {
  const { port, sql, mapper, resources, journal, signal } = options;
  const entities = new Map<string, EntityRef>();
  for (const { blueprint, identifier } of [
    ...(await readProduced(sql, [key])),
    ...(await mapPayload(eventId, options)),
  ]) {
    entities.set(nameEntity(blueprint, identifier), { blueprint, identifier });
  }
  for (const producer of await readProducers(sql, [...entities.values()])) {
    if (producer.object !== key) {
      entities.delete(nameEntity(producer.blueprint, producer.identifier));
    }
  }
  const { createMissingRelatedEntities, deleteDependentEntities } = mapper.mapping;
  const isProtected = createMissingRelatedEntities || deleteDependentEntities;
  const orphans = [...entities.values()];
  const deleted = await deleteOrphans(orphans, { port, sql, journal, isProtected, signal });
  const note = async (inside: Sql): Promise<void> => {
    const number = await takeNumber(inside);
    await recordApplied(inside, [{ object: key, number, isDeleted: true }]);
    const productions = resources.map((resource) => ({
      object: key,
      resource: nameResource(resource),
      entities: [],
    }));
    await replaceProduced(inside, productions, number);
    await forgetEntities(inside, deleted.gone, number);
  };
  return { ...deleted, note };
}

/** The entities of ours that the event's own data would make: the store may not know of it. */
async function mapPayload(
  eventId: string,
  { port, sql, mapper, resources, integrationIdentifier, signal }: DeleteGoneObjectOptions,
): Promise<EntityRef[]> {
  const stored = await readEvent(sql, eventId);
  const { event } = stored === undefined ? { event: undefined } : parseEvent(stored.payload);
  if (event === undefined) return [];
  const names = new Map<string, string[]>();
  for (const resource of resources) {
    const [mapped] = await mapper.apply(resource, [event.data]);
    for (const { blueprint, identifier } of mapped?.entities ?? []) {
      if (typeof identifier !== "string") continue;
      names.set(blueprint, [...(names.get(blueprint) ?? []), identifier]);
    }
  }
  const owned: EntityRef[] = [];
  for (const [blueprint, identifiers] of names) {
    const search = { blueprint, identifiers, integrationIdentifier, fields: [], signal };
    for await (const page of searchOwnedEntities(port, search)) owned.push(...page);
  }
  return owned;
}
