import type { Sql } from "../sql.ts";

/** What was left by a process that is dead. */
export interface LeftBehind {
  /** Objects that it worked on. */
  readonly objects: number;
  /** Runs, checks and commands that it had begun. */
  readonly leases: number;
}

/**
 * Gives up all that a process has claimed, which is known to be dead: nobody waits for it to lapse. Its run
 * counts as lost and is asked for again by whoever looks next.
 *
 * @param owner what it called itself: host and process
 */
export async function takeOver(sql: Sql, owner: string): Promise<LeftBehind> {
  return sql.transaction(async (inside) => ({
    objects: await inside.run("DELETE FROM inbox_key WHERE owner = ?", [owner]),
    leases: await inside.run("DELETE FROM lease WHERE owner = ?", [owner]),
  }));
}
