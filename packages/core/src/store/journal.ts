import { describeError, FileError } from "../errors.ts";
import { parseJson } from "../parse-json.ts";
import type { Store } from "./open-store.ts";
import type { EntityRef } from "./produced.ts";
import { inStatements, type Row, rowParameters, type Sql } from "./sql.ts";

/** Entities of one step of a streaming read: they may be large. */
const entitiesPerRead = 100;

/** A whole entity, as Port gave it. */
export interface JournalEntry extends EntityRef {
  readonly entity: Readonly<Record<string, unknown>>;
  /** Whether it is of a kind that ends by itself all the time. @default false */
  readonly rotates?: boolean | undefined;
}

/**
 * On an entry of an entity that an earlier one of the same journal has whole: it was made a stub then, and
 * goes now. The earlier entry stays.
 */
export const stubMark = "$isStub";

/** Writes down entities that a run is about to delete; on disk when it returns. */
export async function writeJournal(
  sql: Sql,
  run: number,
  entries: readonly JournalEntry[],
): Promise<void> {
  const distinct = new Map(
    entries.map((entry) => [JSON.stringify([entry.blueprint, entry.identifier]), entry]),
  );
  await sql.transaction(async (inside) => {
    const stays = Map.groupBy(distinct.values(), ({ entity }) => entity[stubMark] === true);
    for (const [isStub, ofSort] of stays) {
      const entityAfter = isStub ? "journal.entity" : "excluded.entity";
      const sizeAfter = isStub ? "journal.size" : "excluded.size";
      for (const some of inStatements(ofSort)) {
        await inside.run(
          `INSERT INTO journal (run, blueprint, identifier, entity, rotates, size, written_at)
          VALUES ${rowParameters(some.length, `(?, ?, ?, ?, ?, ?, ${inside.now})`)}
          ON CONFLICT (run, blueprint, identifier) DO UPDATE
            SET entity = ${entityAfter}, size = ${sizeAfter}, rotates = excluded.rotates,
              written_at = excluded.written_at`,
          some.flatMap(({ blueprint, identifier, entity, rotates = false }) => {
            const text = JSON.stringify(entity);
            const size = Buffer.byteLength(text);
            return [run, blueprint, identifier, text, rotates ? 1 : 0, size];
          }),
        );
      }
    }
  });
}

/** What stands in the place of a run's number for what single events deleted. */
export const noRun = 0;

/** Takes whole entities as lines of JSON, and keeps them in the store. */
export interface StoreJournal {
  /** Makes sure that there is room; rejects where there is none. @default there always is */
  admit?(bytes: number, rotates: (blueprint: string) => boolean): Promise<void>;
  /** @param rotates whether it is of a kind that ends by itself all the time; @default false */
  append(line: string, rotates?: boolean): void;
  /** Resolves when everything appended is in the store. */
  flush(): Promise<void>;
}

/**
 * Makes the journal of what one run deletes, or events where no run is given, in the store. Any number may
 * write to it at the same time, where they share its room. Its `flush` rejects with a {@link FileError} that names the store's place
 * where that cannot be written; what was appended then waits for the next.
 */
export function createStoreJournal(
  { sql, place }: Pick<Store, "sql" | "place">,
  run: number = noRun,
  room?: Pick<StoreJournal, "admit">,
): StoreJournal {
  let pending: JournalEntry[] = [];
  let last: Promise<unknown> = Promise.resolve();

  async function write(): Promise<void> {
    if (pending.length === 0) return;
    const lines = pending;
    pending = [];
    try {
      await writeJournal(sql, run, lines);
    } catch (error) {
      pending = [...lines, ...pending];
      const message = `Cannot write the journal of deletions to ${place}: ${describeError(error)}`;
      throw new FileError(message, { path: place, cause: error });
    }
  }

  return {
    ...(room?.admit !== undefined && { admit: room.admit }),
    append: (line, rotates) => void pending.push({ ...parseLine(line), rotates }),
    flush() {
      // Another's flush may be on its way with our lines: they are in the store when that has ended.
      const turn = last.then(write);
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** What the store keeps of a run's deletions. Moments are milliseconds since 1970 by the database's clock. */
export interface KeptJournal {
  /** {@link noRun} for those of events. */
  readonly run: number;
  readonly entities: number;
  readonly from: number;
  readonly until: number;
}

/** All journals in the store, the latest first. */
export async function listJournals(sql: Sql): Promise<KeptJournal[]> {
  const rows = await sql.all(
    `SELECT run, count(*) AS entities, min(written_at) AS first_at, max(written_at) AS last_at
    FROM journal GROUP BY run ORDER BY max(written_at) DESC, run DESC`,
  );
  return rows.map((row) => ({
    run: Number(row["run"]),
    entities: Number(row["entities"]),
    from: Number(row["first_at"]),
    until: Number(row["last_at"]),
  }));
}

/** Reads one entity that a run deleted; undefined where it deleted none of that name. */
export async function readJournalEntry(
  sql: Sql,
  run: number,
  { blueprint, identifier }: EntityRef,
): Promise<JournalEntry | undefined> {
  const [row] = await sql.all(
    `SELECT blueprint, identifier, entity FROM journal
    WHERE run = ? AND blueprint = ? AND identifier = ?`,
    [run, blueprint, identifier],
  );
  return row === undefined ? undefined : parseEntry(row);
}

/** The name of an entity that was deleted, and when: milliseconds since 1970 by the database's clock. */
export interface Deletion extends EntityRef {
  /** {@link noRun} for what a single event deleted. */
  readonly run: number;
  readonly deletedAt: number;
}

/** Lists what was deleted and can be put back, the last first. */
export async function listDeletions(sql: Sql, limit: number): Promise<Deletion[]> {
  const rows = await sql.all(
    `SELECT run, blueprint, identifier, written_at FROM journal
    ORDER BY written_at DESC, run, blueprint, identifier LIMIT ?`,
    [limit],
  );
  return rows.map((row) => ({
    run: Number(row["run"]),
    blueprint: String(row["blueprint"]),
    identifier: String(row["identifier"]),
    deletedAt: Number(row["written_at"]),
  }));
}

/**
 * Reads what a run deleted, some at a time.
 *
 * @param since only what was deleted then or later, milliseconds since 1970
 */
export async function* readJournal(
  sql: Sql,
  run: number,
  since = 0,
): AsyncGenerator<readonly JournalEntry[]> {
  let last: EntityRef = { blueprint: "", identifier: "" };
  for (;;) {
    const rows = await sql.all(
      `SELECT blueprint, identifier, entity FROM journal
      WHERE run = ? AND (blueprint, identifier) > (?, ?) AND written_at >= ?
      ORDER BY blueprint, identifier LIMIT ${entitiesPerRead}`,
      [run, last.blueprint, last.identifier, since],
    );
    const entries = rows.map(parseEntry);
    const end = entries.at(-1);
    if (end === undefined) return;
    yield entries;
    last = end;
  }
}

function parseEntry(row: Row): JournalEntry {
  return {
    blueprint: String(row["blueprint"]),
    identifier: String(row["identifier"]),
    entity: parseJson(String(row["entity"])) as Record<string, unknown>,
  };
}

function parseLine(line: string): JournalEntry {
  const entity = parseJson(line) as Record<string, unknown>;
  return {
    blueprint: String(entity["blueprint"]),
    identifier: String(entity["identifier"]),
    entity,
  };
}
