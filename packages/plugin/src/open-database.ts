import type { DatabaseService } from "@backstage/backend-plugin-api";
import { ConfigError, type Dialect, openKnexStore, type Store } from "@pagerport/core";

const dialects: Readonly<Record<string, Dialect>> = {
  "better-sqlite3": "sqlite",
  sqlite3: "sqlite",
  pg: "postgres",
};

/** What is looked at in a knex client. */
interface KnexClient {
  readonly config?: { readonly client?: unknown; readonly connection?: unknown };
}

/**
 * Opens the store in the plugin's own database, and brings it to this version's layout unless Backstage
 * is told to leave layouts alone.
 *
 * @throws {ConfigError} where the database is neither SQLite nor PostgreSQL, or a newer version made it
 */
export async function openDatabase(database: DatabaseService): Promise<Store> {
  const knex = await database.getClient();
  const { config } = knex.client as KnexClient;
  const name = String(config?.client);
  const dialect = dialects[name];
  if (dialect === undefined) {
    throw new ConfigError(
      `pagerport keeps its state in PostgreSQL or SQLite: backend.database.client is '${name}'`,
      { setting: "backend.database.client" },
    );
  }
  return openKnexStore(knex, {
    dialect,
    place: "the plugin's database",
    isPersistent: !JSON.stringify(config?.connection ?? "").includes(":memory:"),
    migrates: database.migrations?.skip !== true,
  });
}
