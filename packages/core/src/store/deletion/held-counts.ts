import { inStatements, rowParameters, type Sql } from "../sql.ts";

/** How many entities of a blueprint Port held after a full run, by PagerDuty's clock, milliseconds. */
export interface HeldCount {
  readonly blueprint: string;
  readonly at: number;
  /** The run's number. */
  readonly run: number;
  readonly entities: number;
}

/** All that is remembered, oldest first: of {@link keepHeld}'s stretch, and one of before it. */
export async function readHeld(sql: Sql): Promise<HeldCount[]> {
  const rows = await sql.all("SELECT * FROM held ORDER BY blueprint, at");
  return rows.map((row) => ({
    blueprint: String(row["blueprint"]),
    at: Number(row["at"]),
    run: Number(row["run"]),
    entities: Number(row["entities"]),
  }));
}

/**
 * Remembers how many there are now.
 *
 * @param since what is older is forgotten, but for the last of it: what there was when that stretch began
 */
export async function keepHeld(
  sql: Sql,
  counts: readonly HeldCount[],
  since: number,
): Promise<void> {
  for (const some of inStatements(counts)) {
    await sql.run(
      `INSERT INTO held (blueprint, at, run, entities) VALUES ${rowParameters(some.length, 4)}
      ON CONFLICT (blueprint, at) DO UPDATE SET run = excluded.run, entities = excluded.entities`,
      some.flatMap(({ blueprint, at, run, entities }) => [blueprint, at, run, entities]),
    );
  }
  await sql.run(
    `DELETE FROM held WHERE at < (
      SELECT max(older.at) FROM held older
      WHERE older.blueprint = held.blueprint AND older.at <= ?
    )`,
    [since],
  );
}
