import { ConfigError, PagerportError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { readJournal, readJournalEntry } from "../store/journal.ts";
import type { Sql } from "../store/sql.ts";
import { checkJournalLine } from "./check-journal-line.ts";
import { type JournaledEntity, type JournalReader, listRelated } from "./journal-reader.ts";

/** What the store keeps of the deletions of one run. */
export interface StoredJournal {
  readonly sql: Sql;
  /** 0 for those of events, which belong to no run. */
  readonly run: number;
  /** Only what was deleted then or later, milliseconds since 1970. @default all */
  readonly since?: number | undefined;
  /** Only entities of these identifiers. @default all */
  readonly identifiers?: ReadonlySet<string> | undefined;
}

/**
 * Opens a journal of deletions in the store and checks all of it.
 *
 * @throws {ConfigError} where it holds what cannot be an entity
 */
export async function openStoreJournal({
  sql,
  run,
  since,
  identifiers,
}: StoredJournal): Promise<JournalReader> {
  const entities: JournaledEntity[] = [];
  for await (const some of readJournal(sql, run, since)) {
    for (const { blueprint, identifier, entity } of some) {
      if (identifiers?.has(identifier) === false) continue;
      const checked = checkJournalLine(JSON.stringify(entity));
      if ("mistake" in checked) {
        throw new ConfigError(`${identifier} of ${blueprint} in the store ${checked.mistake}`);
      }
      const { content, ...names } = checked;
      entities.push({ ...names, line: entities.length + 1, related: listRelated(content) });
    }
  }
  return {
    entities,
    cutOff: undefined,
    async read(entity): Promise<JsonObject> {
      const entry = await readJournalEntry(sql, run, entity);
      const checked = checkJournalLine(JSON.stringify(entry?.entity ?? null));
      if ("content" in checked) return checked.content;
      throw new PagerportError(
        `${entity.identifier} of ${entity.blueprint} was in the store when it was looked through, and is not any more`,
      );
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
