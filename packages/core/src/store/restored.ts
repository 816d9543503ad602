import type { EntityRef } from "./produced.ts";
import { inStatements, rowParameters, type Sql } from "./sql.ts";

/** Remembers what was put back: it is held until it is made again, or released. */
export async function keepRestored(sql: Sql, refs: readonly EntityRef[]): Promise<void> {
  // Each once, in the order in which all lock rows.
  const rows = new Map(refs.map((ref) => [JSON.stringify([ref.blueprint, ref.identifier]), ref]));
  const sorted = [...rows.keys()].toSorted().flatMap((name) => rows.get(name) ?? []);
  for (const some of inStatements(sorted)) {
    await sql.run(
      `INSERT INTO restored (blueprint, identifier, restored_at)
      VALUES ${rowParameters(some.length, `(?, ?, ${sql.now})`)}
      ON CONFLICT (blueprint, identifier) DO UPDATE SET restored_at = excluded.restored_at`,
      some.flatMap(({ blueprint, identifier }) => [blueprint, identifier]),
    );
  }
}

/** Lists what was put back and is held. */
export async function readRestored(sql: Sql): Promise<EntityRef[]> {
  const rows = await sql.all("SELECT * FROM restored ORDER BY blueprint, identifier");
  return rows.map((row) => ({
    blueprint: String(row["blueprint"]),
    identifier: String(row["identifier"]),
  }));
}

/** Holds entities no longer. @returns how many were held */
export async function forgetRestored(sql: Sql, refs: readonly EntityRef[]): Promise<number> {
  let forgotten = 0;
  for (const some of inStatements(refs)) {
    forgotten += await sql.run(
      `DELETE FROM restored
      WHERE (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
      some.flatMap(({ blueprint, identifier }) => [blueprint, identifier]),
    );
  }
  return forgotten;
}
