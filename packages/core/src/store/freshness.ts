import { inStatements, listParameters, rowParameters, type Sql } from "./sql.ts";

/** `kind/id` of an object of PagerDuty: `incidents/Q1…`. */
export type ObjectKey = string;

/**
 * The next number of the store's sequence. A run takes one *before* its requests, for all its pages. A read
 * under a claim takes one *after* its answer, before it is noted: only a run that began later has surely
 * read later, however long the request waited after the claim.
 *
 * Not within the transaction that notes what was read: the sequence is locked until that ends, and every
 * process waits for it.
 */
export async function takeNumber(sql: Sql): Promise<number> {
  const [row] = await sql.all(
    "UPDATE counter SET value = value + 1 WHERE name = 'read' RETURNING value",
  );
  return Number(row?.["value"]);
}

/** What is known of an object that was applied: written to Port, or deleted from it. */
export interface Freshness {
  /** Number of the latest read that was applied. */
  readonly number: number;
  /** A tombstone: that read found it gone. */
  readonly isDeleted: boolean;
}

/** What is known of some objects; absent = nothing, any read may be applied. */
export async function readFreshness(
  sql: Sql,
  objects: readonly ObjectKey[],
): Promise<Map<ObjectKey, Freshness>> {
  const found = new Map<ObjectKey, Freshness>();
  for (const some of inStatements(objects)) {
    const rows = await sql.all(
      `SELECT object, number, is_deleted FROM freshness WHERE object IN (${listParameters(some.length)})`,
      some,
    );
    for (const row of rows) {
      const isDeleted = Number(row["is_deleted"]) === 1;
      found.set(String(row["object"]), { number: Number(row["number"]), isDeleted });
    }
  }
  return found;
}

/** Objects that something newer than a read was applied to: few, since what is older is forgotten. */
export async function listFresher(sql: Sql, number: number): Promise<ObjectKey[]> {
  const rows = await sql.all("SELECT object FROM freshness WHERE number > ?", [number]);
  return rows.map((row) => String(row["object"]));
}

/** Whether what a read of that number found may be applied: nothing as new has been. Ask under the claim. */
export async function mayApply(sql: Sql, object: ObjectKey, number: number): Promise<boolean> {
  const known = (await readFreshness(sql, [object])).get(object);
  return known === undefined || known.number < number;
}

/** An object whose state was applied. */
export interface AppliedObject {
  readonly object: ObjectKey;
  /** The number of the read that it came from. */
  readonly number: number;
  /** It was deleted. @default false */
  readonly isDeleted?: boolean | undefined;
}

/** Notes what was applied. A lower number never replaces a higher one. */
export async function recordApplied(sql: Sql, applied: readonly AppliedObject[]): Promise<void> {
  // One statement cannot touch a row twice, and all lock rows in one order.
  const latest = new Map<ObjectKey, AppliedObject>();
  for (const one of applied) {
    if ((latest.get(one.object)?.number ?? -1) <= one.number) latest.set(one.object, one);
  }
  const sorted = [...latest.keys()].toSorted().flatMap((object) => latest.get(object) ?? []);
  for (const some of inStatements(sorted)) {
    await sql.run(
      `INSERT INTO freshness (object, number, is_deleted) VALUES ${rowParameters(some.length, 3)}
      ON CONFLICT (object) DO UPDATE SET number = excluded.number, is_deleted = excluded.is_deleted
      WHERE excluded.number > freshness.number`,
      some.flatMap(({ object, number, isDeleted }) => [object, number, isDeleted === true ? 1 : 0]),
    );
  }
}

/**
 * Ends the tombstones of objects that a run has listed: they are back.
 *
 * @param number the run's; what was found gone since it began stays
 */
export async function clearTombstones(
  sql: Sql,
  number: number,
  isListed: (object: ObjectKey) => boolean,
): Promise<void> {
  const rows = await sql.all("SELECT object FROM freshness WHERE is_deleted = 1 AND number < ?", [
    number,
  ]);
  const back = rows.map((row) => String(row["object"])).filter(isListed);
  for (const some of inStatements(back)) {
    await sql.run(
      `UPDATE freshness SET is_deleted = 0
      WHERE number < ? AND object IN (${listParameters(some.length)})`,
      [number, ...some],
    );
  }
}

/**
 * Forgets what no read can contradict any more: reads that ended before the run that goes on began, or
 * all so far where none goes on (a run whose lease lapsed has ended). Reads outside of runs happen under
 * the claim on their object, so none of them is on its way.
 */
export async function pruneFreshness(sql: Sql): Promise<number> {
  return sql.run(
    `DELETE FROM freshness WHERE is_deleted = 0 AND number <= coalesce(
      (
        SELECT min(run.number) FROM run
        JOIN lease ON lease.name = 'run' AND lease.token = run.lease_token
        WHERE run.ended_at IS NULL AND lease.lease_until > ${sql.now}
      ),
      (SELECT value FROM counter WHERE name = 'read')
    )`,
  );
}
