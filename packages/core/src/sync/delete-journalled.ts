import { describeError, HttpError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { deleteEntities } from "../sink/port/delete-entities.ts";
import { readEntity, type StoredEntity } from "../sink/port/stored-entity.ts";
import type { PortClient } from "../sink/port/port-client.ts";

/** Where whole entities go before they are deleted, so that they can be put back. */
export interface DeletionJournal {
  append(line: string): void;
  /** Resolves when everything appended is on disk. */
  flush(): Promise<void>;
}

export interface DeleteJournalledOptions {
  readonly port: PortClient;
  readonly blueprint: string;
  readonly identifiers: readonly string[];
  readonly journal: DeletionJournal;
  /** What of them, as they are now, is to stay all the same. */
  readonly isKept?: ((entity: StoredEntity) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of entities that were to go. */
export interface JournalledDeletion {
  readonly deleted: readonly string[];
  readonly kept: readonly string[];
  readonly refused: readonly { readonly identifier: string; readonly reason: string }[];
}

/**
 * Deletes entities of one blueprint by name. Each is read whole just before, written to the journal, and
 * the journal is on disk before the first is deleted; where it cannot be written, none is. What is gone
 * already counts as deleted.
 */
export async function deleteJournalled(
  options: DeleteJournalledOptions,
): Promise<JournalledDeletion> {
  const { port, blueprint, identifiers, journal, isKept = () => false, signal } = options;
  const stored = await readWhole(options);
  const kept = stored.filter((entity) => isKept(entity));
  const removed = stored.filter((entity) => !isKept(entity));
  const names = removed.map(({ identifier }) => identifier);
  try {
    for (const { content } of removed) journal.append(JSON.stringify(content));
    await journal.flush();
  } catch (error) {
    const reason = `the journal of deletions could not be written: ${describeError(error)}`;
    return {
      deleted: [],
      kept: kept.map(({ identifier }) => identifier),
      refused: names.map((identifier) => ({ identifier, reason })),
    };
  }
  const { deleted, refused } = await deleteEntities(port, blueprint, names, signal);
  const found = new Set(stored.map(({ identifier }) => identifier));
  return {
    deleted: [...deleted, ...identifiers.filter((identifier) => !found.has(identifier))],
    kept: kept.map(({ identifier }) => identifier),
    refused,
  };
}

/** Reads entities as Port has them now; one that is gone already is left out. */
async function readWhole({
  port,
  blueprint,
  identifiers,
  signal,
}: DeleteJournalledOptions): Promise<(StoredEntity & { readonly content: JsonObject })[]> {
  const read = await Promise.all(
    identifiers.map(async (identifier) => {
      try {
        const { body } = await port.send({
          method: "GET",
          path: `/blueprints/${encodeURIComponent(blueprint)}/entities/${encodeURIComponent(identifier)}`,
          as: "exporter",
          signal,
        });
        return readEntity(body["entity"], blueprint);
      } catch (error) {
        if (error instanceof HttpError && error.status === 404) return undefined;
        throw error;
      }
    }),
  );
  return read.flatMap((entity) => {
    if (entity?.content === undefined) return [];
    return [{ ...entity, content: entity.content }];
  });
}
