import { migrateStore } from "./migrate.ts";
import type { Store } from "./open-store.ts";
import {
  createPooledSql,
  limitStandstill,
  longestStandstill,
  type SendStatement,
} from "./pooled-sql.ts";
import type { Dialect, Row, SqlValue } from "./sql.ts";

/** What is used of a caller's knex. */
export interface KnexLike {
  raw(text: string, values: readonly SqlValue[]): PromiseLike<unknown>;
  transaction<Value>(work: (transaction: KnexLike) => Promise<Value>): Promise<Value>;
}

export interface OpenKnexStoreOptions {
  /** What the database behind it speaks; SQLite through better-sqlite3, PostgreSQL through pg. */
  readonly dialect: Dialect;
  /** Where it is, for a person. @default "the caller's database" */
  readonly place?: string | undefined;
  /** False where it is in memory only, which knex does not tell. @default true */
  readonly isPersistent?: boolean | undefined;
  /** False where the layout is somebody else's to change: the store is used as it is. @default true */
  readonly migrates?: boolean | undefined;
  /** Milliseconds by which the database's clock is moved: tests let leases lapse by it. */
  readonly shiftClock?: (() => number) | undefined;
}

/**
 * A store in a database that the caller opened with knex, brought to this version's layout unless that
 * is not wanted. The caller closes it.
 *
 * @throws {ConfigError} when a newer version of pagerport made the store
 */
export async function openKnexStore(knex: KnexLike, options: OpenKnexStoreOptions): Promise<Store> {
  const { dialect, place = "the caller's database", isPersistent = true, shiftClock } = options;
  const sql = createPooledSql({
    dialect,
    shiftClock,
    send: createSender(knex),
    begin: (work) =>
      knex.transaction(async (transaction) => {
        if (dialect === "postgres") await transaction.raw(limitStandstill(longestStandstill), []);
        return work(createSender(transaction));
      }),
  });
  if (options.migrates !== false) await migrateStore(sql, place);
  return { sql, isPersistent, place, [Symbol.asyncDispose]: async () => undefined };
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
