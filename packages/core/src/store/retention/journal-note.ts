import type { Sql } from "../sql.ts";
import { keepState, readState } from "../state.ts";
import type { JournalSize } from "../../retention.ts";

const name = "deletion-journal";

/** How full a server's journal of deletions is, for whoever asks the store. */
export interface JournalNote extends JournalSize {
  /** Bytes; 0 = none. */
  readonly limit: number;
  /** Bytes that there was no room for, so that nothing was deleted; 0 where there is room. */
  readonly refused: number;
}

/** How full the journal was when it was looked at last; undefined before that. */
export async function readJournalNote(sql: Sql): Promise<JournalNote | undefined> {
  const kept = await readState(sql, name);
  return kept === undefined ? undefined : (JSON.parse(kept.value) as JournalNote);
}

/** Notes how full it is. */
export function keepJournalNote(sql: Sql, note: JournalNote): Promise<void> {
  const { firm, rotating, limit, refused } = note;
  return keepState(sql, name, JSON.stringify({ firm, rotating, limit, refused }));
}
