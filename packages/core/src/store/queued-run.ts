import type { RunType } from "./runs.ts";
import type { Sql } from "./sql.ts";

/** A run that is to follow. */
export type QueuedRun = Exclude<RunType, "import">;

/**
 * Asks for one more run after the one that goes on. However often it is asked for, it is one; a full
 * one is also the delta that was asked for. It stays asked for until a run starts, whoever dies.
 */
export async function queueRun(sql: Sql, type: QueuedRun): Promise<void> {
  await sql.run(
    `INSERT INTO queued_run (slot, type, queued_at) VALUES (1, ?, ${sql.now})
    ON CONFLICT (slot) DO UPDATE SET type = excluded.type WHERE excluded.type = 'full'`,
    [type],
  );
}

/** The run that is asked for, if one is. */
export async function readQueuedRun(sql: Sql): Promise<QueuedRun | undefined> {
  const [row] = await sql.all("SELECT type FROM queued_run");
  return row?.["type"] as QueuedRun | undefined;
}

/** What a run that starts now does away with: a full one any, a delta no full one, an import none. */
export async function clearQueuedRun(sql: Sql, started: RunType): Promise<void> {
  if (started === "full") await sql.run("DELETE FROM queued_run");
  if (started === "delta") await sql.run("DELETE FROM queued_run WHERE type = 'delta'");
}
