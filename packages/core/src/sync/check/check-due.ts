import { readCheck } from "../../store/notes/check-note.ts";
import { readBacklog } from "../../store/inbox-events.ts";
import { readPause } from "../../store/pause.ts";
import { readQueuedRun } from "../../store/queued-run.ts";
import { readTime } from "../../store/read-time.ts";
import { readPastRuns, readRunHistory } from "../../store/run-history.ts";
import { readRunHolder } from "../../store/runs.ts";
import type { Sql } from "../../store/sql.ts";
import { readState } from "../../store/state.ts";

const hour = 3_600_000;
/** Milliseconds after the end of a resync before what it wrote is looked at. */
const settleTime = 60_000;
/** Milliseconds that an event may have waited while the catalog counts as up to date. */
const longestWait = 60_000;
/** Milliseconds that a check which is due waits for a resync to end and for events; then it begins anyway. */
const patience = 2 * hour;
/** Milliseconds until a check that failed is tried again. */
const retryAfter = hour;

/** Under this name is kept when a check last began that has not come to its end. */
export const triedState = "check-tried";

/**
 * Whether it is time to check the catalog: an interval after the last check, once a resync has ended and
 * settled and no event waits. Just then Port is to have what PagerDuty has; before the next resync it may
 * well differ in what no event tells of.
 *
 * @param options.verifyInterval hours; 0 = never
 */
export async function isCheckDue(
  sql: Sql,
  { verifyInterval }: { readonly verifyInterval: number },
): Promise<boolean> {
  if (verifyInterval === 0) return false;
  const now = await readTime(sql);
  const last = await readCheck(sql);
  const { lastFull } = await readRunHistory(sql);
  if (lastFull === undefined) return false;
  const dueAt = last === undefined ? lastFull.endedAt : last.at + verifyInterval * hour;
  if (now < dueAt) return false;
  const tried = await readState(sql, triedState);
  if (tried !== undefined && tried.value !== "" && now - tried.keptAt < retryAfter) return false;
  if ((await readRunHolder(sql)) !== undefined || (await readQueuedRun(sql)) !== undefined) {
    return false;
  }
  // What is not written, or not deleted, differs as somebody wants it to.
  if ((await readPause(sql)) !== undefined) return false;
  const [run] = await readPastRuns(sql, 1);
  if (run !== undefined && now - run.endedAt < settleTime) return false;
  if (now - dueAt >= patience) return true;
  const { oldest = 0 } = await readBacklog(sql);
  return run !== undefined && run.endedAt >= dueAt && oldest < longestWait;
}
