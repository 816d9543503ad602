import { HttpError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { deleteEntities } from "../sink/port/delete-entities.ts";
import { readEntity, type StoredEntity } from "../sink/port/list-owned-entities.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { type BlueprintDeletions, recentMargin } from "./plan-deletions.ts";

/** Entities read, written to the journal and deleted together: Port's largest bulk deletion. */
const mostAtOnce = 100;

/** Where whole entities go before they are deleted, so that they can be put back. */
export interface DeletionJournal {
  append(line: string): void;
  /** Resolves when everything appended is on disk. */
  flush(): Promise<void>;
}

export interface DeleteUnproducedOptions {
  readonly port: PortClient;
  readonly plans: readonly BlueprintDeletions[];
  readonly journal: DeletionJournal;
  /** When the run began, by Port's clock: what was written since stays. */
  readonly startedAt: number;
  readonly signal?: AbortSignal | undefined;
}

/** What became of the entities of one blueprint that were to go. */
export interface BlueprintDeleted {
  readonly blueprint: string;
  readonly deleted: readonly string[];
  /** Written between planning and deletion. */
  readonly recent: readonly string[];
  readonly refused: readonly { readonly identifier: string; readonly reason: string }[];
}

/**
 * Deletes what a plan says may go. Each entity is read whole just before, written to the journal, and
 * the journal is on disk before the first of its entities is deleted.
 *
 * @throws {FileError} when the journal cannot be written: nothing of that part has been deleted
 */
export async function deleteUnproduced(
  options: DeleteUnproducedOptions,
): Promise<BlueprintDeleted[]> {
  const results: BlueprintDeleted[] = [];
  for (const { blueprint, remove } of options.plans) {
    const deleted: string[] = [];
    const recent: string[] = [];
    const refused: { identifier: string; reason: string }[] = [];
    for (let start = 0; start < remove.length; start += mostAtOnce) {
      const part = remove.slice(start, start + mostAtOnce);
      const stored = await readWhole(blueprint, part, options);
      const old = stored.filter(({ updatedAt }) => !isRecent(updatedAt, options.startedAt));
      recent.push(
        ...stored
          .filter(({ updatedAt }) => isRecent(updatedAt, options.startedAt))
          .map(({ identifier }) => identifier),
      );
      for (const { content } of old) options.journal.append(JSON.stringify(content));
      await options.journal.flush();
      const names = old.map(({ identifier }) => identifier);
      const outcome = await deleteEntities(options.port, blueprint, names, options.signal);
      deleted.push(...outcome.deleted);
      refused.push(...outcome.refused);
    }
    results.push({ blueprint, deleted, recent, refused });
  }
  return results;
}

function isRecent(updatedAt: number | undefined, startedAt: number): boolean {
  return updatedAt !== undefined && updatedAt >= startedAt - recentMargin;
}

/** Reads entities as Port has them now; one that is gone already is left out. */
async function readWhole(
  blueprint: string,
  identifiers: readonly string[],
  { port, signal }: DeleteUnproducedOptions,
): Promise<(StoredEntity & { readonly content: JsonObject })[]> {
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
