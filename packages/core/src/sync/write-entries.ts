import { nameOf } from "../sink/port/join-entities.ts";
import type { WriteGuard } from "../sink/port/guard-writes.ts";
import type { PortEntity } from "../sink/port/port-entity.ts";
import type { EntityWriter, WriteOutcome } from "../sink/port/write-entities.ts";
import type { RefusedEntity } from "./catalog-writer.ts";
import { listEntities, type MappedEntry } from "./map-page.ts";

/** Objects whose entities are handed to the writer together: five requests to Port, and their answers tell progress. */
export const mostAtOnce = 100;

/** What became of one object. */
export interface WrittenEntry {
  readonly entry: MappedEntry;
  /** Entities of it that Port refused; none where all of it is there. */
  readonly refused: readonly RefusedEntity[];
}

/**
 * Writes the entities of objects, without asking first what Port has: an upsert of what is there already
 * changes nothing.
 *
 * @throws as {@link EntityWriter.write}
 */
export async function writeEntries(
  entries: readonly MappedEntry[],
  options: {
    readonly writer: EntityWriter;
    readonly signal?: AbortSignal | undefined;
    readonly guard?: WriteGuard | undefined;
    /** Called whenever some objects have been answered. */
    readonly onAnswered: (objects: number) => void;
  },
): Promise<WrittenEntry[]> {
  const { writer, signal, guard, onAnswered } = options;
  const parts = Array.from({ length: Math.ceil(entries.length / mostAtOnce) }, (_, place) =>
    entries.slice(place * mostAtOnce, (place + 1) * mostAtOnce),
  );
  const written = parts.map(async (part) => {
    const outcomes = await writer.write(part.flatMap(listEntities), signal, guard);
    onAnswered(part.length);
    return attachRefusals(part, outcomes);
  });
  return (await Promise.all(written)).flat();
}

/** Tells of objects which of their entities were refused; one that several objects make is of all of them. */
export function attachRefusals(
  entries: readonly MappedEntry[],
  outcomes: readonly WriteOutcome[],
): WrittenEntry[] {
  const refused = new Map<string | PortEntity, RefusedEntity>();
  for (const outcome of outcomes) {
    if (!outcome.written) refused.set(nameOf(outcome.entity) ?? outcome.entity, outcome);
  }
  return entries.map((entry) => {
    const names = new Set(listEntities(entry).map((entity) => nameOf(entity) ?? entity));
    return { entry, refused: [...names].flatMap((name) => refused.get(name) ?? []) };
  });
}
