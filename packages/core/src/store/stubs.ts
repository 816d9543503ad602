import type { ObjectKey } from "./freshness.ts";
import type { EntityRef } from "./produced.ts";
import { inStatements, listParameters, type Row, rowParameters, type Sql } from "./sql.ts";

/**
 * An entity whose object is gone and that stays, with what was true of that object taken out, because
 * incidents name it.
 */
export interface Stub extends EntityRef {
  /** Which object it was of; undefined where that was not known. */
  readonly object: ObjectKey | undefined;
  /** Milliseconds since 1970 by the database's clock. */
  readonly madeAt: number;
}

/** Remembers stubs; one that is known already keeps its moment, and its object unless one is named. */
export async function recordStubs(sql: Sql, stubs: readonly Omit<Stub, "madeAt">[]): Promise<void> {
  // Each once, in the order in which all lock rows.
  const rows = new Map(stubs.map((stub) => [JSON.stringify(nameParts(stub)), stub]));
  const sorted = [...rows.keys()].toSorted().flatMap((name) => rows.get(name) ?? []);
  for (const some of inStatements(sorted)) {
    await sql.run(
      `INSERT INTO stub (blueprint, identifier, object, made_at)
      VALUES ${rowParameters(some.length, `(?, ?, ?, ${sql.now})`)}
      ON CONFLICT (blueprint, identifier) DO UPDATE
      SET object = COALESCE(excluded.object, stub.object)`,
      some.flatMap(({ blueprint, identifier, object = null }) => [blueprint, identifier, object]),
    );
  }
}

/**
 * Lists stubs by name.
 *
 * @param blueprints only theirs; all where it is undefined
 */
export async function readStubs(sql: Sql, blueprints?: readonly string[]): Promise<Stub[]> {
  const stubs: Stub[] = [];
  for (const some of blueprints === undefined ? [undefined] : inStatements(blueprints)) {
    const among = some === undefined ? "" : `WHERE blueprint IN (${listParameters(some.length)})`;
    const rows = await sql.all(
      `SELECT * FROM stub ${among} ORDER BY blueprint, identifier`,
      some ?? [],
    );
    stubs.push(...rows.map(parseStub));
  }
  return stubs;
}

/** Forgets stubs: they were deleted, put back, or made anew. */
export async function forgetStubs(sql: Sql, refs: readonly EntityRef[]): Promise<number> {
  let forgotten = 0;
  for (const some of inStatements(refs)) {
    forgotten += await sql.run(
      `DELETE FROM stub WHERE (blueprint, identifier) IN (VALUES ${rowParameters(some.length, 2)})`,
      some.flatMap(nameParts),
    );
  }
  return forgotten;
}

/**
 * Forgets stubs that an object produces again: nothing produces an entity when it becomes one, so what
 * does now came later.
 */
export async function forgetProducedStubs(sql: Sql): Promise<number> {
  return sql.run(
    `DELETE FROM stub WHERE EXISTS (
      SELECT 1 FROM produced
      WHERE produced.blueprint = stub.blueprint AND produced.identifier = stub.identifier
    )`,
  );
}

function nameParts({ blueprint, identifier }: EntityRef): [string, string] {
  return [blueprint, identifier];
}

function parseStub(row: Row): Stub {
  const object: unknown = row["object"] ?? undefined;
  return {
    blueprint: String(row["blueprint"]),
    identifier: String(row["identifier"]),
    object: typeof object === "string" ? object : undefined,
    madeAt: Number(row["made_at"]),
  };
}
