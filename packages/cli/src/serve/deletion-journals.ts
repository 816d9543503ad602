import { mkdirSync } from "node:fs";
import {
  type Clock,
  createFileShelf,
  createJournalMemory,
  createJournalRoom,
  createSortedJournal,
  createStoreJournal,
  createStoreShelf,
  type DeletionJournal,
  type Retention,
  type Run,
  type SortedJournal,
  type Store,
} from "@pagerport/core";
import { retentionNames } from "../setting-names.ts";

/** Where a server keeps what it deletes. */
export interface DeletionJournals extends AsyncDisposable {
  /** That of a run, or of live events. */
  readonly create: (run: Run | undefined) => DeletionJournal;
  /** Drops what has been kept for its time, and notes how full it is. */
  readonly tidy: () => Promise<void>;
}

/** How long a server keeps what it deletes, and by which clock. */
export interface DeletionJournalsOptions {
  readonly store: Store;
  readonly retention: Retention;
  readonly clock: Clock;
  /** Told that there is no room, so that nothing is deleted. */
  readonly onFull?: ((error: Error) => void) | undefined;
}

/** Keeps journals in the store: what has a database needs no folder. */
export function keepJournalsInStore(options: DeletionJournalsOptions): DeletionJournals {
  const { store, retention } = options;
  const memory = createJournalMemory(store.sql);
  const shelf = createStoreShelf(store, retention);
  const room = createJournalRoom({ ...options, shelf, memory, names: retentionNames });
  return {
    create: (run) => createStoreJournal(store, run?.number, room),
    tidy: room.tidy,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * Keeps journals in a folder: `deleted-<run>.ndjson` for a run, `deleted-live-<start>.ndjson` for live
 * events, each with a file of its own for what rotates. A run's is closed when another begins, that of live events at
 * the end.
 */
export function createDeletionJournals(
  options: DeletionJournalsOptions & {
    readonly folder: string;
    /** When the server started, milliseconds since 1970. */
    readonly startedAt: number;
  },
): DeletionJournals {
  const { folder, startedAt, store, clock } = options;
  makeQuietly(folder);
  const memory = createJournalMemory(store.sql);
  const shelf = createFileShelf(options);
  const room = createJournalRoom({ ...options, shelf, memory, names: retentionNames });
  const start = new Date(startedAt).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  const live = createSortedJournal({ folder, run: `live-${start}`, clock, room });
  let ofRun: SortedJournal | undefined;
  let last: Promise<unknown> = Promise.resolve();

  return {
    create(run) {
      if (run === undefined) return { ...live, flush: flushLive };
      void closeQuietly(ofRun);
      ofRun = createSortedJournal({ folder, run: run.number, clock, room });
      return ofRun;
    },
    tidy: room.tidy,
    async [Symbol.asyncDispose]() {
      await last;
      await closeQuietly(live);
      await closeQuietly(ofRun);
    },
  };

  /** Jobs write to it at the same time, so it is flushed by one after another. */
  function flushLive(): Promise<void> {
    const turn = last.then(() => live.flush());
    last = turn.catch(() => undefined);
    return turn;
  }
}

/** Where the store is elsewhere, nobody has made it; where it cannot be made, nothing will be deleted. */
function makeQuietly(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    // Whoever wants to delete is told that the journal cannot be written.
  }
}

/** All that is in it has been flushed. */
async function closeQuietly(file: SortedJournal | undefined): Promise<void> {
  try {
    await file?.[Symbol.asyncDispose]();
  } catch {
    // Nothing is lost by that.
  }
}
