import type { Clock } from "../clock.ts";
import { releaseClaimsOf } from "./claims.ts";
import { takeNumber } from "./freshness.ts";
import {
  acquireLease,
  type Lease,
  LeaseLostError,
  type LeaseHolder,
  readLeaseHolder,
  releaseLease,
  renewLease,
} from "./lease.ts";
import { clearQueuedRun, type QueuedRun, queueRun } from "./queued-run.ts";
import type { Sql } from "./sql.ts";

/** The lease that every run holds: runs of one store never overlap. */
const runLease = "run";
/** Milliseconds after which a run that shows no sign of life counts as ended. */
export const runLeaseDuration = 60_000;
/** Milliseconds between looks at a lock that another holds. */
const waitBetweenLooks = 2000;

/** `full` reads everything and may delete; `delta` what may have changed; `import` history. */
export type RunType = "full" | "delta" | "import";

/** A run that has begun. */
export interface Run {
  /** Higher than that of every run and read before, lower than that of every read after. */
  readonly number: number;
  readonly type: RunType;
  readonly lease: Lease;
  /** Milliseconds since 1970 by the database's clock. */
  readonly startedAt: number;
}

export interface StartRunOptions {
  readonly type: RunType;
  /** Who runs, for others who wait: host and process. */
  readonly owner: string;
  /** @default a random one */
  readonly token?: string | undefined;
}

export type RunAttempt =
  | { readonly run: Run; readonly holder?: undefined }
  | { readonly run?: undefined; readonly holder: LeaseHolder };

/**
 * Begins a run where none is going on, else tells whose is. A run whose lease lapsed has ended: it is
 * noted as `lost`. The run that was queued is this one.
 */
export async function startRun(sql: Sql, options: StartRunOptions): Promise<RunAttempt> {
  const { type, owner, token } = options;
  return sql.transaction(async (inside) => {
    const duration = runLeaseDuration;
    const { lease, holder } = await acquireLease(inside, {
      name: runLease,
      owner,
      duration,
      token,
    });
    if (lease === undefined) return { holder };
    await inside.run(
      `UPDATE run SET ended_at = ${inside.now}, outcome = 'lost' WHERE ended_at IS NULL`,
    );
    const number = await takeNumber(inside);
    const [row] = await inside.all(
      `INSERT INTO run (number, type, owner, lease_token, started_at, withheld)
      VALUES (?, ?, ?, ?, ${inside.now}, '[]') RETURNING started_at`,
      [number, type, owner, lease.token],
    );
    await clearQueuedRun(inside, type);
    return { run: { number, type, lease, startedAt: Number(row?.["started_at"]) } };
  });
}

export interface WaitForRunOptions extends StartRunOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Told who holds the lock: at once, and whenever that changes. */
  readonly onHeld?: ((holder: LeaseHolder) => void) | undefined;
}

/** Begins a run as soon as no other goes on. */
export async function startRunWhenFree(sql: Sql, options: WaitForRunOptions): Promise<Run> {
  let told: LeaseHolder | undefined;
  for (;;) {
    options.signal?.throwIfAborted();
    const { run, holder } = await startRun(sql, options);
    if (run !== undefined) return run;
    if (holder.owner !== told?.owner || holder.since !== told.since) options.onHeld?.(holder);
    told = holder;
    await options.clock.sleep(waitBetweenLooks, options.signal);
  }
}

/**
 * Asks again for a full run or delta whose process died in the middle of it: what it was asked for is not
 * done. Told to one of those who look.
 *
 * @returns what was asked for again; undefined where no run was lost
 */
export async function requeueLostRun(sql: Sql): Promise<QueuedRun | undefined> {
  // Asked every second, and hardly ever so: nothing is to wait for a transaction that changes nothing.
  if ((await sql.all("SELECT 1 FROM run WHERE ended_at IS NULL LIMIT 1")).length === 0) {
    return undefined;
  }
  return sql.transaction(async (inside) => {
    const lost = await inside.all(
      `UPDATE run SET ended_at = ${inside.now}, outcome = 'lost'
      WHERE ended_at IS NULL AND type IN ('full', 'delta') AND NOT EXISTS (
        SELECT 1 FROM lease WHERE name = '${runLease}' AND lease_until > ${inside.now}
      ) RETURNING type`,
    );
    if (lost.length === 0) return undefined;
    const type = lost.some((row) => row["type"] === "full") ? "full" : "delta";
    await queueRun(inside, type);
    return type;
  });
}

/** Keeps a run alive; false where its lease has lapsed and it must stop. */
export function renewRun(sql: Sql, run: Run): Promise<boolean> {
  return renewLease(sql, run.lease, runLeaseDuration);
}

/** Whose run goes on at this moment, if any does. */
export function readRunHolder(sql: Sql): Promise<LeaseHolder | undefined> {
  return readLeaseHolder(sql, runLease);
}

/** Entities that a run did not delete, and why. */
export interface KeptEntities {
  readonly blueprint: string;
  /** `share`, `reader`, `empty`, `team`, `control`, `dependents`, `guard`, `refused`; or `waiting`. */
  readonly brake: string;
  /** For a person. */
  readonly reason: string;
  readonly entities: number;
  /** The first of them. */
  readonly identifiers: readonly string[];
}

/** Identifiers that are remembered of what a run kept for one reason. */
const mostNamed = 10;

export interface EndRunOptions {
  /** `complete` = all was read that was to be; `incomplete` = some was not; `failed` = it broke off. */
  readonly outcome: "complete" | "incomplete" | "failed";
  /** What was not deleted though nothing produces it, and why: one sentence each. */
  readonly withheld?: readonly string[] | undefined;
  /** What it withheld for a person, and what is not settled. */
  readonly kept?: readonly KeptEntities[] | undefined;
  /** PagerDuty's time when the run began. @default the database's */
  readonly sourceStart?: number | undefined;
}

/**
 * Notes how a run ended and frees the lock.
 *
 * @throws {LeaseLostError} when its lease had lapsed; nothing is noted then
 */
export async function endRun(sql: Sql, run: Run, options: EndRunOptions): Promise<void> {
  const { outcome, withheld = [], kept = [], sourceStart = run.startedAt } = options;
  const named = kept.map(({ blueprint, brake, reason, entities, identifiers }) => {
    return { blueprint, brake, reason, entities, identifiers: identifiers.slice(0, mostNamed) };
  });
  await sql.transaction(async (inside) => {
    if (!(await releaseLease(inside, run.lease))) {
      throw new LeaseLostError(`The lease of run ${run.number} has lapsed; it counts as ended`);
    }
    await inside.run(
      `UPDATE run SET ended_at = ${inside.now}, outcome = ?, withheld = ?, kept = ?, source_start = ?
      WHERE number = ?`,
      [outcome, JSON.stringify(withheld), JSON.stringify(named), sourceStart, run.number],
    );
  });
}

/**
 * Ends a run whose process is known to be dead, so that nobody waits for its lease and its claims to
 * lapse. One that has ended, or was taken for lost, stays as it is.
 *
 * @param token the one that it was started with
 */
export async function freeDeadRun(sql: Sql, token: string): Promise<void> {
  const lease = { name: runLease, token };
  await sql.transaction(async (inside) => {
    await releaseLease(inside, lease);
    await releaseClaimsOf(inside, lease);
    await inside.run(
      `UPDATE run SET ended_at = ${inside.now}, outcome = 'lost'
      WHERE lease_token = ? AND ended_at IS NULL`,
      [token],
    );
  });
}
