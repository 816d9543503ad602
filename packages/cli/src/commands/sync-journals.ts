import {
  createFileShelf,
  createJournalFile,
  createJournalMemory,
  createJournalRoom,
  createSortedJournal,
  createStoreJournal,
  createStoreShelf,
  type DeletionJournal,
  describeError,
  type JournalRoom,
} from "@pagerport/core";
import type { CliContext } from "../context.ts";
import type { OpenedRun } from "../open-run.ts";
import { retentionNames } from "../setting-names.ts";

/** A journal of deletions in files. */
export interface KeptFiles extends DeletionJournal, AsyncDisposable {
  /** Where it is; none while nothing has been written. */
  readonly paths: readonly string[];
}

/** Makes the journal of what a run deletes. */
export interface SyncJournals {
  readonly inStore: (run: number) => DeletionJournal;
  /** @param path what the caller chose; undefined = files of the run in the folder */
  readonly inFiles: (run: number, path: string | undefined) => KeptFiles;
}

/**
 * Drops what earlier runs deleted so long ago that nobody puts it back, and makes what keeps the next. That it
 * cannot be dropped is told, and stops nobody.
 */
export async function openSyncJournals(
  options: Pick<OpenedRun, "store" | "resync"> & {
    /** Undefined = in the store. */
    readonly folder: string | undefined;
    readonly isDry: boolean;
  },
  { clock, cwd, stderr }: CliContext,
): Promise<SyncJournals> {
  const { store, folder, isDry } = options;
  const { retention } = options.resync;
  const shared = { retention, clock, names: retentionNames };
  const room: JournalRoom =
    folder === undefined
      ? createJournalRoom({
          ...shared,
          shelf: createStoreShelf(store, retention),
          memory: createJournalMemory(store.sql),
        })
      : createJournalRoom({ ...shared, shelf: createFileShelf({ folder, retention, clock }) });
  try {
    if (!isDry) await room.tidy();
  } catch (error) {
    stderr.write(
      `What was deleted long ago could not be cleared out of ${folder ?? store.place}: ${describeError(error)}\n`,
    );
  }
  return {
    inStore: (run) => createStoreJournal(store, run, room),
    inFiles(run, path) {
      if (path === undefined) {
        return createSortedJournal({ folder: folder ?? cwd, run, clock, room });
      }
      // It is the caller's: neither measured nor removed.
      const file = createJournalFile({ path });
      return {
        append: (line) => file.append(line),
        flush: () => file.flush(),
        get paths() {
          return file.path === undefined ? [] : [file.path];
        },
        [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
      };
    },
  };
}
