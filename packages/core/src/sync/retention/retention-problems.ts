import { readExpiringLetters } from "../../store/retention/dead-letters.ts";
import { readJournalNote } from "../../store/retention/journal-note.ts";
import type { Sql } from "../../store/sql.ts";
import { describeLetters } from "./tidy-store.ts";

/** What a person should know of what is kept for a time; nothing where all is well. */
export async function readRetentionProblems(
  sql: Sql,
  names: { readonly limit: string; readonly days: string },
): Promise<string[]> {
  const note = await readJournalNote(sql);
  const expiring = await readExpiringLetters(sql);
  return [
    ...(note === undefined || note.refused === 0
      ? []
      : [
          `Nothing is deleted, as the journal of deletions has no room: raise ${names.limit}, or lower ${names.days}`,
        ]),
    ...describeLetters({ forgotten: 0, expiring }),
  ];
}
