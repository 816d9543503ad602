import type { Sql } from "./sql.ts";

/** Something that is remembered under a name. */
export interface KeptState {
  readonly value: string;
  /** Milliseconds since 1970 by the database's clock. */
  readonly keptAt: number;
}

/** What is remembered under a name; undefined for nothing. */
export async function readState(sql: Sql, name: string): Promise<KeptState | undefined> {
  const [row] = await sql.all("SELECT value, kept_at FROM state WHERE name = ?", [name]);
  if (row === undefined) return undefined;
  return { value: String(row["value"]), keptAt: Number(row["kept_at"]) };
}

/** Remembers something under a name, in place of what was. */
export async function keepState(sql: Sql, name: string, value: string): Promise<void> {
  await sql.run(
    `INSERT INTO state (name, value, kept_at) VALUES (?, ?, ${sql.now})
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, kept_at = excluded.kept_at`,
    [name, value],
  );
}

/**
 * Remembers a moment that only goes forward, such as that of the latest request which was seen to.
 *
 * @param moment milliseconds since 1970, or any other integer
 * @returns true to the one who brought something newer, and to nobody else: whatever several replicas
 * see, one of them acts
 */
export async function advanceWatermark(sql: Sql, name: string, moment: number): Promise<boolean> {
  const advanced = await sql.run(
    `INSERT INTO state (name, value, kept_at) VALUES (?, ?, ${sql.now})
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, kept_at = excluded.kept_at
    WHERE CAST(state.value AS BIGINT) < CAST(excluded.value AS BIGINT)`,
    [name, String(Math.trunc(moment))],
  );
  return advanced > 0;
}
