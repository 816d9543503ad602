import type { StoredEntity } from "../sink/port/stored-entity.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { claimObjects, completeClaim, releaseClaim } from "../store/claims.ts";
import { type EntityRef, forgetEntities, readProducers } from "../store/produced.ts";
import { deleteJournalled, type DeletionJournal } from "./delete-journalled.ts";
import { isLiveKey } from "./object-key.ts";
import { recentMargin } from "./plan-deletions.ts";
import type { RunStore } from "./run-store.ts";

/** Entities read, written to the journal and deleted together: Port's largest bulk deletion. */
const mostAtOnce = 100;

/** Entities of one blueprint that are to go. */
interface Removal {
  readonly blueprint: string;
  readonly identifiers: readonly string[];
}

export interface DeleteUnproducedOptions {
  readonly port: PortClient;
  /** In the order in which they can go: those that relate to others first. */
  readonly removals: readonly Removal[];
  readonly journal: DeletionJournal;
  /** When the run began, by Port's clock, milliseconds since 1970: what was written since stays. */
  readonly startedAt: number;
  readonly store: RunStore;
  readonly signal?: AbortSignal | undefined;
}

/** What became of the entities of one blueprint that were to go. */
export interface BlueprintDeleted {
  readonly blueprint: string;
  readonly deleted: string[];
  /** Written between planning and deletion, or being written. */
  readonly recent: string[];
  readonly refused: { readonly identifier: string; readonly reason: string }[];
}

/**
 * Deletes what a plan says may go, journalled, see {@link deleteJournalled}. Whatever a live event does
 * to its object meanwhile wins.
 */
export async function deleteUnproduced(
  options: DeleteUnproducedOptions,
): Promise<BlueprintDeleted[]> {
  const results: BlueprintDeleted[] = [];
  for (const { blueprint, identifiers } of options.removals) {
    const result: BlueprintDeleted = { blueprint, deleted: [], recent: [], refused: [] };
    results.push(result);
    for (let start = 0; start < identifiers.length; start += mostAtOnce) {
      await deletePart(result, identifiers.slice(start, start + mostAtOnce), options);
    }
  }
  return results;
}

/** Deletes some entities under the claims on the objects that produced them. */
async function deletePart(
  result: BlueprintDeleted,
  part: readonly string[],
  options: DeleteUnproducedOptions,
): Promise<void> {
  const { port, journal, startedAt, signal } = options;
  const { sql, run, owner } = options.store;
  const { blueprint } = result;
  const isKept = ({ updatedAt }: StoredEntity): boolean =>
    updatedAt !== undefined && updatedAt >= startedAt - recentMargin;

  const producers = (
    await readProducers(
      sql,
      part.map((identifier) => ({ blueprint, identifier })),
    )
  ).filter(({ object }) => isLiveKey(object));
  const { claim, held, stale } = await claimObjects(sql, {
    objects: producers.map(({ object }) => object),
    owner,
    number: run.number,
    runLease: run.lease,
  });
  const notOurs = new Set([...held, ...stale]);
  const busy = new Set(
    producers.filter(({ object }) => notOurs.has(object)).map(({ identifier }) => identifier),
  );
  const identifiers = part.filter((identifier) => !busy.has(identifier));
  result.recent.push(...busy);
  try {
    const gone = await deleteJournalled({ port, blueprint, identifiers, journal, isKept, signal });
    result.deleted.push(...gone.deleted);
    result.recent.push(...gone.kept);
    result.refused.push(...gone.refused);
    const refs: EntityRef[] = gone.deleted.map((identifier) => ({ blueprint, identifier }));
    await completeClaim(sql, claim, (inside) => forgetEntities(inside, refs, run.number));
  } catch (error) {
    await releaseClaim(sql, claim);
    throw error;
  }
}
