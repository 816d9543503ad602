import type { EntityRef } from "../produced.ts";
import { inStatements, rowParameters, type Sql } from "../sql.ts";

/** An entity that was deleted, or became a stub. */
export interface PastDeletion extends EntityRef {
  /** PagerDuty's time, milliseconds since 1970. */
  readonly at: number;
  /** By what evidence: `E5`. */
  readonly evidence: string;
  /** Whether it counts towards the share of its blueprint. */
  readonly counts: boolean;
}

/** A deletion that counts, and when it was. */
export type CountedDeletion = EntityRef & Pick<PastDeletion, "at">;

/** Deletions since a moment that count towards the share. */
export async function readCounted(sql: Sql, since: number): Promise<CountedDeletion[]> {
  const rows = await sql.all(
    "SELECT blueprint, identifier, at FROM deletion WHERE counts = 1 AND at > ?",
    [since],
  );
  return rows.map((row) => ({
    blueprint: String(row["blueprint"]),
    identifier: String(row["identifier"]),
    at: Number(row["at"]),
  }));
}

/** Everything that was deleted, or became a stub, and is not back; of a week. */
export async function readDeleted(sql: Sql): Promise<EntityRef[]> {
  const rows = await sql.all("SELECT blueprint, identifier FROM deletion");
  return rows.map((row) => ({
    blueprint: String(row["blueprint"]),
    identifier: String(row["identifier"]),
  }));
}

/** Remembers deletions. */
export async function recordDeletions(sql: Sql, deletions: readonly PastDeletion[]): Promise<void> {
  for (const some of inStatements(deletions)) {
    await sql.run(
      `INSERT INTO deletion (blueprint, identifier, at, evidence, counts)
      VALUES ${rowParameters(some.length, 5)}
      ON CONFLICT (blueprint, identifier) DO UPDATE
      SET at = excluded.at, evidence = excluded.evidence, counts = excluded.counts`,
      some.flatMap(({ blueprint, identifier, at, evidence, counts }) => [
        blueprint,
        identifier,
        at,
        evidence,
        counts ? 1 : 0,
      ]),
    );
  }
}

/** Forgets deletions of what is back: listed again, or restored. */
export async function forgetDeletions(sql: Sql, entities: readonly EntityRef[]): Promise<void> {
  for (const some of inStatements(entities)) {
    await sql.run(
      `DELETE FROM deletion WHERE (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
      some.flatMap(({ blueprint, identifier }) => [blueprint, identifier]),
    );
  }
}

/** Forgets deletions of before a moment. */
export async function pruneDeletions(sql: Sql, before: number): Promise<void> {
  await sql.run("DELETE FROM deletion WHERE at <= ?", [before]);
}

/**
 * Lets one at a time decide on a deletion, within a transaction: what others of this store are about to
 * delete is counted before it is decided, not after.
 */
export async function lockDeletions(sql: Sql): Promise<void> {
  await sql.run("UPDATE counter SET value = value WHERE name = 'read'");
}
