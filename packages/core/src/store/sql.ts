/** Which SQL a database speaks. */
export type Dialect = "sqlite" | "postgres";

/** A value that every database keeps alike. */
export type SqlValue = string | number | null | Uint8Array;

/**
 * A row by column. Integers may come as text (drivers do that with BIGINT), so whoever reads a row
 * takes them through `Number()`.
 */
export type Row = Readonly<Record<string, unknown>>;

/**
 * All that the store needs of a database. Parameters are `?` in every dialect. Text is stored without
 * U+0000, which PostgreSQL cannot hold; what may hold it legitimately is stored as bytes.
 */
export interface Sql {
  readonly dialect: Dialect;
  /** SQL of the moment by the database's clock: milliseconds since 1970, as an integer. */
  readonly now: string;
  /** Rows of a query, or of a change with RETURNING. */
  all(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Makes a change; how many rows it touched. */
  run(text: string, values?: readonly SqlValue[]): Promise<number>;
  /**
   * Commits all that `work` does, or nothing of it where it throws. `work` uses only what it is given,
   * waits for nothing but the database, and may be called again (after a deadlock). Within a transaction
   * it joins that one.
   */
  transaction<Value>(work: (sql: Sql) => Promise<Value>): Promise<Value>;
}

/** A database that was opened here, and is closed here. */
export interface OpenSql extends Sql, AsyncDisposable {}

/**
 * Rows of one statement with many; far below the parameters that databases take (SQLite 32,766,
 * PostgreSQL 65,535).
 */
const rowsPerStatement = 500;

/** Cuts rows into what one statement takes. */
export function* inStatements<Value>(rows: readonly Value[]): Generator<readonly Value[]> {
  for (let start = 0; start < rows.length; start += rowsPerStatement) {
    yield rows.slice(start, start + rowsPerStatement);
  }
}

/** The parameters of a list, `?, ?, ?`, as for `IN (…)`. */
export function listParameters(count: number): string {
  return Array.from({ length: count }, () => "?").join(", ");
}

/** The parameters of rows, `(?, ?), (?, ?)`, as for `VALUES`; a row may be written out otherwise. */
export function rowParameters(rows: number, columns: number | string): string {
  const row = typeof columns === "string" ? columns : `(${listParameters(columns)})`;
  return Array.from({ length: rows }, () => row).join(", ");
}

/** A value as every database can hold it, see {@link Sql}. */
export function toStorable(value: SqlValue): SqlValue {
  return typeof value === "string" && value.includes("\0")
    ? value.replaceAll("\0", "\u{FFFD}")
    : value;
}

/** SQL of the moment by the database's clock, moved by some milliseconds. */
export function clockOf(dialect: Dialect, shift = 0): string {
  // 2440587.5 is the Julian day of 1970-01-01. PostgreSQL's now() would stand still in a transaction.
  const now =
    dialect === "sqlite"
      ? "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
      : "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
  return shift === 0 ? now : `(${now} + ${Math.trunc(shift)})`;
}
