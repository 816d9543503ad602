import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Clock, systemClock } from "../clock.ts";
import {
  clockOf,
  type Dialect,
  type OpenSql,
  type Row,
  type Sql,
  type SqlValue,
  toStorable,
} from "./sql.ts";

/**
 * How long a statement waits in SQLite itself for another connection to finish. Short, because it
 * stands still with the whole process, the other connection included where that is ours too.
 */
const blockingPatience = 5;
/** How long it is then tried again, letting others run in between … */
const patience = 30_000;
/** … every so many milliseconds. */
const pause = 10;
/**
 * Bytes of a page of a new file; one that is there keeps its own. Twice SQLite's own measure, since an event
 * is about half of one: with two or three on a page a third less is written, and larger pages cost single
 * events more than they save many.
 */
const pageSize = 8192;
/** Statements kept prepared. */
const mostStatements = 200;

export interface SqliteOptions {
  /** Waits between attempts where another connection writes. @default systemClock */
  readonly clock?: Clock | undefined;
  /** Milliseconds by which the database's clock is moved: tests let leases lapse by it. */
  readonly shiftClock?: (() => number) | undefined;
}

/**
 * Opens a SQLite file, made where it is missing (`:memory:` = kept nowhere). What is committed is on
 * disk (`synchronous = FULL`); readers and a writer do not block each other (WAL); several processes
 * may have it open.
 */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<OpenSql> {
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${blockingPatience}`);
    database.exec(`PRAGMA page_size = ${pageSize}`);
    const clock = options.clock ?? systemClock;
    // Of several that start at once, one changes the journal's mode and the others are told "busy".
    await whenFree(clock, () => database.exec("PRAGMA journal_mode = WAL"));
    database.exec("PRAGMA synchronous = FULL");
    return new SqliteSql(database, clock, options.shiftClock);
  } catch (error) {
    database.close();
    throw error;
  }
}

class SqliteSql implements OpenSql {
  readonly dialect: Dialect = "sqlite";
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #shiftClock: (() => number) | undefined;
  readonly #statements = new Map<string, StatementSync>();
  /** One connection does one thing at a time; a transaction is one thing. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(database: DatabaseSync, clock: Clock, shiftClock: (() => number) | undefined) {
    this.#database = database;
    this.#clock = clock;
    this.#shiftClock = shiftClock;
  }

  get now(): string {
    return clockOf(this.dialect, this.#shiftClock?.());
  }

  all(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#inTurn(() => whenFree(this.#clock, () => this.#all(text, values)));
  }

  run(text: string, values: readonly SqlValue[] = []): Promise<number> {
    return this.#inTurn(() => whenFree(this.#clock, () => this.#run(text, values)));
  }

  transaction<Value>(work: (sql: Sql) => Promise<Value>): Promise<Value> {
    return this.#inTurn(async () => {
      await whenFree(this.#clock, () => this.#database.exec("BEGIN IMMEDIATE"));
      try {
        const value = await work(this.#inside());
        this.#database.exec("COMMIT");
        return value;
      } catch (error) {
        this.#rollBack();
        throw error;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      this.#statements.clear();
      this.#database.close();
    });
  }

  /** The same connection, to whom holds it: no waiting in turn. */
  #inside(): Sql {
    const inside: Sql = {
      dialect: this.dialect,
      now: this.now,
      all: async (text, values = []) => this.#all(text, values),
      run: async (text, values = []) => this.#run(text, values),
      transaction: (work) => work(inside),
    };
    return inside;
  }

  #all(text: string, values: readonly SqlValue[]): Row[] {
    return this.#prepare(text).all(...values.map(toStorable));
  }

  #run(text: string, values: readonly SqlValue[]): number {
    return Number(this.#prepare(text).run(...values.map(toStorable)).changes);
  }

  #prepare(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    if (this.#statements.size >= mostStatements) this.#statements.clear();
    const statement = this.#database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

async function whenFree<Value>(clock: Clock, work: () => Value): Promise<Value> {
  for (let waited = 0; ; waited += pause) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || waited >= patience) throw error;
    }
    await clock.sleep(pause);
  }
}

/** {@link https://www.sqlite.org/rescode.html#busy} */
function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // The low byte of an extended code is the code itself.
  if ("errcode" in error) return (Number(error.errcode) & 0xff) === 5;
  return error.message.includes("database is locked");
}
