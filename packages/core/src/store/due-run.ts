import { type QueuedRun, queueRun } from "./queued-run.ts";
import { readTime } from "./read-time.ts";
import type { RunType } from "./runs.ts";
import type { Sql } from "./sql.ts";

/**
 * A run that is due so soon after one ended is the one that has ended: schedulers bring what they missed
 * twice in a row, and a process that is started again begins with a run. Milliseconds; less than any schedule's
 * interval.
 */
const rightAfter = 45_000;

/** What a run that has begun, or ended, does of what is due: a full one is also a delta. */
const coveredBy: Readonly<Record<QueuedRun, readonly RunType[]>> = {
  full: ["full"],
  delta: ["full", "delta"],
};

/** The last full run or delta. */
interface LastRun {
  readonly number: number;
  readonly startedAt: number;
  /** Undefined where it goes on. */
  readonly endedAt: number | undefined;
  /** Whether it goes on, or got to its end: one that broke off, or whose process died, did not. */
  readonly counts: boolean;
}

/**
 * The last run that does what a due one of this type would.
 *
 * @param type of the run that is due. A delta is also what a full run does
 */
async function readLastRun(sql: Sql, type: QueuedRun): Promise<LastRun | undefined> {
  const types = coveredBy[type].map((one) => `'${one}'`).join(", ");
  const [row] = await sql.all(
    `SELECT number, started_at, ended_at, outcome, EXISTS (
      SELECT 1 FROM lease WHERE name = 'run' AND token = run.lease_token AND lease_until > ${sql.now}
    ) AS is_alive
    FROM run WHERE type IN (${types}) ORDER BY started_at DESC, number DESC LIMIT 1`,
  );
  if (row === undefined) return undefined;
  const { ended_at: endedAt, outcome } = row;
  const isOver = endedAt !== null && endedAt !== undefined;
  const isAlive = Boolean(row["is_alive"]);
  return {
    number: Number(row["number"]),
    startedAt: Number(row["started_at"]),
    endedAt: isOver ? Number(endedAt) : undefined,
    counts: isOver ? outcome === "complete" || outcome === "incomplete" : isAlive,
  };
}

/** What is due. */
export interface DueRun {
  readonly type: QueuedRun;
  /** Milliseconds from one to the next; undefined where there is no such interval, or it is longer anyway. */
  readonly interval?: number | undefined;
}

/**
 * The run that is what a due one would be: it goes on, or has ended just now.
 *
 * @param now by the database's clock
 */
export async function findSameRun(
  sql: Sql,
  { type, interval = Infinity }: DueRun,
  now: number,
): Promise<number | undefined> {
  const last = await readLastRun(sql, type);
  if (last === undefined || !last.counts) return undefined;
  const isSame =
    last.endedAt === undefined || now - last.endedAt < Math.min(rightAfter, interval / 2);
  return isSame ? last.number : undefined;
}

/**
 * Queues a run that is due by somebody's clock, or as a process begins; not where one that does the same goes
 * on, or has just ended. What a person, Port or another mapping asks for is asked for with `queueRun()`.
 *
 * @returns whether it is asked for
 */
export async function queueDueRun(sql: Sql, due: DueRun): Promise<boolean> {
  return sql.transaction(async (inside) => {
    if ((await findSameRun(inside, due, await readTime(inside))) !== undefined) return false;
    await queueRun(inside, due.type);
    return true;
  });
}

/**
 * When the next run is due by an interval. What comes due while a run goes on, or right after it, is that run:
 * the next is an interval later.
 *
 * @param options.interval milliseconds from one run's beginning to the next's
 * @param options.now by the database's clock
 * @returns undefined where none ever ran
 */
export async function findNextDue(
  sql: Sql,
  { interval, now }: { readonly interval: number; readonly now: number },
): Promise<number | undefined> {
  const last = await readLastRun(sql, "delta");
  if (last === undefined) return undefined;
  const { startedAt, endedAt = now, counts } = last;
  // Whatever became of it: one that died is not to stop the schedule.
  if (!counts) return startedAt + interval;
  const lasted = endedAt - startedAt + Math.min(rightAfter, interval / 2);
  return startedAt + Math.max(1, Math.ceil(lasted / interval)) * interval;
}
