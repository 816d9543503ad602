import { readFileSync } from "node:fs";
import { DatabaseManager } from "@backstage/backend-defaults/database";
import { mockServices } from "@backstage/backend-test-utils";
import { type Clock, type Dialect, openKnexStore, openStore, type Store } from "@pagerport/core";
import { openPostgres } from "../../packages/core/src/store/postgres.ts";
import { readTime } from "../../packages/core/src/store/read-time.ts";
import { openSqlite } from "../../packages/core/src/store/sqlite.ts";
import type { Sql } from "../../packages/core/src/store/sql.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { createPostgresDatabase } from "../../packages/core/src/testing/test-postgres.ts";
import { provideSqlite } from "../../packages/plugin/dev/sqlite-for-knex.ts";
import { portalDatabases } from "../support/start-portal.ts";

const folder = new URL("../fixtures/0.1.0/", import.meta.url);

/** A file that 0.1.0 left behind. */
export function readLeft(name: string): string {
  return readFileSync(new URL(name, folder), "utf8");
}

/** A store of 0.1.0, opened by today's code, whose clock goes by another. */
export type OpenLeftStore = (clock: Pick<Clock, "now">) => Promise<Store>;

/** Every sort of store that 0.1.0 may have left, each in a database of its own. */
export const leftStores: readonly (readonly [string, OpenLeftStore])[] = [
  ["SQLite", openLeftSqlite],
  ["PostgreSQL", openLeftPostgres],
  ["the plugin's SQLite", (clock) => openLeftPlugin("sqlite", clock)],
  ["the plugin's PostgreSQL", (clock) => openLeftPlugin("postgres", clock)],
];

async function openLeftSqlite(clock: Pick<Clock, "now">): Promise<Store> {
  const place = new TemporaryFolder();
  await using sql = await openSqlite(`${place.path}/pagerport.sqlite`);
  const shiftClock = await fill(sql, "cli", clock);
  const store = await openStore({ stateDir: place.path, shiftClock });
  return { ...store, [Symbol.asyncDispose]: () => dispose(store, () => place[Symbol.dispose]()) };
}

async function openLeftPostgres(clock: Pick<Clock, "now">): Promise<Store> {
  const databaseUrl = await createPostgresDatabase();
  await using sql = openPostgres(databaseUrl);
  const shiftClock = await fill(sql, "cli", clock);
  return openStore({ databaseUrl, shiftClock });
}

async function openLeftPlugin(dialect: Dialect, clock: Pick<Clock, "now">): Promise<Store> {
  provideSqlite();
  const database = await portalDatabases[dialect === "sqlite" ? 0 : 1]?.[1]();
  const manager = DatabaseManager.fromConfig(
    mockServices.rootConfig({ data: { backend: { database } } }),
  );
  const knex = await manager
    .forPlugin("pagerport", {
      logger: mockServices.rootLogger({ level: "none" }),
      // Nothing here starts or stops by itself.
      lifecycle: { addStartupHook: () => undefined, addShutdownHook: () => undefined },
    })
    .getClient();
  const { sql } = await openKnexStore(knex, { dialect, migrates: false });
  const shiftClock = await fill(sql, "plugin", clock);
  const store = await openKnexStore(knex, { dialect, shiftClock });
  return { ...store, [Symbol.asyncDispose]: () => dispose(store, () => knex.destroy()) };
}

async function dispose(store: Store, clean: () => void | Promise<void>): Promise<void> {
  await store[Symbol.asyncDispose]();
  await clean();
}

/** Makes the layout and the rows of 0.1.0. @returns by how much the database's clock is to be moved */
async function fill(
  sql: Sql,
  whose: "cli" | "plugin",
  clock: Pick<Clock, "now">,
): Promise<() => number> {
  for (const part of ["layout", whose]) {
    const statements = readLeft(`${part}-${sql.dialect}.sql`).split(/;\n/);
    for (const statement of statements) if (statement !== "") await sql.run(statement);
  }
  const begun = clock.now();
  const shift = begun - (await readTime(sql));
  return () => shift + clock.now() - begun;
}
