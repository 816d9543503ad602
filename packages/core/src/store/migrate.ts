import { ConfigError } from "../errors.ts";
import { type Migration, migrations as allMigrations, storeMajor } from "./migrations.ts";
import type { Sql } from "./sql.ts";

/** The number of PostgreSQL's lock that migrations run under: any, as long as it stays. */
const migrationLock = 7_243_701;

/**
 * Brings a store to the layout of this version. Several may start at once: one changes it, the others
 * wait and find nothing left to do.
 *
 * @param place the store's name for a person
 * @param migrations what to bring it to; tests pass others
 * @throws {ConfigError} when a newer version has changed the store beyond what this one knows
 */
export async function migrateStore(
  sql: Sql,
  place: string,
  migrations: readonly Migration[] = allMigrations,
): Promise<void> {
  await sql.transaction(async (inside) => {
    // SQLite has locked the file with the transaction's first statement.
    if (sql.dialect === "postgres") {
      await inside.all("SELECT pg_advisory_xact_lock(?)", [migrationLock]);
    }
    await inside.run(
      `CREATE TABLE IF NOT EXISTS migration (
        number INTEGER PRIMARY KEY, major INTEGER NOT NULL, name TEXT NOT NULL,
        applied_at BIGINT NOT NULL
      )`,
    );
    const [last] = await inside.all(
      "SELECT coalesce(max(number), 0) AS number, coalesce(max(major), 0) AS major FROM migration",
    );
    const major = Number(last?.["major"]);
    const known = Math.max(storeMajor, ...migrations.map((migration) => migration.major));
    if (major > known) {
      throw new ConfigError(
        `The store ${place} was made by a newer version of pagerport (layout ${major}, this one knows ${known}). Use that version, or another store`,
      );
    }
    for (const migration of migrations) {
      if (migration.number > Number(last?.["number"])) await apply(inside, migration);
    }
  });
}

async function apply(sql: Sql, migration: Migration): Promise<void> {
  for (const statement of migration.statements(sql.dialect)) await sql.run(statement);
  await sql.run(
    `INSERT INTO migration (number, major, name, applied_at) VALUES (?, ?, ?, ${sql.now})`,
    [migration.number, migration.major, migration.name],
  );
}
