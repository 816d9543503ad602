import { listBlueprints } from "../sink/port/blueprint.ts";
import { nameEntity } from "../sink/port/port-entity.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { type EntityRef, readProducers } from "../store/produced.ts";
import type { Sql } from "../store/sql.ts";
import { deleteJournalled, type DeletionJournal, journalEntities } from "./delete-journalled.ts";
import { findRelating } from "./find-relating.ts";
import { orderRemovals } from "./order-removals.ts";

export interface DeleteOrphansOptions {
  readonly port: PortClient;
  readonly sql: Sql;
  readonly journal: DeletionJournal;
  /** Keeps what others of ours relate to: see the mapping's flags. */
  readonly isProtected: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What became of entities that nothing produces any more. */
export interface OrphansDeleted {
  readonly gone: readonly EntityRef[];
  /** Others of ours relate to these. */
  readonly kept: readonly EntityRef[];
  /** Port did not delete these, or they could not be put into the journal. */
  readonly refused: readonly (EntityRef & { readonly reason: string })[];
}

/**
 * Deletes entities that an object produced before and nothing produces now, but for those that others
 * relate to. The caller holds the claim on the object.
 */
export async function deleteOrphans(
  orphans: readonly EntityRef[],
  options: DeleteOrphansOptions,
): Promise<OrphansDeleted> {
  const { port, sql, journal, isProtected, signal } = options;
  if (orphans.length === 0) return { gone: [], kept: [], refused: [] };
  const blueprints = await listBlueprints(port, signal);
  const { needed } = isProtected
    ? await findRelating({
        port,
        blueprints,
        removals: orphans,
        findStaying: (entities) => readProducers(sql, entities),
        signal,
      })
    : { needed: new Set<string>() };
  const isNeeded = ({ blueprint, identifier }: EntityRef): boolean =>
    needed.has(nameEntity(blueprint, identifier));
  const removed = orphans.filter((entity) => !isNeeded(entity));
  const byBlueprint = Map.groupBy(removed, ({ blueprint }) => blueprint);
  const removals = orderRemovals([...byBlueprint.keys()], blueprints).map((blueprint) => ({
    blueprint,
    identifiers: (byBlueprint.get(blueprint) ?? []).map(({ identifier }) => identifier),
  }));
  const gone: EntityRef[] = [];
  const refused: (EntityRef & { readonly reason: string })[] = [];
  for (const removal of await journalEntities({ port, removals, journal, signal })) {
    const { blueprint } = removal;
    const outcome = await deleteJournalled(port, removal, signal);
    gone.push(...outcome.deleted.map((identifier) => ({ blueprint, identifier })));
    for (const { identifier, reason } of outcome.refused) {
      refused.push({ blueprint, identifier, reason });
    }
  }
  return { gone, kept: orphans.filter(isNeeded), refused };
}
