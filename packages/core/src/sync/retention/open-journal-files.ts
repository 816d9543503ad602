import type { JournaledEntity, JournalReader } from "../journal-reader.ts";
import { openJournalFile } from "../read-journal-file.ts";

/**
 * Opens files that hold what one run deleted, by sort of kind, and checks each of their lines.
 *
 * @throws {ConfigError} with `file:line` of everything that is wrong in one of them
 * @throws {FileError} when the disk does not give one out
 */
export async function openJournalFiles(paths: readonly string[]): Promise<JournalReader> {
  const readers: JournalReader[] = [];
  const close = async (): Promise<void> => {
    for (const reader of readers) await reader[Symbol.asyncDispose]();
  };
  try {
    for (const path of paths) readers.push(await openJournalFile(path));
  } catch (error) {
    await close();
    throw error;
  }
  const owners = new Map<JournaledEntity, JournalReader>(
    readers.flatMap((reader) => reader.entities.map((entity) => [entity, reader] as const)),
  );
  return {
    entities: [...owners.keys()],
    cutOff: readers.find(({ cutOff }) => cutOff !== undefined)?.cutOff,
    read(entity) {
      const owner = owners.get(entity);
      if (owner === undefined) throw new TypeError("It is of another journal");
      return owner.read(entity);
    },
    [Symbol.asyncDispose]: close,
  };
}
