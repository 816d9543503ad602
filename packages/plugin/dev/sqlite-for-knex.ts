/**
 * Lets knex use SQLite under Bun, which does not load better-sqlite3: what knex asks of that package is
 * answered by node:sqlite. For tests and the dev backend only.
 */
import { createRequire } from "node:module";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

class Statement {
  readonly reader: boolean;
  readonly #statement: StatementSync;

  constructor(database: DatabaseSync, text: string) {
    this.#statement = database.prepare(text);
    this.reader = this.#statement.columns().length > 0;
  }

  safeIntegers(isOn = true): this {
    this.#statement.setReadBigInts(isOn);
    return this;
  }

  all(values: readonly SQLInputValue[] = []): unknown[] {
    return this.#statement.all(...values);
  }

  run(values: readonly SQLInputValue[] = []): unknown {
    return this.#statement.run(...values);
  }
}

class Database {
  open = true;
  readonly #database: DatabaseSync;

  constructor(path = ":memory:", options: { readonly readonly?: boolean } = {}) {
    this.#database = new DatabaseSync(path, { readOnly: options.readonly === true });
  }

  prepare(text: string): Statement {
    return new Statement(this.#database, text);
  }

  exec(text: string): this {
    this.#database.exec(text);
    return this;
  }

  /** Backstage turns foreign keys on by it, as if this were the sqlite3 package. */
  run(text: string, callback?: (error: null) => void): void {
    this.#database.exec(text);
    callback?.(null);
  }

  close(): void {
    if (this.open) this.#database.close();
    this.open = false;
  }
}

/** It is one copy of knex for all: its version is pinned, as this changes what is inside of it. */
export function provideSqlite(): void {
  if (typeof Bun === "undefined") return;
  const client = createRequire(import.meta.url)("knex/lib/dialects/better-sqlite3/index.js") as {
    prototype: { _driver: () => unknown };
  };
  client.prototype._driver = () => Database;
}
