import type { ObjectKey } from "../freshness.ts";
import { inStatements, listParameters, rowParameters, type Sql } from "../sql.ts";

/** The teams, by id, that objects belong to, as far as that is known. */
export type TeamsByObject = ReadonlyMap<ObjectKey, ReadonlySet<string>>;

/** The teams of all objects, of those that are gone for some days still. */
export async function readTeams(sql: Sql): Promise<Map<ObjectKey, Set<string>>> {
  return collect(await sql.all("SELECT object, team FROM object_team"));
}

/** The teams of one object. */
export async function readTeamsOf(sql: Sql, object: ObjectKey): Promise<ReadonlySet<string>> {
  const rows = await sql.all("SELECT object, team FROM object_team WHERE object = ?", [object]);
  return collect(rows).get(object) ?? new Set();
}

/** Remembers the teams of objects that were read, in place of what was; other objects keep theirs. */
export async function keepTeams(sql: Sql, read: TeamsByObject): Promise<void> {
  const known = await readTeams(sql);
  const back = [...(await readGone(sql)).keys()].filter((object) => read.has(object));
  for (const some of inStatements(back)) {
    await sql.run(
      `UPDATE object_team SET gone_at = NULL, is_named = 0
      WHERE object IN (${listParameters(some.length)})`,
      some,
    );
  }
  const added: string[] = [];
  const removed: string[] = [];
  for (const [object, teams] of read) {
    const before = known.get(object) ?? new Set<string>();
    for (const team of teams) if (!before.has(team)) added.push(object, team);
    for (const team of before) if (!teams.has(team)) removed.push(object, team);
  }
  await change(
    sql,
    removed,
    (rows) => `DELETE FROM object_team WHERE (object, team) IN (VALUES ${rows})`,
  );
  await change(
    sql,
    added,
    (rows) =>
      `INSERT INTO object_team (object, team) VALUES ${rows} ON CONFLICT (object, team) DO NOTHING`,
  );
}

export interface GoneTeams {
  /** PagerDuty's time, milliseconds since 1970. */
  readonly at: number;
  /** PagerDuty's event or audit record called them deleted. */
  readonly isNamed: boolean;
}

/** Notes that objects are gone: whatever their team loses later, they were a part of it. */
export async function markTeamsGone(
  sql: Sql,
  objects: readonly ObjectKey[],
  { at, isNamed }: GoneTeams,
): Promise<void> {
  for (const some of inStatements(objects)) {
    await sql.run(
      `UPDATE object_team SET gone_at = ?, is_named = ? WHERE object IN (${listParameters(some.length)})`,
      [at, isNamed ? 1 : 0, ...some],
    );
  }
}

/** Objects that are gone, and whether PagerDuty named them. */
export async function readGone(sql: Sql): Promise<Map<ObjectKey, boolean>> {
  const rows = await sql.all("SELECT object, is_named FROM object_team WHERE gone_at IS NOT NULL");
  return new Map(rows.map((row) => [String(row["object"]), Number(row["is_named"]) === 1]));
}

/** Forgets objects that are gone since before a moment. */
export async function pruneTeams(sql: Sql, before: number): Promise<void> {
  await sql.run("DELETE FROM object_team WHERE gone_at <= ?", [before]);
}

async function change(
  sql: Sql,
  values: readonly string[],
  write: (rows: string) => string,
): Promise<void> {
  const pairs = Array.from({ length: values.length / 2 }, (_, place) =>
    values.slice(place * 2, place * 2 + 2),
  );
  for (const some of inStatements(pairs)) {
    await sql.run(write(rowParameters(some.length, 2)), some.flat());
  }
}

function collect(rows: readonly Readonly<Record<string, unknown>>[]): Map<ObjectKey, Set<string>> {
  const teams = new Map<ObjectKey, Set<string>>();
  for (const row of rows) {
    const object = String(row["object"]);
    teams.set(object, (teams.get(object) ?? new Set()).add(String(row["team"])));
  }
  return teams;
}
