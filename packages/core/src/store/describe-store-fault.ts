/**
 * SQLite's codes for what is wrong around a database, not with what was asked of it: READONLY, IOERR, CORRUPT,
 * FULL, CANTOPEN, NOTADB. {@link https://www.sqlite.org/rescode.html}
 */
const sqliteFaults: ReadonlySet<number> = new Set([8, 10, 11, 13, 14, 26]);

/**
 * The same of PostgreSQL, by the beginnings of its codes: connections, credentials, resources, interventions,
 * the system, and a transaction that may only read.
 * {@link https://www.postgresql.org/docs/current/errcodes-appendix.html}
 */
const postgresFaults = /^(?:08|28|53|57|58|25006)/u;

/**
 * What is wrong around the store, in a sentence with what to do; undefined where it is something else: a
 * mistake of ours, or a host's.
 */
export function describeStoreFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  const isSqlite = typeof errcode === "number" && sqliteFaults.has(errcode & 255);
  const isPostgres = typeof code === "string" && "severity" in error && postgresFaults.test(code);
  if (isSqlite) {
    return `The store cannot be used: ${error.message}: make room on the disk of PAGERPORT_STATE_DIR, or see why it cannot be written`;
  }
  if (!isPostgres) return undefined;
  return `The store cannot be used: ${error.message}: bring the database of PAGERPORT_DATABASE_URL back`;
}
