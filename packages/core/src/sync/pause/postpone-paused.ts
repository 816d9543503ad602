import type { InboxJob } from "../../store/inbox-jobs.ts";
import { readTime } from "../../store/read-time.ts";
import type { Sql } from "../../store/sql.ts";
import { type JobWork, type Note, postponeJob } from "../end-job.ts";
import { describePause } from "./describe-pause.ts";
import type { PausedError } from "./paused-error.ts";

/**
 * Milliseconds that events wait at most for the end of a pause of deletions. Its end wakes them, see
 * `wakePostponed()`: this is for a process that dies in that very moment.
 */
const longestWait = 3_600_000;
const shortestWait = 1000;

/**
 * Has events wait until what is paused goes on.
 *
 * @param note notes what was done of it
 * @throws {PausedError} the one given, where not only deletions are paused and nothing was done: the events
 * wait untouched, as no others are claimed either
 */
export async function postponePaused(
  job: InboxJob,
  paused: PausedError,
  sql: Sql,
  note?: Note,
): Promise<JobWork> {
  const { pause } = paused;
  if (pause.scope === "all" && note === undefined) throw paused;
  const error = describePause({ ...pause, scope: "deletions" });
  const left = pause.until === undefined ? longestWait : pause.until - (await readTime(sql));
  const delay = Math.min(longestWait, Math.max(shortestWait, left));
  return postponeJob(job, { error, delay }, undefined, note);
}
