import { HttpError, NetworkError } from "../errors.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Resource } from "../map/mapping.ts";
import type { KindName } from "../source/kinds.ts";
import type { Source } from "../source/source.ts";
import type { ObjectKey } from "../store/freshness.ts";
import { type EntityRef, readProduced } from "../store/produced.ts";
import { applyObjects } from "./apply-objects.ts";
import type { CatalogWriter } from "./catalog-writer.ts";
import { leaveOutBlueprints } from "./deletion/brakes/check-naming.ts";
import { listEntities, mapPage, type MappedEntry } from "./map-page.ts";
import type { ProducedNames } from "./produced-names.ts";
import type { RunStore } from "./run-store.ts";

/** Objects that are claimed and read together. */
const mostAtOnce = 200;
/** Milliseconds until an object that another works on is looked at again. */
const waitBetweenLooks = 2000;
/** Looks before such an object is left to the other: three times as long as a claim lasts. */
const mostLooks = 45;

export interface ApplyTouchedOptions {
  readonly source: Source;
  readonly mapper: Mapper;
  readonly writer: CatalogWriter;
  /** Undefined only tells what would be written. */
  readonly store: RunStore | undefined;
  readonly kind: KindName;
  readonly resources: readonly Resource[];
  readonly ids: readonly string[];
  /** Takes in the names of what the objects produce. */
  readonly produced: ProducedNames;
  /** What a page says that objects produce: it stays where they cannot be read again. */
  readonly asideProduced?: ReadonlyMap<ObjectKey, readonly EntityRef[]> | undefined;
  /** Blueprints that are not to be written. */
  readonly blocked: { has(blueprint: string): boolean };
  /** Hears of objects that PagerDuty gave out, and of what the mapping makes of those that it wants. */
  readonly onRead: (
    keys: readonly ObjectKey[],
    entries: readonly MappedEntry[],
    /** Of the read; undefined where nothing is noted. */
    number?: number,
  ) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What could not be done of what was to be brought to its present state. */
export interface TouchedApplied {
  /** Ids that something else still works on: it brings them to their present state. */
  readonly left: readonly string[];
  /** Keys that could not be read for some objects at least, each with the reason. */
  readonly unavailable: ReadonlyMap<string, string>;
  /** Why objects could not be read again; empty where they all were. */
  readonly problem: string;
}

/**
 * Brings objects to their present state in a run, as live events would: those that changed while they
 * were listed, and those that no listing shows but something happened to.
 */
export async function applyTouched(options: ApplyTouchedOptions): Promise<TouchedApplied> {
  const { store, ids, signal } = options;
  const unavailable = new Map<string, string>();
  try {
    if (store === undefined) {
      await previewObjects(options, unavailable);
      return { left: [], unavailable, problem: "" };
    }
    let left: readonly string[] = ids;
    for (let look = 0; look < mostLooks && left.length > 0; look += 1) {
      if (look > 0) await store.clock.sleep(waitBetweenLooks, signal);
      left = await applyAll(left, options, store, unavailable);
    }
    // Whoever works on them writes what they produce; none of it is to be deleted here.
    await protect(left, options, store);
    return { left, unavailable, problem: "" };
  } catch (error) {
    signal?.throwIfAborted();
    if (!isUnreadable(error)) throw error;
    if (store !== undefined) await protect(ids, options, store);
    return { left: [], unavailable, problem: error.message };
  }
}

/** Whether PagerDuty did not give out an object, though it accepts the token. */
function isUnreadable(error: unknown): error is HttpError | NetworkError {
  if (error instanceof HttpError) return error.host === "PagerDuty" && error.status !== 401;
  return error instanceof NetworkError && error.host === "PagerDuty";
}

/** @returns ids that others work on */
async function applyAll(
  ids: readonly string[],
  options: ApplyTouchedOptions,
  store: RunStore,
  unavailable: Map<string, string>,
): Promise<string[]> {
  const { kind, produced, onRead, blocked, ...rest } = options;
  const { sql, run, owner, clock, onEvent } = store;
  const held: string[] = [];
  for (let start = 0; start < ids.length; start += mostAtOnce) {
    const part = ids.slice(start, start + mostAtOnce);
    const applied = await applyObjects({
      ...rest,
      kind,
      sql,
      owner,
      clock,
      onEvent,
      ids: part,
      runLease: run.lease,
      knownSince: run.number,
      // Evidence and brakes decide on what these made before, at the end of the run.
      deleteOrphans: undefined,
      change: (entry) => leaveOutBlueprints(entry, blocked),
    });
    const isUnread = new Set([...applied.missing, ...applied.held]);
    const read = part.filter((id) => !isUnread.has(id));
    onRead(nameAll(kind, read), applied.entries, applied.number);
    for (const entry of applied.entries) produced.addAll(listEntities(entry));
    // What PagerDuty does not show is not proven to be gone.
    await protect(applied.missing, options, store);
    held.push(...applied.held);
    for (const [key, reason] of applied.unavailable) unavailable.set(key, reason);
  }
  return held;
}

async function protect(
  ids: readonly string[],
  { kind, produced, asideProduced }: ApplyTouchedOptions,
  { sql }: RunStore,
): Promise<void> {
  const keys = ids.map((id) => `${kind}/${id}`);
  // A store that has just begun knows nothing of them, but a page did.
  for (const ref of keys.flatMap((key) => asideProduced?.get(key) ?? [])) produced.add(ref);
  for (const ref of await readProduced(sql, keys)) produced.add(ref);
}

async function previewObjects(
  options: ApplyTouchedOptions,
  unavailable: Map<string, string>,
): Promise<void> {
  const { source, mapper, writer, resources, kind, ids, produced, blocked, onRead, signal } =
    options;
  if (ids.length === 0) return;
  const reading = await source.readObjects(resources, ids, signal);
  for (const [key, reason] of reading.unavailable) unavailable.set(key, reason);
  const isMissing = new Set(reading.missing);
  onRead(
    nameAll(
      kind,
      ids.filter((id) => !isMissing.has(id)),
    ),
    [],
  );
  for (const page of reading.pages) {
    const entries = await mapPage(mapper, page);
    onRead([], entries);
    const entities = entries.flatMap(listEntities);
    produced.addAll(entities);
    const written = entities.filter(({ blueprint }) => !blocked.has(blueprint));
    await writer.write(await writer.findChanged(written), signal);
  }
}

function nameAll(kind: KindName, ids: readonly string[]): ObjectKey[] {
  return ids.map((id) => `${kind}/${id}`);
}
