import type { ObjectKey } from "./freshness.ts";
import { inStatements, listParameters, rowParameters, type Sql } from "./sql.ts";

/** The service that an incident was on when it was read. */
export interface IncidentService {
  readonly incident: ObjectKey;
  readonly service: ObjectKey;
}

/**
 * Remembers which services incidents are on, besides those that they were on before: a service that an
 * incident has left has another status since, and no event names it.
 *
 * @param number the number of the read
 */
export async function recordServices(
  sql: Sql,
  found: readonly IncidentService[],
  number: number,
): Promise<void> {
  // Each once, in the order in which all lock rows.
  const rows = new Map(found.map((row) => [`${row.incident} ${row.service}`, row]));
  const sorted = [...rows.keys()].toSorted().flatMap((name) => rows.get(name) ?? []);
  for (const some of inStatements(sorted)) {
    await sql.run(
      `INSERT INTO incident_service (incident, service, number)
      VALUES ${rowParameters(some.length, 3)}
      ON CONFLICT (incident, service) DO UPDATE SET number = excluded.number
      WHERE excluded.number > incident_service.number`,
      some.flatMap(({ incident, service }) => [incident, service, number]),
    );
  }
}

/**
 * Takes out the services that incidents have left: whoever takes them sees to it that they are read again.
 *
 * @param incidents only these; all where it is undefined
 */
export async function takeLeftServices(
  sql: Sql,
  incidents?: readonly ObjectKey[],
): Promise<ObjectKey[]> {
  const left = new Set<ObjectKey>();
  for (const some of incidents === undefined ? [undefined] : inStatements(incidents)) {
    const among = some === undefined ? "" : `incident IN (${listParameters(some.length)}) AND`;
    const rows = await sql.all(
      `DELETE FROM incident_service WHERE ${among} EXISTS (
        SELECT 1 FROM incident_service newer
        WHERE newer.incident = incident_service.incident AND newer.number > incident_service.number
      ) RETURNING service`,
      some ?? [],
    );
    for (const row of rows) left.add(String(row["service"]));
  }
  return [...left].toSorted();
}

/** Forgets incidents that a full run has not seen open, nor anything live since it began. */
export async function pruneServices(sql: Sql, run: number): Promise<number> {
  return sql.run("DELETE FROM incident_service WHERE number < ?", [run]);
}
