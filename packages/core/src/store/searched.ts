import type { EntityRef } from "./produced.ts";
import { inStatements, rowParameters, type Sql } from "./sql.ts";

/** An entity some fields of which Port fills by searching, as it was after it was written. */
export interface SearchedEntity extends EntityRef {
  /** The searches that were sent, hashed. */
  readonly sent: string;
  /** What Port had in their place after that, hashed. */
  readonly found: string;
  /** What was searched through, hashed. */
  readonly mark: string;
}

/** Those of some entities that were written so many milliseconds ago at most, as they were then. */
export async function readSearched(
  sql: Sql,
  refs: readonly EntityRef[],
  age: number,
): Promise<readonly SearchedEntity[]> {
  const found: SearchedEntity[] = [];
  for (const some of inStatements(refs)) {
    const rows = await sql.all(
      `SELECT blueprint, identifier, sent, found, mark FROM searched
      WHERE written_at > ${sql.now} - ?
        AND (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
      [age, ...some.flatMap(({ blueprint, identifier }) => [blueprint, identifier])],
    );
    for (const row of rows) {
      found.push({
        blueprint: String(row["blueprint"]),
        identifier: String(row["identifier"]),
        sent: String(row["sent"]),
        found: String(row["found"]),
        mark: String(row["mark"]),
      });
    }
  }
  return found;
}

/** Remembers entities that were written just now, in place of what was. */
export async function keepSearched(sql: Sql, entities: readonly SearchedEntity[]): Promise<void> {
  // Each once, in the order in which all lock rows.
  const rows = new Map(
    entities.map((one) => [JSON.stringify([one.blueprint, one.identifier]), one]),
  );
  const sorted = [...rows.keys()].toSorted().flatMap((name) => rows.get(name) ?? []);
  for (const some of inStatements(sorted)) {
    await sql.run(
      `INSERT INTO searched (blueprint, identifier, sent, found, mark, written_at)
      VALUES ${rowParameters(some.length, `(?, ?, ?, ?, ?, ${sql.now})`)}
      ON CONFLICT (blueprint, identifier) DO UPDATE SET sent = excluded.sent,
        found = excluded.found, mark = excluded.mark, written_at = excluded.written_at`,
      some.flatMap(({ blueprint, identifier, sent, found, mark }) => [
        blueprint,
        identifier,
        sent,
        found,
        mark,
      ]),
    );
  }
}

/** Forgets what was written longer ago than so many milliseconds. @returns how many were forgotten */
export async function pruneSearched(sql: Sql, age: number): Promise<number> {
  return sql.run(`DELETE FROM searched WHERE written_at < ${sql.now} - ?`, [age]);
}
