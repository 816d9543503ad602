import { type Claim, claimEach, releaseClaim } from "./claims.ts";
import type { ObjectKey } from "./freshness.ts";
import { noPayload } from "./inbox.ts";
import { inStatements, listParameters, type Row, type Sql } from "./sql.ts";

/** Attempts after which an event is a dead letter; only those that failed by its own fault count. */
export const mostAttempts = 10;

/** Rows that are looked through for each key that is wanted: many events may be of one key. */
const rowsPerKey = 4;

/** The most of an error that is kept. */
const longestError = 1000;

/** An event that a job has to see to. */
interface JobEvent {
  readonly id: string;
  readonly type: string;
  /** Milliseconds since 1970, by PagerDuty's clock; undefined where it did not say. */
  readonly occurredAt: number | undefined;
  /** Milliseconds since 1970, by the database's clock. */
  readonly receivedAt: number;
  /** How often it has failed. */
  readonly attempts: number;
}

/**
 * All events of one object that waited when it was claimed: one reading of the object is the answer to
 * all of them. Whatever comes later is another job's.
 */
export interface InboxJob {
  readonly key: ObjectKey;
  readonly claim: Claim;
  readonly events: readonly JobEvent[];
}

export interface ClaimJobsOptions {
  /** Who works on them, for a person: host and process. */
  readonly owner: string;
  /** The most jobs. */
  readonly most: number;
  /** Where this fails it may have claimed all the same: then `releaseBatch()` gives that up. */
  readonly batch?: string | undefined;
}

/**
 * Claims objects that events wait for, those that have waited longest first, each for one job. A job
 * ends with {@link completeClaim} and one of {@link endEvents}, {@link failEvents} and
 * {@link postponeEvents} within it; until then it is kept up with {@link renewClaim}.
 */
export async function claimJobs(sql: Sql, options: ClaimJobsOptions): Promise<InboxJob[]> {
  const due = await sql.all(
    `SELECT key FROM inbox
    WHERE state = 'waiting' AND next_attempt <= ${sql.now} AND NOT EXISTS (
      SELECT 1 FROM inbox_key WHERE inbox_key.key = inbox.key AND inbox_key.lease_until > ${sql.now}
    )
    ORDER BY next_attempt LIMIT ?`,
    [options.most * rowsPerKey],
  );
  const keys = [...new Set(due.map((row) => String(row["key"])))].slice(0, options.most);
  if (keys.length === 0) return [];
  return sql.transaction(async (inside) => {
    const claims = await claimEach(inside, { ...options, objects: keys });
    const events = await readWaiting(inside, [...claims.keys()]);
    const jobs: InboxJob[] = [];
    for (const key of keys) {
      const claim = claims.get(key);
      if (claim === undefined) continue;
      const own = events.get(key);
      // Another may have seen to all of them in between.
      if (own === undefined) await releaseClaim(inside, claim);
      else jobs.push({ key, claim, events: own });
    }
    return jobs;
  });
}

/**
 * Notes that a job is done, and with it every dead letter of its object: what they told of is in the
 * catalog now. Within {@link completeClaim}.
 *
 * @param options.keepsDead the object could not be read: dead letters still wait for a person
 */
export async function endEvents(
  sql: Sql,
  job: InboxJob,
  { keepsDead = false }: { readonly keepsDead?: boolean } = {},
): Promise<void> {
  const done = `state = 'done', ended_at = ${sql.now}, payload = ?, last_error = NULL`;
  await updateWaiting(sql, job, done, [noPayload]);
  if (keepsDead) return;
  await sql.run(`UPDATE inbox SET ${done} WHERE state = 'dead' AND key = ?`, [noPayload, job.key]);
}

/** Why a job has not succeeded, and when it is tried again. */
export interface Setback {
  /** For a person; no secret may be in it. */
  readonly error: string;
  /** Milliseconds until the next attempt. */
  readonly delay: number;
}

/**
 * Notes that a job failed by the fault of its events: they wait for another attempt, or are dead letters
 * after {@link mostAttempts}. Within {@link completeClaim}.
 *
 * @returns how many became dead letters
 */
export async function failEvents(
  sql: Sql,
  job: InboxJob,
  { error, delay }: Setback,
): Promise<number> {
  return updateWaiting(
    sql,
    job,
    `attempts = attempts + 1, last_error = ?, next_attempt = ${sql.now} + ?,
    state = CASE WHEN attempts + 1 >= ${mostAttempts} THEN 'dead' ELSE 'waiting' END`,
    [shorten(error), Math.round(delay)],
  );
}

/**
 * Notes that a job could not be done for now, by no fault of its events: a host does not answer, or the
 * object cannot be seen yet. It does not count as an attempt. Within {@link completeClaim}.
 */
export async function postponeEvents(
  sql: Sql,
  job: InboxJob,
  { error, delay }: Setback,
): Promise<void> {
  await updateWaiting(sql, job, `last_error = ?, next_attempt = ${sql.now} + ?`, [
    shorten(error),
    Math.round(delay),
  ]);
}

async function readWaiting(
  sql: Sql,
  keys: readonly ObjectKey[],
): Promise<Map<ObjectKey, JobEvent[]>> {
  const events = new Map<ObjectKey, JobEvent[]>();
  for (const some of inStatements(keys)) {
    const rows = await sql.all(
      `SELECT id, key, type, occurred_at, received_at, attempts FROM inbox
      WHERE state = 'waiting' AND key IN (${listParameters(some.length)})
      ORDER BY received_at, id`,
      some,
    );
    for (const row of rows) {
      const key = String(row["key"]);
      const known = events.get(key);
      if (known === undefined) events.set(key, [parseJobEvent(row)]);
      else known.push(parseJobEvent(row));
    }
  }
  return events;
}

function parseJobEvent(row: Row): JobEvent {
  return {
    id: String(row["id"]),
    type: String(row["type"]),
    occurredAt: row["occurred_at"] === null ? undefined : Number(row["occurred_at"]),
    receivedAt: Number(row["received_at"]),
    attempts: Number(row["attempts"]),
  };
}

/**
 * Changes what waited when the job began, and still waits: a person may have dropped some of it. Tells how
 * many are dead letters now.
 */
async function updateWaiting(
  sql: Sql,
  { events }: InboxJob,
  change: string,
  values: readonly (string | number | Uint8Array)[],
): Promise<number> {
  let dead = 0;
  for (const some of inStatements(events)) {
    const rows = await sql.all(
      `UPDATE inbox SET ${change}
      WHERE state = 'waiting' AND id IN (${listParameters(some.length)}) RETURNING state`,
      [...values, ...some.map(({ id }) => id)],
    );
    dead += rows.filter((row) => row["state"] === "dead").length;
  }
  return dead;
}

function shorten(error: string): string {
  return error.length > longestError ? `${error.slice(0, longestError)}…` : error;
}
