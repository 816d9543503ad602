import type { StoredEntity } from "../sink/port/stored-entity.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { claimObjects } from "../store/claims.ts";
import { type EntityRef, forgetEntities, readProducers } from "../store/produced.ts";
import { uniteSignals } from "../unite-signals.ts";
import {
  deleteJournalled,
  type DeletionJournal,
  journalEntities,
  type JournalledRemoval,
  type Removal,
} from "./delete-journalled.ts";
import { isLiveKey } from "./object-key.ts";
import { recentMargin } from "./plan-deletions.ts";
import type { RunStore } from "./run-store.ts";
import { workUnderClaim } from "./work-under-claim.ts";

/** Entities deleted together: Port's largest bulk deletion. */
const mostAtOnce = 100;

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
 * Deletes what a plan says may go: all of it is read whole and in the journal before the first goes.
 * Whatever a live event does to its object meanwhile wins.
 */
export async function deleteUnproduced(
  options: DeleteUnproducedOptions,
): Promise<BlueprintDeleted[]> {
  const { port, removals, journal, startedAt, signal } = options;
  const isKept = ({ updatedAt }: StoredEntity): boolean =>
    updatedAt !== undefined && updatedAt >= startedAt - recentMargin;
  const journalled = await journalEntities({ port, removals, journal, isKept, signal });
  const results: BlueprintDeleted[] = [];
  for (const removal of journalled) {
    const { blueprint, identifiers, missing, kept } = removal;
    const result: BlueprintDeleted = {
      blueprint,
      deleted: [...missing],
      recent: [...kept],
      refused: [],
    };
    results.push(result);
    for (let start = 0; start < identifiers.length; start += mostAtOnce) {
      const part = identifiers.slice(start, start + mostAtOnce);
      await deletePart(result, { ...removal, identifiers: part, missing: [] }, options);
    }
  }
  return results;
}

/** Deletes some entities under the claims on the objects that produced them. */
async function deletePart(
  result: BlueprintDeleted,
  removal: JournalledRemoval,
  { port, store, signal }: DeleteUnproducedOptions,
): Promise<void> {
  const { sql, run, owner, clock } = store;
  const { blueprint } = removal;
  const refs = removal.identifiers.map((identifier) => ({ blueprint, identifier }));
  const producers = (await readProducers(sql, refs)).filter(({ object }) => isLiveKey(object));
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
  const identifiers = removal.identifiers.filter((identifier) => !busy.has(identifier));
  result.recent.push(...busy);
  await workUnderClaim({ sql, clock, claim }, async (lost) => {
    const both = uniteSignals(signal, lost);
    const { deleted, refused } = await deleteJournalled(port, { ...removal, identifiers }, both);
    result.deleted.push(...deleted);
    result.refused.push(...refused);
    const gone: EntityRef[] = deleted.map((identifier) => ({ blueprint, identifier }));
    return { value: undefined, note: (inside) => forgetEntities(inside, gone, run.number) };
  });
}
