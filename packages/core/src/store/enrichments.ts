import { parseJson } from "../parse-json.ts";
import type { ObjectKey } from "./freshness.ts";
import { inStatements, listParameters, rowParameters, type Sql } from "./sql.ts";

/** An object in the state that its list told of. */
export interface ObjectVersion {
  readonly object: ObjectKey;
  /** Its `updated_at`, as PagerDuty writes it. */
  readonly updatedAt: string;
}

/** What was fetched for an object beyond its list. */
export interface Enrichment extends ObjectVersion {
  /** JSON. */
  readonly value: unknown;
}

/**
 * What was fetched under a name (`__custom_fields`) for objects that have not changed since; those that
 * are missing must be fetched.
 */
export async function readEnrichments(
  sql: Sql,
  name: string,
  versions: readonly ObjectVersion[],
): Promise<Map<ObjectKey, unknown>> {
  const wanted = new Map(versions.map(({ object, updatedAt }) => [object, updatedAt]));
  const found = new Map<ObjectKey, unknown>();
  for (const some of inStatements([...wanted.keys()])) {
    const rows = await sql.all(
      `SELECT object, updated_at, value FROM enrichment
      WHERE name = ? AND object IN (${listParameters(some.length)})`,
      [name, ...some],
    );
    for (const row of rows) {
      const object = String(row["object"]);
      if (wanted.get(object) !== row["updated_at"]) continue;
      found.set(object, parseJson(String(row["value"])));
    }
  }
  return found;
}

/** Keeps what was fetched under a name, in place of what was before. */
export async function keepEnrichments(
  sql: Sql,
  name: string,
  enrichments: readonly Enrichment[],
): Promise<void> {
  const latest = new Map(enrichments.map((enrichment) => [enrichment.object, enrichment]));
  const sorted = [...latest.keys()].toSorted().flatMap((object) => latest.get(object) ?? []);
  await sql.transaction(async (inside) => {
    for (const some of inStatements(sorted)) {
      await inside.run(
        `INSERT INTO enrichment (object, name, updated_at, value, kept_at)
        VALUES ${rowParameters(some.length, `(?, ?, ?, ?, ${inside.now})`)}
        ON CONFLICT (object, name) DO UPDATE SET updated_at = excluded.updated_at,
          value = excluded.value, kept_at = excluded.kept_at`,
        some.flatMap(({ object, updatedAt, value }) => [
          object,
          name,
          updatedAt,
          JSON.stringify(value ?? null),
        ]),
      );
    }
  });
}

/** Everything that was fetched for objects whose names begin with some text, which ends in `/`. */
export async function listEnrichments(
  sql: Sql,
  objects: `${string}/`,
): Promise<(Enrichment & { readonly name: string })[]> {
  const rows = await sql.all(
    "SELECT object, name, updated_at, value FROM enrichment WHERE object > ? AND object < ?",
    // The character after the slash.
    [objects, `${objects.slice(0, -1)}0`],
  );
  return rows.map((row) => ({
    object: String(row["object"]),
    name: String(row["name"]),
    updatedAt: String(row["updated_at"]),
    value: parseJson(String(row["value"])),
  }));
}

/**
 * Of the objects whose names begin with some text, which ends in `/`, those for which something was fetched
 * under a name longest ago.
 *
 * @param choose how many of all of them
 */
export async function listOldestEnrichments(
  sql: Sql,
  name: string,
  { objects, choose }: { objects: `${string}/`; choose: (count: number) => number },
): Promise<Set<ObjectKey>> {
  const among = "FROM enrichment WHERE name = ? AND object > ? AND object < ?";
  const values = [name, objects, `${objects.slice(0, -1)}0`];
  const [row] = await sql.all(`SELECT count(*) AS count ${among}`, values);
  const rows = await sql.all(`SELECT object ${among} ORDER BY kept_at, object LIMIT ?`, [
    ...values,
    choose(Number(row?.["count"])),
  ]);
  return new Set(rows.map(({ object }) => String(object)));
}

/** Forgets all that was fetched for some objects. */
export async function forgetEnrichments(sql: Sql, objects: readonly ObjectKey[]): Promise<void> {
  for (const some of inStatements([...new Set(objects)].toSorted())) {
    await sql.run(`DELETE FROM enrichment WHERE object IN (${listParameters(some.length)})`, some);
  }
}

/** Forgets what was fetched longer ago than so many milliseconds. */
export async function pruneEnrichments(sql: Sql, age: number): Promise<number> {
  return sql.run(`DELETE FROM enrichment WHERE kept_at < ${sql.now} - ?`, [age]);
}
