import { migrations } from "./migrations.ts";
import type { Sql } from "./sql.ts";

/** How far the tables of a store are. */
export interface StoreLayout {
  /** Number of the last migration that was made; 0 where none was. */
  readonly made: number;
  /** Number of the last one that this version makes. */
  readonly known: number;
  /** The database's own name and version, for a person: `PostgreSQL 18.1`, `SQLite 3.51.0`. */
  readonly engine: string;
}

/** Reads how far a store is, without changing it: of one that was opened with `migrates: false`, too. */
export async function readLayout(sql: Sql): Promise<StoreLayout> {
  const isPostgres = sql.dialect === "postgres";
  const [version] = await sql.all(
    isPostgres
      ? "SELECT current_setting('server_version') AS version"
      : "SELECT sqlite_version() AS version",
  );
  // PostgreSQL's adds who has built it: `18.1 (Debian 18.1-1)`.
  const [number] = String(version?.["version"]).split(" ");
  const [table] = await sql.all(
    isPostgres
      ? "SELECT to_regclass('migration') AS name"
      : "SELECT max(name) AS name FROM sqlite_master WHERE type = 'table' AND name = 'migration'",
  );
  const isEmpty = (table?.["name"] ?? null) === null;
  const [last] = isEmpty ? [] : await sql.all("SELECT max(number) AS number FROM migration");
  return {
    made: Number(last?.["number"] ?? 0),
    known: Math.max(...migrations.map((migration) => migration.number)),
    engine: `${isPostgres ? "PostgreSQL" : "SQLite"} ${number}`,
  };
}
