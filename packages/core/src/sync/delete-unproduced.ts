import { HttpError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { deleteEntities } from "../sink/port/delete-entities.ts";
import { readEntity, type StoredEntity } from "../sink/port/list-owned-entities.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { type BlueprintDeletions, recentMargin } from "./plan-deletions.ts";

/** Entities read and written to the journal together: as many as one bulk deletion takes. */
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
 * Deletes what a plan says may go. Every entity of every blueprint is read whole and written to the
 * journal before the first of them is deleted: Port takes what is deleted out of the relations of what
 * is left. The journal is on disk by then.
 *
 * @throws {FileError} when the journal cannot be written: nothing has been deleted
 */
export async function deleteUnproduced(
  options: DeleteUnproducedOptions,
): Promise<BlueprintDeleted[]> {
  const journaled: Journaled[] = [];
  for (const plan of options.plans) journaled.push(await writeToJournal(plan, options));
  const results: BlueprintDeleted[] = [];
  for (const { blueprint, names, recent } of journaled) {
    const { deleted, refused } = await deleteEntities(
      options.port,
      blueprint,
      names,
      options.signal,
    );
    results.push({ blueprint, deleted, recent, refused });
  }
  return results;
}

/** Entities of one blueprint that may be deleted now. */
interface Journaled {
  readonly blueprint: string;
  readonly names: readonly string[];
  readonly recent: readonly string[];
}

async function writeToJournal(
  { blueprint, remove }: BlueprintDeletions,
  options: DeleteUnproducedOptions,
): Promise<Journaled> {
  const names: string[] = [];
  const recent: string[] = [];
  for (let start = 0; start < remove.length; start += mostAtOnce) {
    const part = remove.slice(start, start + mostAtOnce);
    for (const entity of await readWhole(blueprint, part, options)) {
      if (isRecent(entity.updatedAt, options.startedAt)) {
        recent.push(entity.identifier);
        continue;
      }
      options.journal.append(JSON.stringify(entity.content));
      names.push(entity.identifier);
    }
    await options.journal.flush();
  }
  return { blueprint, names, recent };
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
