import type { ObjectKey } from "./freshness.ts";
import { inStatements, listParameters, type Row, rowParameters, type Sql } from "./sql.ts";

/** Rows of one step of a streaming read. */
const rowsPerRead = 1000;

/** An entity of Port, by its name. */
export interface EntityRef {
  readonly blueprint: string;
  readonly identifier: string;
}

/** All that an object produced through one resource of the mapping; none = it produces nothing there. */
export interface Production {
  readonly object: ObjectKey;
  /** Tells resources of the mapping apart, the same in every run. */
  readonly resource: string;
  readonly entities: readonly EntityRef[];
  /** When the object was created, milliseconds since 1970, where it says so. */
  readonly createdAt?: number | undefined;
  /** When the object ends by itself, as on-calls do, milliseconds since 1970. */
  readonly endsAt?: number | undefined;
  /** What an on-call is of: policy, level, schedule and user, as JSON. */
  readonly place?: string | undefined;
}

/** One thing that is remembered: an object produced an entity through a resource. */
export interface ProducedEntity extends EntityRef {
  readonly object: ObjectKey;
  readonly resource: string;
  /** When the object was created, milliseconds since 1970; undefined where that is unknown. */
  readonly createdAt: number | undefined;
  /** When the object ends by itself, milliseconds since 1970; undefined = never, or unknown. */
  readonly endsAt: number | undefined;
  /** What an on-call is of, see {@link Production.place}; undefined where that is unknown. */
  readonly place: string | undefined;
  /** Number of the read that it was first seen in; undefined = before that was kept. */
  readonly firstNumber: number | undefined;
  /** Number of the read that it was last seen in. */
  readonly number: number;
}

/**
 * Remembers what objects produce, besides what they produced before.
 *
 * @param number the number of the read
 */
export async function recordProduced(
  sql: Sql,
  productions: readonly Production[],
  number: number,
): Promise<void> {
  for (const some of inStatements(listRows(productions))) {
    await sql.run(
      `INSERT INTO produced
        (object, resource, blueprint, identifier, object_created_at, ends_at, place, first_number, number)
      VALUES ${rowParameters(some.length, 9)}
      ON CONFLICT (object, resource, blueprint, identifier) DO UPDATE
      SET number = excluded.number, object_created_at = excluded.object_created_at,
        ends_at = excluded.ends_at, place = excluded.place
      WHERE excluded.number > produced.number`,
      some.flatMap((row) => [
        row.object,
        row.resource,
        row.blueprint,
        row.identifier,
        row.createdAt ?? null,
        row.endsAt ?? null,
        row.place ?? null,
        number,
        number,
      ]),
    );
  }
}

/**
 * Remembers what objects produce now, in place of what they produced before through the same resources;
 * other resources' rows stay. Commit it with the claim, which keeps older reads away: they would take
 * nothing from what a newer one found, but add to it.
 *
 * @param number the number of the read
 */
export async function replaceProduced(
  sql: Sql,
  productions: readonly Production[],
  number: number,
): Promise<void> {
  await sql.transaction(async (inside) => {
    await recordProduced(inside, productions, number);
    // What was not seen again is older than what was.
    const byResource = Map.groupBy(productions, ({ resource }) => resource);
    for (const [resource, ofResource] of byResource) {
      for (const some of inStatements(ofResource)) {
        await inside.run(
          `DELETE FROM produced
          WHERE object IN (${listParameters(some.length)}) AND resource = ? AND number < ?`,
          [...some.map(({ object }) => object), resource, number],
        );
      }
    }
  });
}

/** What some objects produced, through any resource. */
export async function readProduced(
  sql: Sql,
  objects: readonly ObjectKey[],
): Promise<ProducedEntity[]> {
  const found: ProducedEntity[] = [];
  for (const some of inStatements(objects)) {
    const rows = await sql.all(
      `SELECT * FROM produced WHERE object IN (${listParameters(some.length)})`,
      some,
    );
    for (const row of rows) found.push(parseProduced(row));
  }
  return found;
}

/** Everything that produces some entities: all objects, through all resources. */
export async function readProducers(
  sql: Sql,
  entities: readonly EntityRef[],
): Promise<ProducedEntity[]> {
  const found: ProducedEntity[] = [];
  for (const some of inStatements(entities)) {
    const rows = await sql.all(
      `SELECT * FROM produced
      WHERE (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
      some.flatMap(({ blueprint, identifier }) => [blueprint, identifier]),
    );
    for (const row of rows) found.push(parseProduced(row));
  }
  return found;
}

/**
 * Entities that some objects produced before, and that nothing would produce any more once these
 * productions are remembered: no other object, and no other resource. Delete them, then remember.
 */
export async function findOrphans(
  sql: Sql,
  productions: readonly Production[],
): Promise<EntityRef[]> {
  const stays = new Set(
    productions.flatMap(({ entities }) => entities.map((entity) => nameEntity(entity))),
  );
  const replaced = new Set(productions.map((production) => nameSource(production)));
  const objects = [...new Set(productions.map(({ object }) => object))];
  const candidates = new Map<string, EntityRef>();
  for (const before of await readProduced(sql, objects)) {
    const { blueprint, identifier } = before;
    const name = nameEntity(before);
    if (replaced.has(nameSource(before)) && !stays.has(name)) {
      candidates.set(name, { blueprint, identifier });
    }
  }
  for (const producer of await readProducers(sql, [...candidates.values()])) {
    if (!replaced.has(nameSource(producer))) candidates.delete(nameEntity(producer));
  }
  return [...candidates.values()];
}

/** All that produces entities of one blueprint, by identifier, some at a time. */
export async function* readBlueprint(
  sql: Sql,
  blueprint: string,
): AsyncGenerator<readonly ProducedEntity[]> {
  let last: ProducedEntity | undefined;
  for (;;) {
    const rows: Row[] = await sql.all(
      `SELECT * FROM produced WHERE blueprint = ? AND (identifier, object, resource) > (?, ?, ?)
      ORDER BY identifier, object, resource LIMIT ${rowsPerRead}`,
      [blueprint, last?.identifier ?? "", last?.object ?? "", last?.resource ?? ""],
    );
    if (rows.length > 0) yield rows.map(parseProduced);
    if (rows.length < rowsPerRead) return;
    last = rows.map(parseProduced).at(-1);
  }
}

/** How many entities of a blueprint objects produce. */
export async function countProduced(sql: Sql, blueprint: string): Promise<number> {
  const [row] = await sql.all(
    "SELECT count(DISTINCT identifier) AS count FROM produced WHERE blueprint = ?",
    [blueprint],
  );
  return Number(row?.["count"] ?? 0);
}

export interface ForgetUnseenOptions {
  /** The run's number: what neither it nor anything live has seen since its start goes. */
  readonly run: number;
  /** Resources whose reading did not finish, or that the run left out: theirs stays. */
  readonly except: readonly string[];
  /** Entities that nothing produces and that are still in Port: what is known of them stays. */
  readonly isKept: (entity: EntityRef) => boolean;
}

/** Forgets what objects produced that a full run has not seen, also through resources that are no more. */
export async function forgetUnseen(sql: Sql, options: ForgetUnseenOptions): Promise<number> {
  const { run, except, isKept } = options;
  const others =
    except.length === 0 ? "" : `AND resource NOT IN (${listParameters(except.length)})`;
  let forgotten = 0;
  let last = ["", "", "", ""];
  for (;;) {
    const rows: Row[] = await sql.all(
      `SELECT * FROM produced
      WHERE number < ? ${others} AND (object, resource, blueprint, identifier) > (?, ?, ?, ?)
      ORDER BY object, resource, blueprint, identifier LIMIT ${rowsPerRead}`,
      [run, ...except, ...last],
    );
    const unseen = rows.map(parseProduced);
    const gone = unseen.filter((row) => !isKept(row));
    for (const some of inStatements(gone)) {
      forgotten += await sql.run(
        `DELETE FROM produced
        WHERE (object, resource, blueprint, identifier) IN (VALUES ${rowParameters(some.length, 4)})
          AND number < ?`,
        [...some.flatMap((row) => [row.object, row.resource, row.blueprint, row.identifier]), run],
      );
    }
    const end = unseen.at(-1);
    if (end === undefined || unseen.length < rowsPerRead) return forgotten;
    last = [end.object, end.resource, end.blueprint, end.identifier];
  }
}

/** Forgets who produced entities that were deleted, as far as that was before a read. */
export async function forgetEntities(
  sql: Sql,
  entities: readonly EntityRef[],
  number: number,
): Promise<void> {
  for (const some of inStatements(entities)) {
    await sql.run(
      `DELETE FROM produced
      WHERE (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)}) AND number < ?`,
      [...some.flatMap(({ blueprint, identifier }) => [blueprint, identifier]), number],
    );
  }
}

/** Each once, in the order in which all lock rows: a statement cannot touch a row twice. */
function listRows(
  productions: readonly Production[],
): Omit<ProducedEntity, "number" | "firstNumber">[] {
  const rows = new Map<string, Omit<ProducedEntity, "number" | "firstNumber">>();
  for (const { object, resource, entities, createdAt, endsAt, place } of productions) {
    for (const { blueprint, identifier } of entities) {
      const of = { object, resource, blueprint, identifier };
      const row = { ...of, createdAt, endsAt, place };
      rows.set(JSON.stringify([object, resource, blueprint, identifier]), row);
    }
  }
  return [...rows.keys()].toSorted().flatMap((name) => rows.get(name) ?? []);
}

function nameEntity({ blueprint, identifier }: EntityRef): string {
  return JSON.stringify([blueprint, identifier]);
}

function nameSource({ object, resource }: { object: ObjectKey; resource: string }): string {
  return JSON.stringify([object, resource]);
}

function parseProduced(row: Row): ProducedEntity {
  return {
    object: String(row["object"]),
    resource: String(row["resource"]),
    blueprint: String(row["blueprint"]),
    identifier: String(row["identifier"]),
    createdAt: readMoment(row["object_created_at"]),
    endsAt: readMoment(row["ends_at"]),
    place: readText(row["place"]),
    firstNumber: readMoment(row["first_number"]),
    number: Number(row["number"]),
  };
}

/** An integer that may be absent, such as a moment. */
export function readMoment(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
