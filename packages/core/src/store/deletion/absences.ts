import { type EntityRef, readMoment } from "../produced.ts";
import { inStatements, rowParameters, type Sql } from "../sql.ts";

/** What is known of an entity that PagerDuty's lists lack. Moments by PagerDuty's clock, milliseconds. */
export interface Absence extends EntityRef {
  /** The first full run that read everything, and lacked it. */
  readonly unlistedAt: number | undefined;
  /** The first 404 of its object. */
  readonly goneAt: number | undefined;
  /** When its object was asked for last. */
  readonly askedAt: number | undefined;
  /** When PagerDuty's signed event, or its audit record, called the object deleted. */
  readonly namedAt: number | undefined;
}

/** What is known of an entity that was not missed before. */
export function noAbsence({ blueprint, identifier }: EntityRef): Absence {
  return {
    blueprint,
    identifier,
    unlistedAt: undefined,
    goneAt: undefined,
    askedAt: undefined,
    namedAt: undefined,
  };
}

/** Everything that is absent and not settled. */
export async function readAbsences(sql: Sql): Promise<Absence[]> {
  const rows = await sql.all("SELECT * FROM absence");
  return rows.map((row) => ({
    blueprint: String(row["blueprint"]),
    identifier: String(row["identifier"]),
    unlistedAt: readMoment(row["unlisted_at"]),
    goneAt: readMoment(row["gone_at"]),
    askedAt: readMoment(row["asked_at"]),
    namedAt: readMoment(row["named_at"]),
  }));
}

/** Remembers what is known of absent entities, each once, in place of what was. */
export async function keepAbsences(sql: Sql, absences: readonly Absence[]): Promise<void> {
  for (const some of inStatements(absences)) {
    await sql.run(
      `INSERT INTO absence (blueprint, identifier, unlisted_at, gone_at, asked_at, named_at)
      VALUES ${rowParameters(some.length, 6)}
      ON CONFLICT (blueprint, identifier) DO UPDATE SET unlisted_at = excluded.unlisted_at,
        gone_at = excluded.gone_at, asked_at = excluded.asked_at,
        named_at = coalesce(excluded.named_at, absence.named_at)`,
      some.flatMap(({ blueprint, identifier, unlistedAt, goneAt, askedAt, namedAt }) => [
        blueprint,
        identifier,
        unlistedAt ?? null,
        goneAt ?? null,
        askedAt ?? null,
        namedAt ?? null,
      ]),
    );
  }
}

/** Remembers that PagerDuty called the objects of entities deleted, and that they answered 404 then. */
export async function nameAbsent(
  sql: Sql,
  entities: readonly EntityRef[],
  at: number,
): Promise<void> {
  for (const some of inStatements(entities)) {
    await sql.run(
      `INSERT INTO absence (blueprint, identifier, gone_at, asked_at, named_at)
      VALUES ${rowParameters(some.length, 5)}
      ON CONFLICT (blueprint, identifier) DO UPDATE SET named_at = excluded.named_at,
        gone_at = coalesce(absence.gone_at, excluded.gone_at), asked_at = excluded.asked_at`,
      some.flatMap(({ blueprint, identifier }) => [blueprint, identifier, at, at, at]),
    );
  }
}

/** Forgets what is settled: listed again, or gone. */
export async function forgetAbsences(sql: Sql, entities: readonly EntityRef[]): Promise<void> {
  for (const some of inStatements(entities)) {
    await sql.run(
      `DELETE FROM absence WHERE (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
      some.flatMap(({ blueprint, identifier }) => [blueprint, identifier]),
    );
  }
}
