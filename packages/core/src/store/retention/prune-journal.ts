import { listParameters, type Sql } from "../sql.ts";
import { type JournalSize, keptFor, type Retention } from "../../retention.ts";

/** Rows of one step, so that others get their turn. */
const rowsPerStep = 1000;
/** Milliseconds for which nothing is dropped: the deletion that it was written for may still go on. */
const leftAlone = 3_600_000;

/**
 * Forgets what was deleted so long ago that nobody puts it back.
 *
 * @returns how many entities
 */
export async function pruneJournal(sql: Sql, retention: Retention): Promise<number> {
  let pruned = 0;
  for (const mark of ["rotates = 0", "rotates IS NULL", "rotates = 1"]) {
    const kept = keptFor(retention, mark === "rotates = 1");
    const condition = `${mark} AND written_at <= ${sql.now} - ?`;
    pruned += await deleteOldest(sql, condition, [kept], () => true);
  }
  await measureRows(sql);
  return pruned;
}

/** How much the journal of deletions takes. */
export async function measureJournal(sql: Sql): Promise<JournalSize> {
  const rows = await sql.all("SELECT rotates, sum(size) AS bytes FROM journal GROUP BY rotates");
  const size = { firm: 0, rotating: 0 };
  for (const row of rows) {
    size[Number(row["rotates"] ?? 0) === 1 ? "rotating" : "firm"] += Number(row["bytes"] ?? 0);
  }
  return size;
}

export interface DropRotatingOptions {
  /** How many bytes are to become free. */
  readonly bytes: number;
  readonly retention: Retention;
  /** Whether a blueprint holds kinds that rotate, for what was written before that was noted. */
  readonly rotates: (blueprint: string) => boolean;
}

/** Forgets what rotates, the oldest first, until there is room; what does not rotate stays. */
export async function dropRotating(
  sql: Sql,
  { bytes, retention, rotates }: DropRotatingOptions,
): Promise<void> {
  let left = bytes;
  const goesOn = (freed: number): boolean => {
    left -= freed;
    return left > 0;
  };
  const age = `written_at <= ${sql.now} - ?`;
  await deleteOldest(sql, `rotates = 1 AND ${age}`, [leftAlone], goesOn);
  if (left <= 0) return;
  const unmarked = await sql.all("SELECT DISTINCT blueprint FROM journal WHERE rotates IS NULL");
  const names = unmarked.map((row) => String(row["blueprint"])).filter(rotates);
  if (names.length === 0) return;
  const old = `rotates IS NULL AND blueprint IN (${listParameters(names.length)}) AND ${age}`;
  await deleteOldest(sql, old, [...names, keptFor(retention, true)], goesOn);
}

/** Measures what a version wrote that did not note the size, step by step: there may be millions. */
async function measureRows(sql: Sql): Promise<void> {
  const bytes = sql.dialect === "sqlite" ? "CAST(entity AS BLOB)" : "convert_to(entity, 'UTF8')";
  let measured = rowsPerStep;
  while (measured >= rowsPerStep) {
    measured = await sql.run(
      `UPDATE journal SET size = length(${bytes})
      WHERE (run, blueprint, identifier) IN (
        SELECT run, blueprint, identifier FROM journal WHERE size IS NULL LIMIT ${rowsPerStep}
      )`,
    );
  }
}

/** @param goesOn told how many bytes a step has freed */
async function deleteOldest(
  sql: Sql,
  condition: string,
  values: readonly (string | number)[],
  goesOn: (freed: number) => boolean,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const rows = await sql.all(
      `DELETE FROM journal WHERE (run, blueprint, identifier) IN (
        SELECT run, blueprint, identifier FROM journal WHERE ${condition}
        ORDER BY written_at LIMIT ${rowsPerStep}
      ) RETURNING size`,
      values,
    );
    deleted += rows.length;
    const freed = rows.reduce((sum, row) => sum + Number(row["size"]), 0);
    if (rows.length < rowsPerStep || !goesOn(freed)) return deleted;
  }
}
