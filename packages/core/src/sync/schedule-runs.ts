import type { EventListenerSettings } from "../config/event-listener.ts";
import { findNextDue } from "../store/due-run.ts";
import { type QueuedRun, queueRun } from "../store/queued-run.ts";
import { readTime } from "../store/read-time.ts";
import { readRunHistory } from "../store/run-history.ts";
import type { Sql } from "../store/sql.ts";
import { advanceWatermark } from "../store/state.ts";

export interface ScheduleOptions {
  readonly sql: Sql;
  readonly listener: EventListenerSettings;
  /** Minutes; 0 = none. */
  readonly scheduledResyncInterval: number;
  /** Hours after which a run reads everything again. */
  readonly fullResyncInterval: number;
}

const minute = 60_000;
const hour = 60 * minute;

/** Which run is due: a delta as long as the last full one is young enough. */
export async function chooseRunType({
  sql,
  fullResyncInterval,
}: Pick<ScheduleOptions, "sql" | "fullResyncInterval">): Promise<QueuedRun> {
  const { lastFull } = await readRunHistory(sql);
  if (lastFull === undefined) return "full";
  const age = (await readTime(sql)) - lastFull.startedAt;
  return age < fullResyncInterval * hour ? "delta" : "full";
}

/**
 * When the next run begins by the schedule, by the database's clock; undefined where none does. What comes due
 * while a run goes on, or right after it, is that run: the next is an interval later.
 */
export async function findNextRun(options: ScheduleOptions): Promise<number | undefined> {
  const { sql, scheduledResyncInterval, listener } = options;
  if (scheduledResyncInterval === 0 || listener.type !== "POLLING") return undefined;
  const now = await readTime(sql);
  return (await findNextDue(sql, { interval: scheduledResyncInterval * minute, now })) ?? now;
}

/**
 * Queues the run that the schedule wants, where it is time. Whatever several replicas see, one of them
 * queues it.
 *
 * @returns its type, to the one who queued it
 */
export async function queueScheduledRun(options: ScheduleOptions): Promise<QueuedRun | undefined> {
  const { sql } = options;
  const next = await findNextRun(options);
  if (next === undefined || (await readTime(sql)) < next) return undefined;
  const type = await chooseRunType(options);
  return sql.transaction(async (inside) => {
    if (!(await advanceWatermark(inside, "scheduled-run", next))) return undefined;
    await queueRun(inside, type);
    return type;
  });
}
