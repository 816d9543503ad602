import type { Sql } from "../sql.ts";

/** Milliseconds for which an approval holds: what a person looked at a day ago is looked at again. */
export const approvalSpan = 24 * 3_600_000;

/**
 * Lets one at a time plan or decide, and ends approvals that are a day old: they are to be given again. Within a
 * transaction.
 */
export async function lockPlans(sql: Sql): Promise<void> {
  await sql.run("UPDATE counter SET value = value WHERE name = 'plan'");
  const expired = `state = 'approved' AND decided_at <= ${sql.now} - ?`;
  await sql.run(
    `DELETE FROM plan_entity WHERE ${expired}
    AND plan IN (SELECT number FROM plan WHERE ended_at IS NOT NULL)`,
    [approvalSpan],
  );
  await sql.run(
    `UPDATE plan_entity SET state = 'open', decided_by = NULL, decided_at = NULL WHERE ${expired}`,
    [approvalSpan],
  );
}
