import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { ConfigError, describeError, FileError } from "../errors.ts";
import { migrateStore } from "./migrate.ts";
import type { OpenSql, Sql } from "./sql.ts";

/** What pagerport remembers between runs and shares between replicas. */
export interface Store extends AsyncDisposable {
  readonly sql: Sql;
  /** False where it is in memory only, and lost when the process ends: say so. */
  readonly isPersistent: boolean;
  /** Why it is in memory only, for a person; absent otherwise. */
  readonly warning?: string;
  /** Where it is, for a person: a path, or a database's address without its password. */
  readonly place: string;
}

export interface OpenStoreOptions {
  /** `postgres://…`; a secret, since it may hold a password. Wins over `stateDir`. */
  readonly databaseUrl?: string | undefined;
  /** The same as it is by now: its user and password may be replaced while the store is open. */
  readonly readDatabaseUrl?: (() => string) | undefined;
  /** The folder of the SQLite file, made where it is missing. Neither given = in memory. */
  readonly stateDir?: string | undefined;
  /**
   * Tells stores in one place apart: what runs with different credentials or integrations must not
   * share one. The SQLite file's name; in PostgreSQL a schema of that name (`[a-z0-9_]`), made where it
   * is missing.
   *
   * @default "pagerport.sqlite"; in PostgreSQL the first schema of the database's search path
   */
  readonly name?: string | undefined;
  /**
   * Whether the store is brought to this version's layout. Where not, {@link readLayout} tells how far it
   * is, and nothing else may be asked of one that lacks something.
   *
   * @default true
   */
  readonly migrates?: boolean | undefined;
  /** Waits while another process writes to the SQLite file. @default systemClock */
  readonly clock?: Clock | undefined;
  /** Milliseconds by which the database's clock is moved: tests let leases lapse by it. */
  readonly shiftClock?: (() => number) | undefined;
}

/**
 * Opens the store and brings it to this version's layout. Where the folder cannot be written, the store
 * is in memory and says so.
 *
 * @throws {ConfigError} when the database cannot be used, or a newer version of pagerport made the store
 * @throws {FileError} when the SQLite file is there but is none, or is damaged
 */
export async function openStore(options: OpenStoreOptions = {}): Promise<Store> {
  const { databaseUrl, stateDir } = options;
  if (databaseUrl !== undefined) return openDatabase(databaseUrl, options);
  if (stateDir === undefined) return openInMemory(options, "No folder was given to keep it in");
  const path = locateFile(stateDir, options.name);
  try {
    prepareFile(stateDir, path);
  } catch (error) {
    return openInMemory(options, `Cannot write ${path}: ${describeError(error)}`);
  }
  let sql: OpenSql | undefined;
  try {
    // Node 22 warns whoever loads it that it is an experiment: not those who use another database.
    const { openSqlite } = await import("./sqlite.ts");
    sql = await openSqlite(path, options);
    if (options.migrates !== false) await migrateStore(sql, path);
    return createStore(sql, path);
  } catch (error) {
    if (sql !== undefined) await sql[Symbol.asyncDispose]();
    if (error instanceof ConfigError) throw error;
    const message = describeError(error);
    // The file can be opened, but not the ones that SQLite makes beside it.
    if (isUnwritable(message)) return openInMemory(options, `Cannot write ${path}: ${message}`);
    throw new FileError(`Cannot use ${path} as the store: ${message}`, { path, cause: error });
  }
}

/**
 * Whether there is a store, or a database to have one in: for what only looks at the store of a server, and
 * must not make one of its own.
 */
export function hasStore({ databaseUrl, stateDir, name }: OpenStoreOptions): boolean {
  if (databaseUrl !== undefined) return true;
  return stateDir !== undefined && existsSync(locateFile(stateDir, name));
}

function locateFile(stateDir: string, name = "pagerport"): string {
  return join(stateDir, `${name}.sqlite`);
}

async function openInMemory(options: OpenStoreOptions, warning: string): Promise<Store> {
  const { openSqlite } = await import("./sqlite.ts");
  const sql = await openSqlite(":memory:", options);
  await migrateStore(sql, "in memory");
  return { ...createStore(sql, "in memory"), isPersistent: false, warning };
}

async function openDatabase(url: string, options: OpenStoreOptions): Promise<Store> {
  const place = describeDatabase(url);
  const { name: schema } = options;
  if (schema !== undefined && !/^[a-z0-9_]{1,63}$/.test(schema)) {
    throw new ConfigError(
      `A schema's name must be of a-z, 0-9 and _: current value is '${schema}'`,
    );
  }
  // Whoever uses SQLite never loads it.
  const { openPostgres } = await import("./postgres.ts");
  const sql = openPostgres(url, {
    schema,
    readUrl: options.readDatabaseUrl,
    shiftClock: options.shiftClock,
  });
  try {
    if (options.migrates === false) {
      // Whether there is a database at all is only told by asking it.
      await sql.all("SELECT 1");
      return createStore(sql, place);
    }
    if (schema !== undefined) await makeSchema(sql, schema);
    await migrateStore(sql, place);
    return createStore(sql, place);
  } catch (error) {
    await sql[Symbol.asyncDispose]();
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`Cannot use the database ${place}: ${describeError(error)}`, {
      setting: "PAGERPORT_DATABASE_URL",
      cause: error,
    });
  }
}

async function makeSchema(sql: Sql, schema: string): Promise<void> {
  const found = await sql.all("SELECT 1 FROM pg_namespace WHERE nspname = ?", [schema]);
  if (found.length > 0) return;
  try {
    await sql.run(`CREATE SCHEMA "${schema}"`);
  } catch (error) {
    // Another replica made it in between: PostgreSQL reports that in two ways.
    if (!/already exists|duplicate key/.test(describeError(error))) throw error;
  }
}

function createStore(sql: OpenSql, place: string): Store {
  return {
    sql,
    isPersistent: true,
    place,
    [Symbol.asyncDispose]: () => sql[Symbol.asyncDispose](),
  };
}

/** It will hold webhooks' secrets, so nobody else may read it; SQLite's other files take its rights. */
function prepareFile(folder: string, path: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  closeSync(openSync(path, "a", 0o600));
}

function isUnwritable(message: string): boolean {
  return /readonly|read-only|unable to open|disk is full|permission denied/i.test(message);
}

function describeDatabase(url: string): string {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || !/^postgres(ql)?:$/.test(address.protocol)) {
    throw new ConfigError(
      "The database's address must be like postgres://user:password@host/name",
      {
        setting: "PAGERPORT_DATABASE_URL",
      },
    );
  }
  return `${address.protocol}//${address.host}${address.pathname}`;
}
