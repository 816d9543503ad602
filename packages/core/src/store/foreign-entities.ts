import type { EntityRef } from "./produced.ts";
import { inStatements, rowParameters, type Row, type Sql } from "./sql.ts";
import { readState } from "./state.ts";

/** An entity that this integration's listing does not hold, though the mapping makes it. */
export interface ForeignEntity extends EntityRef {
  /** The integration that owns it; empty where none does, or one that Port does not list. */
  readonly owner: string;
  /**
   * Hashes of what was written to it; none = it is ours by now. Undefined = it is left to its owner.
   */
  readonly written: readonly string[] | undefined;
  /** It had been taken over, and its owner wrote it again: it is left to that one. */
  readonly wasTaken?: boolean;
}

/** A {@link ForeignEntity} as it was remembered. */
export interface KnownForeign extends ForeignEntity {
  /** Milliseconds since Port was asked. */
  readonly age: number;
  /** False where a run found it and has not come to its end, which tells of it. */
  readonly isTold: boolean;
}

/** What is remembered of some entities. */
export async function readForeign(
  sql: Sql,
  refs: readonly EntityRef[],
): Promise<readonly KnownForeign[]> {
  const found: KnownForeign[] = [];
  for (const some of inStatements(refs)) {
    const rows = await sql.all(
      `SELECT *, ${sql.now} - checked_at AS age FROM foreign_entity
      WHERE (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
      some.flatMap(({ blueprint, identifier }) => [blueprint, identifier]),
    );
    found.push(...rows.map(parseForeign));
  }
  return found;
}

/** All that is remembered of entities that were written, and are not this integration's. */
export async function listForeignWritten(sql: Sql): Promise<readonly ForeignEntity[]> {
  const rows = await sql.all(
    "SELECT *, 0 AS age FROM foreign_entity WHERE written IS NOT NULL ORDER BY blueprint, identifier",
  );
  return rows.map(parseForeign);
}

/** Remembers entities, in place of what was; Port was asked just now. */
export async function keepForeign(sql: Sql, entities: readonly ForeignEntity[]): Promise<void> {
  // Each once, in the order in which all lock rows.
  const rows = new Map(
    entities.map((one) => [JSON.stringify([one.blueprint, one.identifier]), one]),
  );
  const sorted = [...rows.keys()].toSorted().flatMap((name) => rows.get(name) ?? []);
  for (const some of inStatements(sorted)) {
    await sql.run(
      `INSERT INTO foreign_entity (blueprint, identifier, owner, written, was_taken, checked_at)
      VALUES ${rowParameters(some.length, `(?, ?, ?, ?, ?, ${sql.now})`)}
      ON CONFLICT (blueprint, identifier) DO UPDATE SET owner = excluded.owner,
        written = excluded.written, was_taken = excluded.was_taken, checked_at = excluded.checked_at`,
      some.flatMap(({ blueprint, identifier, owner, written, wasTaken = false }) => [
        blueprint,
        identifier,
        owner,
        written === undefined ? null : JSON.stringify(written),
        wasTaken ? 1 : 0,
      ]),
    );
  }
}

/**
 * Notes entities that are left to their owners as soon as that is known: a run that breaks off after it has noted
 * what objects make would else leave them looking like its own. Port is asked of them again.
 */
export async function noteLeft(sql: Sql, entities: readonly ForeignEntity[]): Promise<void> {
  for (const some of inStatements(entities)) {
    await sql.run(
      `INSERT INTO foreign_entity (blueprint, identifier, owner, written, was_taken, checked_at)
      VALUES ${rowParameters(some.length, "(?, ?, ?, NULL, ?, 0)")}
      ON CONFLICT (blueprint, identifier) DO UPDATE SET owner = excluded.owner,
        written = NULL, was_taken = excluded.was_taken, checked_at = 0`,
      some.flatMap(({ blueprint, identifier, owner, wasTaken = false }) => [
        blueprint,
        identifier,
        owner,
        wasTaken ? 1 : 0,
      ]),
    );
  }
}

/** Forgets entities: they are this integration's, or gone. */
export async function forgetForeign(sql: Sql, refs: readonly EntityRef[]): Promise<void> {
  for (const some of inStatements(refs)) {
    await sql.run(
      `DELETE FROM foreign_entity
      WHERE (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
      some.flatMap(({ blueprint, identifier }) => [blueprint, identifier]),
    );
  }
}

/**
 * The number of the last read before whose entities are was first asked: what was produced up to it may
 * be anybody's.
 */
export async function readOwnershipSince(sql: Sql): Promise<number> {
  return Number((await readState(sql, "ownership-since"))?.value ?? 0);
}

function parseForeign(row: Row): KnownForeign {
  const { written } = row;
  return {
    blueprint: String(row["blueprint"]),
    identifier: String(row["identifier"]),
    owner: String(row["owner"]),
    written: typeof written === "string" ? (JSON.parse(written) as string[]) : undefined,
    wasTaken: Number(row["was_taken"]) === 1,
    age: Number(row["age"]),
    isTold: Number(row["checked_at"]) > 0,
  };
}
