import postgres from "postgres";
import { createPooledSql, type SendStatement } from "./pooled-sql.ts";
import type { OpenSql, SqlValue } from "./sql.ts";

/** Connections of one process, opened as they are needed. */
const poolSize = 10;
/** Seconds until a server that does not answer is given up. */
const connectTimeout = 10;
/** Seconds that closing waits for what runs. */
const closeTimeout = 5;

export interface PostgresOptions {
  /** The schema that the tables are in. @default the first of the database's search path */
  readonly schema?: string | undefined;
  /** Milliseconds by which the database's clock is moved: tests let leases lapse by it. */
  readonly shiftClock?: (() => number) | undefined;
}

/**
 * A pool of connections to PostgreSQL. Nothing is asked before the first statement. No statement stays
 * prepared and no state is kept in a connection, so that a pooler may stand in between.
 *
 * @param url `postgres://user:password@host:port/database`
 */
export function openPostgres(url: string, options: PostgresOptions = {}): OpenSql {
  const pool = postgres(url, {
    max: poolSize,
    connect_timeout: connectTimeout,
    fetch_types: false,
    onnotice: () => undefined,
    connection: {
      application_name: "pagerport",
      // Some poolers refuse it, so it is sent only where it is needed.
      ...(options.schema === undefined ? {} : { search_path: options.schema }),
    },
  });
  const sql = createPooledSql({
    dialect: "postgres",
    shiftClock: options.shiftClock,
    send: createSender(pool),
    async begin<Value>(work: (send: SendStatement) => Promise<Value>): Promise<Value> {
      // The library's own return type takes lists of promises apart, which is not wanted here.
      const results: Value[] = [];
      await pool.begin(async (connection) => {
        results.push(await work(createSender(connection)));
      });
      return results[0] as Value;
    },
  });
  return Object.assign(sql, {
    [Symbol.asyncDispose]: () => pool.end({ timeout: closeTimeout }),
  });
}

function createSender(connection: Pick<postgres.Sql, "unsafe">): SendStatement {
  return async (text, values) => {
    const rows = await connection.unsafe(numberParameters(text), values as SqlValue[]);
    return { rows, count: rows.count };
  };
}

/** Our SQL has no question mark but its parameters. */
function numberParameters(text: string): string {
  let number = 0;
  return text.replaceAll("?", () => `$${(number += 1)}`);
}
