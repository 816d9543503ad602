import type { Clock } from "../clock.ts";
import type { Pause } from "../store/pause.ts";
import { readTime } from "../store/read-time.ts";
import type { Sql } from "../store/sql.ts";
import { createWriterLook, pauseIsKnownAfter, type PendingWriter } from "../store/writers.ts";

/**
 * Makes what reads who may still write in spite of a pause. Where that has just begun, an answer takes as long as
 * everybody needs to learn of it: before, it would mean nothing.
 */
export function createPendingReader({
  sql,
  clock,
}: {
  readonly sql: Sql;
  readonly clock: Clock;
}): (pause: Pause) => Promise<readonly PendingWriter[]> {
  // Where only deletions are paused, the claims of the first look are those that count in later ones.
  let latest:
    | (Pick<Pause, "since" | "scope"> & { look: ReturnType<typeof createWriterLook> })
    | undefined;
  return async ({ since, scope }) => {
    const wait = since + pauseIsKnownAfter - (await readTime(sql));
    if (wait > 0) await clock.sleep(Math.min(wait, pauseIsKnownAfter));
    if (latest?.since !== since || latest.scope !== scope) {
      latest = { since, scope, look: createWriterLook(sql, scope) };
    }
    return latest.look();
  };
}
