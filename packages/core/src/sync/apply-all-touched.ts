import { describeError } from "../errors.ts";
import { createEmitter, type EventListener } from "../events.ts";
import type { Resource } from "../map/mapping.ts";
import type { KindName } from "../source/kinds.ts";
import type { Source } from "../source/source.ts";
import { takeLeftServices } from "../store/incident-services.ts";
import { readRunHistory } from "../store/run-history.ts";
import { applyTouched, type TouchedApplied } from "./apply-touched.ts";
import type { CatalogWriter } from "./catalog-writer.ts";
import type { RunSightings } from "./deletion/evidence/run-sightings.ts";
import type { MappedEntry } from "./map-page.ts";
import { readObjectId } from "./object-key.ts";
import { countProblems } from "./resource-count.ts";
import type { ResyncOptions } from "./resync.ts";
import type { RunStore } from "./run-store.ts";
import { type CatalogReading, describeUnavailable } from "./write-catalog.ts";

export interface TouchedContext extends Pick<
  ResyncOptions,
  "store" | "mapper" | "signal" | "onEvent"
> {
  /** See `RunResyncOptions`. */
  readonly lastStart: number | undefined;
  readonly source: Source;
  readonly writer: CatalogWriter;
  readonly runStore: RunStore | undefined;
  readonly resources: readonly Resource[];
  readonly sightings: RunSightings;
  /** Blueprints that are not to be written. */
  readonly blocked: ReadonlyMap<string, string>;
}

/**
 * Brings those objects to their present state that changed while they were read, and incidents that no
 * listing shows but something happened to since the last good run.
 *
 * @returns what could not be done: what next time is to be asked again, and what could not be added
 */
export async function applyAllTouched(
  context: TouchedContext,
  reading: CatalogReading,
  sourceStart: number | undefined,
): Promise<{ readonly problems: string[]; readonly unavailable: string[] }> {
  const { source, runStore, resources, signal } = context;
  const problems: string[] = [];
  const unavailable: string[] = [];
  const idsOf = new Map<KindName, Set<string>>();
  for (const [kind, ids] of reading.aside) idsOf.set(kind, new Set(ids));
  if (sourceStart !== undefined) {
    const { lastComplete } = await readRunHistory(context.store.sql);
    const since = lastComplete?.sourceStart ?? context.lastStart ?? sourceStart;
    try {
      const changes = await source.changes(Math.min(since, sourceStart), signal);
      const ids = idsOf.get("incidents") ?? new Set();
      for (const [id, time] of changes.touched) {
        const isListed = reading.listed.has(`incidents/${id}`);
        if (!isListed || time >= sourceStart) ids.add(id);
      }
      idsOf.set("incidents", ids);
      if (!changes.complete) problems.push(changes.reason);
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(
        `What happened to incidents since the last run is not known: ${describeError(error)}`,
      );
    }
  }
  // Last, when it is known which services incidents have left.
  const kinds = [...idsOf.keys()].filter((kind) => kind !== "services");
  for (const kind of [...kinds, "services"] as const) {
    const ids = idsOf.get(kind) ?? new Set();
    const isRead = resources.some((resource) => resource.kind === kind);
    if (kind === "services" && isRead && runStore !== undefined) {
      for (const key of await takeLeftServices(runStore.sql)) ids.add(readObjectId(key));
    }
    const { left, ...lacking } = await applyFound(context, reading, kind, [...ids]);
    unavailable.push(...describeUnavailable(kind, lacking.unavailable));
    if (lacking.problem !== "") {
      problems.push(`Some of ${kind} that changed could not be read again: ${lacking.problem}`);
    }
    if (left.length > 0) {
      createEmitter(context.onEvent)({
        type: "notice",
        message: `${left.length} of ${kind} are being worked on by others, and were left to them`,
      });
    }
  }
  return { problems, unavailable };
}

/** Reads objects by their ids and brings them to their present state, as if they had been listed. */
export function applyFound(
  {
    source,
    mapper,
    writer,
    runStore,
    resources,
    sightings,
    blocked,
    onEvent,
    signal,
  }: TouchedContext,
  reading: CatalogReading,
  kind: KindName,
  ids: readonly string[],
): Promise<TouchedApplied> {
  return applyTouched({
    source,
    mapper,
    writer,
    store: runStore,
    kind,
    resources: resources.filter((resource) => resource.kind === kind),
    ids,
    produced: reading.produced,
    asideProduced: reading.asideProduced,
    blocked,
    onRead: (keys, entries, number) => {
      sightings.addFound(kind, keys, entries, number);
      countApplied(entries, reading, createEmitter(onEvent));
    },
    signal,
  });
}

/** What fails for an object that is read again counts as what fails in its listing does. */
function countApplied(
  entries: readonly MappedEntry[],
  { resources }: CatalogReading,
  emit: EventListener,
): void {
  for (const { resource, mapped } of entries.flatMap(({ results }) => results)) {
    const count = resources.find((one) => one.resource.index === resource.index);
    if (count !== undefined) countProblems(count, mapped, emit);
  }
}
