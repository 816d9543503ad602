import { Client, type ClientConfig, Pool, type PoolClient } from "pg";
import {
  createPooledSql,
  limitStandstill,
  longestStandstill,
  type SendStatement,
} from "./pooled-sql.ts";
import type { OpenSql } from "./sql.ts";

/** Connections of one process, opened as they are needed. */
const poolSize = 10;
/** Milliseconds until a server that cannot be reached is given up … */
const connectTimeout = 10_000;
/** … and one that does not answer a statement, whose connection is then dropped. */
const statementTimeout = 30_000;

export interface PostgresOptions {
  /** The schema that the tables are in. @default the first of the database's search path */
  readonly schema?: string | undefined;
  /** The address as it is by now: each new connection has its user and password. @default it stays the same */
  readonly readUrl?: (() => string) | undefined;
  /** Milliseconds that a transaction may stand still. @default {@link longestStandstill} */
  readonly standstill?: number | undefined;
  /** Milliseconds by which the database's clock is moved: tests let leases lapse by it. */
  readonly shiftClock?: (() => number) | undefined;
}

/**
 * A pool of connections to PostgreSQL. Nothing is asked before the first statement. No statement stays
 * prepared and no state is kept in a connection, so that a pooler may stand in between. A connection
 * that breaks fails what runs on it and nothing else; the next statement opens another.
 *
 * @param url `postgres://user:password@host:port/database`
 */
export function openPostgres(url: string, options: PostgresOptions = {}): OpenSql {
  const { readUrl, standstill = longestStandstill } = options;
  const pool = new Pool({
    connectionString: url,
    ...(readUrl === undefined ? {} : { Client: createCurrentClient(url, readUrl) }),
    max: poolSize,
    connectionTimeoutMillis: connectTimeout,
    query_timeout: statementTimeout,
    application_name: "pagerport",
    keepAlive: true,
    // Some poolers refuse it, so it is sent only where it is needed.
    ...(options.schema === undefined ? {} : { options: `-c search_path=${options.schema}` }),
  });
  // The pool has dropped an idle connection that broke.
  pool.on("error", () => undefined);
  const sql = createPooledSql({
    dialect: "postgres",
    shiftClock: options.shiftClock,
    send: createSender(pool),
    begin: (work) => runTransaction(pool, standstill, work),
  });
  let closing: Promise<void> | undefined;
  return Object.assign(sql, {
    [Symbol.asyncDispose]: () => (closing ??= pool.end()),
  });
}

/**
 * Makes what connects by the address as it is at that moment, as far as it leads to the same database:
 * another one is another store, which only a start may open.
 */
function createCurrentClient(url: string, readUrl: () => string): new () => Client {
  let latest = url;
  const readLatest = (): string => {
    try {
      const fresh = readUrl();
      if (isSameDatabase(fresh, url)) latest = fresh;
    } catch {
      // The file is being replaced.
    }
    return latest;
  };
  return class extends Client {
    constructor(config?: ClientConfig) {
      super({ ...config, connectionString: readLatest() });
    }
  };
}

/** Whether two addresses differ in user and password at most. */
function isSameDatabase(one: string, other: string): boolean {
  const [first, second] = [one, other].map((url) => {
    const { protocol, host, pathname, search } = new URL(url);
    return [protocol, host, pathname, search].join(" ");
  });
  return first === second;
}

async function runTransaction<Value>(
  pool: Pool,
  standstill: number,
  work: (send: SendStatement) => Promise<Value>,
): Promise<Value> {
  const client = await pool.connect();
  // Told here and by the statement that fails; without a listener it would end the process.
  client.on("error", ignore);
  let isUsable = true;
  try {
    // In one message, so that it costs no time.
    await client.query(`BEGIN; ${limitStandstill(standstill)}`);
    const value = await work(createSender(client));
    await client.query("COMMIT");
    return value;
  } catch (error) {
    isUsable = await rollBack(client);
    throw error;
  } finally {
    client.removeListener("error", ignore);
    client.release(!isUsable);
  }
}

/** False where the connection is broken: PostgreSQL rolls back by itself then. */
async function rollBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query("ROLLBACK");
    return true;
  } catch {
    return false;
  }
}

function ignore(): void {
  // See where it is used.
}

function createSender(connection: Pick<PoolClient, "query">): SendStatement {
  return async (text, values) => {
    const { rows, rowCount } = await connection.query(numberParameters(text), [...values]);
    return { rows: rows as Record<string, unknown>[], count: rowCount ?? 0 };
  };
}

/** Our SQL has no question mark but its parameters. */
function numberParameters(text: string): string {
  let number = 0;
  return text.replaceAll("?", () => `$${(number += 1)}`);
}
