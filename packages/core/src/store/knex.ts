import { createPooledSql, type SendStatement } from "./pooled-sql.ts";
import type { Dialect, Row, Sql, SqlValue } from "./sql.ts";

/** What is used of a caller's knex. */
export interface KnexLike {
  raw(text: string, values: readonly SqlValue[]): PromiseLike<unknown>;
  transaction<Value>(work: (transaction: KnexLike) => Promise<Value>): Promise<Value>;
}

export interface KnexSqlOptions {
  /** What the database behind it speaks; SQLite through better-sqlite3, PostgreSQL through pg. */
  readonly dialect: Dialect;
  /** Milliseconds by which the database's clock is moved: tests let leases lapse by it. */
  readonly shiftClock?: (() => number) | undefined;
}

/** {@link Sql} over a knex that the caller opened, and closes. */
export function createKnexSql(knex: KnexLike, options: KnexSqlOptions): Sql {
  return createPooledSql({
    ...options,
    send: createSender(knex),
    begin: (work) => knex.transaction((transaction) => work(createSender(transaction))),
  });
}

function createSender(knex: KnexLike): SendStatement {
  return async (text, values) => {
    const answer = await knex.raw(text, values);
    // Each driver answers in its own shape: better-sqlite3 with rows or `{ changes }`, pg with both.
    if (Array.isArray(answer)) return { rows: answer as Row[], count: answer.length };
    const { rows, rowCount, changes } = answer as Record<string, unknown>;
    return { rows: (rows as Row[] | undefined) ?? [], count: Number(rowCount ?? changes ?? 0) };
  };
}
