import { describeError, JournalFullError } from "../../../errors.ts";
import type { JsonObject } from "../../../json.ts";
import { deleteEntities } from "../../../sink/port/delete-entities.ts";
import { findEntities } from "../../../sink/port/find-entities.ts";
import type { StoredEntity } from "../../../sink/port/stored-entity.ts";
import type { PortClient } from "../../../sink/port/port-client.ts";

/** Where whole entities go before they are deleted, so that they can be put back. */
export interface DeletionJournal {
  /**
   * Makes sure that there is room, before anything is appended.
   *
   * @param bytes that are to be appended, about
   * @param rotates see `createRotatingTest`
   * @throws {JournalFullError} where there is none
   */
  admit?(bytes: number, rotates: (blueprint: string) => boolean): Promise<void>;
  /** @param rotates whether the line is of a kind that ends by itself all the time; @default false */
  append(line: string, rotates?: boolean): void;
  /** Resolves when everything appended is on disk. */
  flush(): Promise<void>;
}

/** Entities of one blueprint that are to go. */
export interface Removal {
  readonly blueprint: string;
  readonly identifiers: readonly string[];
}

/** Entities that are to be journalled, and how. */
export interface RemovalToJournal extends Removal {
  /** What of them, as they are now, is to stay all the same. */
  readonly isKept?: ((entity: StoredEntity) => boolean) | undefined;
  /**
   * What the journal gets of one; undefined for one that nothing is to be done with after all.
   * @default all that Port has of it
   */
  readonly toLine?: ((entity: WholeEntity) => JsonObject | undefined) | undefined;
}

export interface JournalEntitiesOptions {
  readonly port: PortClient;
  /** All that is to be changed together: room is asked for all of it before the first line. */
  readonly removals: readonly RemovalToJournal[];
  readonly journal: DeletionJournal;
  /** Which blueprints hold what ends by itself all the time, and is kept for less long. @default none */
  readonly rotates?: ((blueprint: string) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An entity with all that Port has of it. */
export type WholeEntity = StoredEntity & { readonly content: JsonObject };

/** What is in the journal, of the entities of one blueprint. */
export interface JournalledRemoval extends Removal {
  /** Port's search does not find these. */
  readonly missing: readonly string[];
  readonly kept: readonly string[];
  /** Why none of these may be deleted; empty where they may. */
  readonly problem: string;
  /** That reason, where it is that the journal has no room. */
  readonly full?: JournalFullError | undefined;
}

/** Entities that are read and written to the journal together. */
const mostAtOnce = 100;

/**
 * Reads entities whole and writes them to the journal, which is on disk when it returns. All that is to
 * go is journalled before the first of it is deleted: when an entity goes, Port takes it out of those
 * that relate to it.
 */
export async function journalEntities(
  options: JournalEntitiesOptions,
): Promise<JournalledRemoval[]> {
  const { removals, journal, rotates = () => false } = options;
  const admit = createAdmission(options, rotates);
  const results: JournalledRemoval[] = [];
  let problem = "";
  let full: JournalFullError | undefined;
  for (const removal of removals) {
    const { blueprint, identifiers, isKept = () => false, toLine = readContent } = removal;
    const present: string[] = [];
    const missing: string[] = [];
    const kept: string[] = [];
    for (let start = 0; start < identifiers.length; start += mostAtOnce) {
      const part = identifiers.slice(start, start + mostAtOnce);
      const stored = await readWhole(blueprint, part, options);
      const found = new Set(stored.map(({ identifier }) => identifier));
      missing.push(...part.filter((identifier) => !found.has(identifier)));
      const lines: string[] = [];
      for (const entity of stored) {
        if (isKept(entity)) {
          kept.push(entity.identifier);
          continue;
        }
        const line = toLine(entity);
        if (line === undefined) continue;
        present.push(entity.identifier);
        lines.push(JSON.stringify(line));
      }
      full ??= await admit(removal, lines);
      if (full !== undefined) continue;
      for (const line of lines) journal.append(line, rotates(blueprint));
      problem ||= await flush(journal);
    }
    results.push({ blueprint, identifiers: present, missing, kept, problem });
  }
  // Where a later part could not be written, an earlier one is not deleted either.
  problem ||= full?.message ?? "";
  for (const [place, result] of results.entries()) results[place] = { ...result, problem, full };
  return results;
}

/**
 * Asks for room by the first entities of each removal, for all that goes: what is refused in the middle would
 * be in the journal, and in Port too, once more with each attempt.
 *
 * @returns why there is none; undefined where there is
 */
function createAdmission(
  { journal, removals }: JournalEntitiesOptions,
  rotates: (blueprint: string) => boolean,
): (removal: Removal, lines: readonly string[]) => Promise<JournalFullError | undefined> {
  const left = new Set<Removal>(removals);
  const all = removals.reduce((sum, { identifiers }) => sum + identifiers.length, 0);
  /** What was asked for of each entity of the removals that follow, in bytes. */
  let usual = 0;
  return async (removal, lines) => {
    if (lines.length === 0 || !left.delete(removal)) return undefined;
    const count = removal.identifiers.length;
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0) / lines.length;
    const wanted = usual === 0 ? bytes * all : (bytes - usual) * count;
    usual ||= bytes;
    if (wanted <= 0) return undefined;
    try {
      await journal.admit?.(Math.ceil(wanted), rotates);
      return undefined;
    } catch (error) {
      if (error instanceof JournalFullError) return error;
      throw error;
    }
  };
}

function readContent({ content }: WholeEntity): JsonObject {
  return content;
}

/** @returns why it could not be done; empty where it was */
async function flush(journal: DeletionJournal): Promise<string> {
  try {
    await journal.flush();
    return "";
  } catch (error) {
    return `the journal of deletions could not be written: ${describeError(error)}`;
  }
}

/** What became of entities that were to go. */
export interface JournalledDeletion {
  /** What is gone, whoever took it. */
  readonly deleted: readonly string[];
  readonly refused: readonly { readonly identifier: string; readonly reason: string }[];
}

/** Deletes entities that are in the journal. */
export async function deleteJournalled(
  port: PortClient,
  { blueprint, identifiers, missing, problem }: JournalledRemoval,
  signal?: AbortSignal,
): Promise<JournalledDeletion> {
  if (problem !== "") {
    const refused = identifiers.map((identifier) => ({ identifier, reason: problem }));
    return { deleted: missing, refused };
  }
  const { deleted, refused } = await deleteEntities(port, blueprint, identifiers, signal);
  return { deleted: [...missing, ...deleted], refused };
}

/** Reads entities as Port has them now; one that is gone already is left out. */
async function readWhole(
  blueprint: string,
  identifiers: readonly string[],
  { port, signal }: JournalEntitiesOptions,
): Promise<WholeEntity[]> {
  const found = await findEntities(port, blueprint, identifiers, { signal });
  return [...found.values()].flatMap((entity) =>
    entity.content === undefined ? [] : [{ ...entity, content: entity.content }],
  );
}
