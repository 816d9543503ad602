import type { Clock } from "../clock.ts";
import type { EventListener } from "../events.ts";
import type { Entity } from "../map/entity.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Resource } from "../map/mapping.ts";
import { readMoment } from "../passed-time.ts";
import type { WriteGuard } from "../sink/port/guard-writes.ts";
import type { KindName } from "../source/kinds.ts";
import type { Source } from "../source/source.ts";
import { claimObjects } from "../store/claims.ts";
import { type ObjectKey, readFreshness, recordApplied, takeNumber } from "../store/freshness.ts";
import { recordServices } from "../store/incident-services.ts";
import type { Lease } from "../store/lease.ts";
import {
  type EntityRef,
  findOrphans,
  type Production,
  recordProduced,
  replaceProduced,
} from "../store/produced.ts";
import type { Sql } from "../store/sql.ts";
import { uniteSignals } from "../unite-signals.ts";
import { workUnderClaim } from "./work-under-claim.ts";
import type { CatalogWriter } from "./catalog-writer.ts";
import { readObjectId } from "./object-key.ts";
import {
  listEntities,
  listProductions,
  listServices,
  type MappedEntry,
  mapPages,
  nameResource,
} from "./map-page.ts";

export interface ApplyOptions {
  readonly sql: Sql;
  readonly source: Source;
  readonly mapper: Mapper;
  readonly writer: CatalogWriter;
  /** All of the mapping's resources of the kind: what an object produces is compared over all. */
  readonly resources: readonly Resource[];
  /**
   * What the writer knows of Port is from after this number of the store's sequence; objects to which
   * something newer was applied are written whatever it knows. @default nothing is known
   */
  readonly knownSince?: number | undefined;
  /**
   * Deletes what the objects produced before and nothing produces now. Called under the claim. Undefined
   * deletes nothing, and remembers that the objects produced it.
   */
  readonly deleteOrphans:
    | ((orphans: readonly EntityRef[], entries: readonly MappedEntry[]) => Promise<void>)
    | undefined;
  /** What of an object is written and remembered. @default all of it */
  readonly change?: ((entry: MappedEntry) => MappedEntry) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Asked before each write. @default whoever made the writer has seen to that */
  readonly guard?: WriteGuard | undefined;
}

/** What became of objects that were read and written, to be noted when their claim is completed. */
export interface Applied {
  readonly entries: readonly MappedEntry[];
  /** Objects that PagerDuty gave out, those included that no resource wants. */
  readonly shown: readonly ObjectKey[];
  /** Ids that PagerDuty does not show (any more): nothing was deleted for them. */
  readonly missing: readonly string[];
  /** Keys that could not be read for some objects at least, each with the reason. */
  readonly unavailable: ReadonlyMap<string, string>;
  /** What objects produce now, in place of all that they produced. */
  readonly replaced: readonly Production[];
  /** What objects produce besides, that could not be mapped whole. */
  readonly added: readonly Production[];
}

/**
 * Reads objects as they are now and brings Port to that: the one way in which single objects are applied,
 * whether an event or a run asks for it. The caller holds the claim on them: claim first, then read, so that
 * what is written is never older than what was.
 */
export async function applyClaimed(
  options: ApplyOptions,
  objects: readonly ObjectKey[],
): Promise<Applied> {
  const { sql, source, mapper, writer, resources, signal, guard } = options;
  if (objects.length === 0) {
    return { entries: [], shown: [], missing: [], unavailable: new Map(), replaced: [], added: [] };
  }
  const ids = objects.map(readObjectId);
  const { pages, missing, unavailable } = await source.readObjects(resources, ids, signal);
  const { deleteOrphans, change = (entry: MappedEntry) => entry } = options;
  const gone = new Set(missing);
  const shown = objects.filter((key) => !gone.has(readObjectId(key)));
  const entries = await mapPages(mapper, pages);
  const kept = entries.map(change);
  await writer.write(await chooseEntities(kept, options), signal, guard);
  if (deleteOrphans === undefined) {
    const added = kept.flatMap(listProductions);
    return { entries, shown, missing, unavailable, replaced: [], added };
  }

  // Of one that could not be mapped it is not known what it produces: it keeps what it produced.
  const uncertain = kept.filter((entry) => !isWhole(entry));
  const uncertainKeys = new Set(uncertain.map(({ key }) => key));
  const byKey = new Map(kept.map((entry) => [entry.key, entry]));
  const replaced = shown
    .filter((key) => !uncertainKeys.has(key))
    .flatMap((key) => listAllProductions(key, byKey.get(key), resources));
  const orphans = await findOrphans(sql, replaced);
  if (orphans.length > 0) await deleteOrphans(orphans, entries);
  const added = uncertain.flatMap(listProductions);
  return { entries, shown, missing, unavailable, replaced, added };
}

/**
 * Notes what was applied. Within {@link completeClaim}.
 *
 * @param number taken before, see {@link takeNumber}
 */
export async function recordAppliedObjects(
  sql: Sql,
  applied: Applied,
  number: number,
): Promise<void> {
  const { entries, shown, replaced, added } = applied;
  await recordApplied(
    sql,
    shown.map((object) => ({ object, number })),
  );
  await recordServices(sql, listServices(entries), number);
  await replaceProduced(sql, replaced, number);
  await recordProduced(sql, added, number);
}

export interface ApplyObjectsOptions extends ApplyOptions {
  /** Who works, for others who wait: host and process. */
  readonly owner: string;
  readonly clock: Clock;
  readonly kind: KindName;
  readonly ids: readonly string[];
  /** The lease of the run that it is done for, if it is for one. */
  readonly runLease?: Lease | undefined;
  readonly onEvent?: EventListener | undefined;
}

/** What became of objects that were claimed and applied. */
export interface AppliedObjects extends Pick<Applied, "entries" | "missing" | "unavailable"> {
  /** The number under which it was noted. */
  readonly number: number;
  /** Ids that another works on. */
  readonly held: readonly string[];
}

/** Claims objects and applies them, see {@link applyClaimed}. */
export async function applyObjects(options: ApplyObjectsOptions): Promise<AppliedObjects> {
  const { sql, owner, clock, kind, ids, runLease } = options;
  const since = readMoment(clock);
  const { claim, held } = await claimObjects(sql, {
    objects: ids.map((id) => `${kind}/${id}`),
    owner,
    runLease,
  });
  let number = 0;
  const claimed = { sql, clock, claim, since, work: "objects", onEvent: options.onEvent } as const;
  const applied = await workUnderClaim(claimed, async (guard) => {
    const signal = uniteSignals(options.signal, guard.signal);
    const value = await applyClaimed({ ...options, signal, guard }, claim.objects);
    number = await takeNumber(sql);
    return { value, note: (inside) => recordAppliedObjects(inside, value, number) };
  });
  const { entries, missing, unavailable } = applied;
  return { entries, missing, unavailable, number, held: held.map(readObjectId) };
}

function isWhole({ results }: MappedEntry): boolean {
  return results.every(({ mapped }) => mapped.withheld.length === 0);
}

/** What is written: all of it where it is not known what Port has, else what differs. */
async function chooseEntities(
  entries: readonly MappedEntry[],
  { sql, writer, knownSince }: ApplyOptions,
): Promise<Entity[]> {
  if (knownSince === undefined) return entries.flatMap(listEntities);
  const applied = await readFreshness(
    sql,
    entries.map(({ key }) => key),
  );
  const isKnown = ({ key }: MappedEntry): boolean => (applied.get(key)?.number ?? 0) <= knownSince;
  return [
    ...(await writer.findChanged(entries.filter(isKnown).flatMap(listEntities))),
    ...entries.filter((entry) => !isKnown(entry)).flatMap(listEntities),
  ];
}

/** What an object produces through every resource of its kind: nothing, through those that do not want it. */
function listAllProductions(
  key: ObjectKey,
  entry: MappedEntry | undefined,
  resources: readonly Resource[],
): Production[] {
  const productions = entry === undefined ? [] : listProductions(entry);
  const named = new Map(productions.map((production) => [production.resource, production]));
  return resources.map((resource) => {
    const name = nameResource(resource);
    return named.get(name) ?? { object: key, resource: name, entities: [] };
  });
}
