import type { Sql } from "@pagerport/core";

/** As if so much time had passed that others may have what a process had, which is dead or has lost it. */
export async function lapseLeases(sql: Sql, pid: number): Promise<void> {
  await sql.transaction(async (inside) => {
    for (const table of ["inbox_key", "lease"]) {
      const owner = `%, process ${pid}`;
      await inside.run(`UPDATE ${table} SET lease_until = 0 WHERE owner LIKE ?`, [owner]);
    }
  });
}
