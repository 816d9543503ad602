import { type Backlog, readBacklog } from "../store/inbox-events.ts";
import type { Sql } from "../store/sql.ts";
import { keepState } from "../store/state.ts";

/** What is written to see whether the store takes it. */
const probeName = "readiness";

/**
 * Looks whether a store can be worked with, by writing and reading: a full disk and a database that only reads
 * answer every question.
 *
 * @throws what the store throws
 */
export async function probeStore(sql: Sql): Promise<Backlog> {
  await keepState(sql, probeName, "");
  return readBacklog(sql);
}
