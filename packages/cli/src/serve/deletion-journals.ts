import { mkdirSync } from "node:fs";
import {
  createJournalFile,
  createStoreJournal,
  type DeletionJournal,
  type JournalFile,
  type Run,
  type Store,
} from "@pagerport/core";

/** Where a server keeps what it deletes. */
export interface DeletionJournals extends AsyncDisposable {
  /** That of a run, or of live events. */
  readonly create: (run: Run | undefined) => DeletionJournal;
}

/** Keeps journals in the store: what has a database needs no folder. */
export function keepJournalsInStore(store: Store): DeletionJournals {
  return {
    create: (run) => createStoreJournal(store, run?.number),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * Keeps journals in a folder: `deleted-<run>.ndjson` for a run, `deleted-live-<start>.ndjson` for live
 * events. a run is closed when another begins, that of live events at the end.
 */
export function createDeletionJournals(options: {
  readonly folder: string;
  /** When the server started, milliseconds since 1970. */
  readonly startedAt: number;
}): DeletionJournals {
  const { folder, startedAt } = options;
  makeQuietly(folder);
  const start = new Date(startedAt).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  const live = createJournalFile({ folder, run: `live-${start}` });
  let ofRun: JournalFile | undefined;
  let last: Promise<unknown> = Promise.resolve();

  return {
    create(run) {
      if (run === undefined) return { append: (line) => live.append(line), flush: flushLive };
      void closeQuietly(ofRun);
      ofRun = createJournalFile({ folder, run: run.number });
      return ofRun;
    },
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
async function closeQuietly(file: JournalFile | undefined): Promise<void> {
  try {
    await file?.[Symbol.asyncDispose]();
  } catch {
    // Nothing is lost by that.
  }
}
