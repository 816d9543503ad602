import type { Store } from "../../store/open-store.ts";
import { keepJournalNote, readJournalNote } from "../../store/retention/journal-note.ts";
import { dropRotating, measureJournal, pruneJournal } from "../../store/retention/prune-journal.ts";
import type { Retention } from "../../retention.ts";
import type { Sql } from "../../store/sql.ts";
import type { JournalMemory, JournalShelf } from "./journal-room.ts";

/** The journal of deletions that is in the store. */
export function createStoreShelf(
  { sql, place }: Pick<Store, "sql" | "place">,
  retention: Retention,
): JournalShelf {
  return {
    place,
    measure: () => measureJournal(sql),
    drop: (bytes, rotates) => dropRotating(sql, { bytes, retention, rotates }),
    async prune() {
      await pruneJournal(sql, retention);
    },
  };
}

/** Keeps in the store how full a server's journal is, wherever that journal is. */
export function createJournalMemory(sql: Sql): JournalMemory {
  return { read: () => readJournalNote(sql), keep: (note) => keepJournalNote(sql, note) };
}
