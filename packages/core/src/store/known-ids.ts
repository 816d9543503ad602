import type { ObjectKey } from "./freshness.ts";
import { readProduced } from "./produced.ts";
import type { Sql } from "./sql.ts";

/** Ids of objects of a kind that produced something, so many at most. */
export async function listKnownIds(sql: Sql, kind: string, most: number): Promise<string[]> {
  const rows = await sql.all(
    "SELECT DISTINCT object FROM produced WHERE object > ? AND object < ? LIMIT ?",
    // The character after the slash.
    [`${kind}/`, `${kind}0`, most],
  );
  return rows.map((row) => String(row["object"]).slice(kind.length + 1));
}

/** Those of some ids of a kind whose objects produced something. */
export async function pickKnownIds(
  sql: Sql,
  kind: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const produced = await readProduced(
    sql,
    ids.map((id): ObjectKey => `${kind}/${id}`),
  );
  return new Set(produced.map(({ object }) => object.slice(kind.length + 1)));
}
