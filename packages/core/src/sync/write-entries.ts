import type { PortEntity } from "../sink/port/port-entity.ts";
import type { EntityWriter, WriteOutcome } from "../sink/port/write-entities.ts";
import type { MappedEntry } from "./map-pages.ts";

/** Objects whose entities are handed to the writer together: five requests to Port, and their answers tell progress. */
const mostAtOnce = 100;

type Refusal = Extract<WriteOutcome, { readonly written: false }>;

/** What became of one object. */
export interface WrittenEntry {
  readonly entry: MappedEntry;
  /** Entities of it that Port refused; none where all of it is there. */
  readonly refused: readonly Refusal[];
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
    /** Called whenever some objects have been answered. */
    readonly onAnswered: (objects: number) => void;
  },
): Promise<WrittenEntry[]> {
  const { writer, signal, onAnswered } = options;
  const parts = Array.from({ length: Math.ceil(entries.length / mostAtOnce) }, (_, place) =>
    entries.slice(place * mostAtOnce, (place + 1) * mostAtOnce),
  );
  const written = parts.map(async (part) => {
    const outcomes = await writer.write(
      part.flatMap(({ entities }) => entities),
      signal,
    );
    onAnswered(part.length);
    const refused = new Map<PortEntity, Refusal>();
    for (const outcome of outcomes) if (!outcome.written) refused.set(outcome.entity, outcome);
    return part.map((entry) => ({
      entry,
      refused: entry.entities.flatMap((entity) => refused.get(entity) ?? []),
    }));
  });
  return (await Promise.all(written)).flat();
}

/** Port answers 404 for an entity that relates to one which is not there. */
export function isForWantOfAnother({ refused }: WrittenEntry): boolean {
  return refused.length > 0 && refused.every(({ status }) => status === 404);
}
