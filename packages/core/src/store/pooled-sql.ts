import { clockOf, type Dialect, type Row, type Sql, type SqlValue, toStorable } from "./sql.ts";

/**
 * Milliseconds that a transaction may stand still between two statements: PostgreSQL then ends it. A process
 * that is frozen (SIGSTOP, a snapshot, no processor time) would otherwise keep what it has locked from all
 * others, for as long as it is. Shorter than what others wait for a statement.
 */
export const longestStandstill = 20_000;

/**
 * What a transaction begins with on PostgreSQL. For itself alone: what holds for a connection is lost where a
 * pooler hands out another.
 */
export function limitStandstill(milliseconds: number): string {
  return `SET LOCAL idle_in_transaction_session_timeout = ${milliseconds}`;
}

/** How often a transaction is tried that the database ended to let another go on. */
const mostAttempts = 5;

/** Sends one statement, parameters as `?`. */
export type SendStatement = (
  text: string,
  values: readonly SqlValue[],
) => Promise<{ readonly rows: readonly Row[]; readonly count: number }>;

/** What a pool of connections can do. */
export interface Pool {
  readonly dialect: Dialect;
  /** Milliseconds by which the database's clock is moved. */
  readonly shiftClock?: (() => number) | undefined;
  readonly send: SendStatement;
  /** Runs `work` on one connection, within a transaction. */
  begin<Value>(work: (send: SendStatement) => Promise<Value>): Promise<Value>;
}

/** {@link Sql} over a pool of connections. */
export function createPooledSql(pool: Pool): Sql {
  return createSql(pool, pool.send, (work) =>
    retryDeadlocks(() =>
      pool.begin((send) => {
        const inside: Sql = createSql(pool, send, (innerWork) => innerWork(inside));
        return work(inside);
      }),
    ),
  );
}

function createSql(
  { dialect, shiftClock }: Pool,
  send: SendStatement,
  transaction: Sql["transaction"],
): Sql {
  return {
    dialect,
    get now() {
      return clockOf(dialect, shiftClock?.());
    },
    async all(text, values = []) {
      return [...(await send(text, values.map(toStorable))).rows];
    },
    async run(text, values = []) {
      return (await send(text, values.map(toStorable))).count;
    },
    transaction,
  };
}

async function retryDeadlocks<Value>(work: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= mostAttempts || !isDeadlock(error)) throw error;
    }
  }
}

/**
 * serialization_failure, deadlock_detected.
 * {@link https://www.postgresql.org/docs/current/errcodes-appendix.html}
 */
function isDeadlock(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "40001" || code === "40P01";
}
