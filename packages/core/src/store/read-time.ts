import type { Sql } from "./sql.ts";

/** The moment by the database's clock, which all replicas share: milliseconds since 1970. */
export async function readTime(sql: Sql): Promise<number> {
  const [row] = await sql.all(`SELECT ${sql.now} AS now`);
  return Number(row?.["now"]);
}
