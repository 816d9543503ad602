import { inStatements, listParameters, rowParameters, type Sql } from "./sql.ts";

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

/** Remembers one value under several names, in place of what was. */
export async function keepStates(sql: Sql, names: Iterable<string>, value: string): Promise<void> {
  // Sorted, so that two who keep the same do not wait for each other.
  const sorted = [...new Set(names)].toSorted();
  await sql.transaction(async (inside) => {
    for (const some of inStatements(sorted)) {
      await inside.run(
        `INSERT INTO state (name, value, kept_at)
        VALUES ${rowParameters(some.length, `(?, ?, ${inside.now})`)}
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, kept_at = excluded.kept_at`,
        some.flatMap((name) => [name, value]),
      );
    }
  });
}

export interface ListStatesOptions {
  /** What the names begin with; it ends in `/`. */
  readonly prefix: `${string}/`;
  /** Milliseconds that it has been kept for, at least. */
  readonly age: number;
  /** The most names. */
  readonly limit: number;
}

/** Names under which something has been remembered for some time, the longest first. */
export async function listStates(
  sql: Sql,
  { prefix, age, limit }: ListStatesOptions,
): Promise<string[]> {
  const rows = await sql.all(
    `SELECT name FROM state WHERE name > ? AND name < ? AND kept_at <= ${sql.now} - ?
    ORDER BY kept_at, name LIMIT ?`,
    // The character after the slash.
    [prefix, `${prefix.slice(0, -1)}0`, age, limit],
  );
  return rows.map((row) => String(row["name"]));
}

/**
 * Forgets what is remembered under names, where it still is that value.
 *
 * @returns the names that had it
 */
export async function forgetStates(
  sql: Sql,
  names: Iterable<string>,
  value: string,
): Promise<ReadonlySet<string>> {
  const forgotten = new Set<string>();
  for (const some of inStatements([...new Set(names)].toSorted())) {
    const rows = await sql.all(
      `DELETE FROM state WHERE value = ? AND name IN (${listParameters(some.length)}) RETURNING name`,
      [value, ...some],
    );
    for (const row of rows) forgotten.add(String(row["name"]));
  }
  return forgotten;
}

/** Forgets what is remembered under a name, whatever it is. */
export async function forgetState(sql: Sql, name: string): Promise<void> {
  await sql.run("DELETE FROM state WHERE name = ?", [name]);
}
