import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { PauseScope } from "./pause.ts";
import type { Sql } from "./sql.ts";
import { withLease } from "./with-lease.ts";

/** What the leases are called of those who write to Port without a run or a claim. */
const writerPrefix = "writer/";

/**
 * Milliseconds after which everybody who works on a store has learnt of a pause: what they know of it is a
 * second old at most, and clocks are not read at once.
 */
export const pauseIsKnownAfter = 1200;
/** Milliseconds between looks at who may still write. */
const lookEvery = 250;

/** Somebody who may still write to Port, though it is paused. */
export interface PendingWriter {
  /** Host and process. */
  readonly owner: string;
  /** What it has: a run or another long piece of work, or claims on so many objects. */
  readonly work: "run" | "command" | "objects";
  /** How many. */
  readonly count: number;
}

export interface WriterOptions {
  readonly sql: Sql;
  readonly clock: Clock;
  /** Who it is, for a person: host and process. */
  readonly owner: string;
}

/**
 * Does something that writes to Port without a claim, in such a way that whoever pauses can wait for its
 * end. Any number may at a time.
 */
export function asWriter<Value>(
  options: WriterOptions,
  work: () => Promise<Value>,
): Promise<Value> {
  // What lapses only ends the waiting for it: the work itself looks at the pause before each write.
  return withLease({ ...options, name: `${writerPrefix}${randomUUID()}` }, work);
}

export interface UntilQuietOptions {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly scope: PauseScope;
  /** Milliseconds to wait at most. */
  readonly limit: number;
  /** Told whom it waits for, whenever that changes. */
  readonly onWait?: ((writers: readonly PendingWriter[]) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits, after a pause was set, until nobody may still write to Port: for claims and runs of that time to
 * end. Where only deletions are paused, runs and events go on writing; then it waits for the claims under
 * which something may be on its way to be deleted.
 *
 * @returns who may still write when the limit has come; nobody, as a rule
 */
export async function untilQuiet(options: UntilQuietOptions): Promise<readonly PendingWriter[]> {
  const { sql, clock, scope, limit, signal, onWait } = options;
  await clock.sleep(pauseIsKnownAfter, signal);
  const end = clock.now() + limit;
  const look = createWriterLook(sql, scope);
  let told = "";
  for (;;) {
    const writers = await look();
    if (writers.length === 0 || clock.now() >= end) return writers;
    const now = JSON.stringify(writers);
    if (now !== told) onWait?.(writers);
    told = now;
    await clock.sleep(lookEvery, signal);
  }
}

/**
 * Makes looks at who may still write in spite of a pause. The first one comes when everybody has learnt of it,
 * {@link pauseIsKnownAfter} after it began: where only deletions are paused, the claims of that moment count.
 */
export function createWriterLook(
  sql: Sql,
  scope: PauseScope,
): () => Promise<readonly PendingWriter[]> {
  let begun: Promise<ReadonlySet<string>> | undefined;
  return async () => {
    if (scope === "all") return listPending(sql, undefined);
    // Whoever claims from here on knows of the pause.
    begun ??= listTokens(sql);
    try {
      return await listPending(sql, await begun);
    } catch (error) {
      begun = undefined;
      throw error;
    }
  };
}

/** @param tokens of the claims that count, and no leases; undefined: all of both */
async function listPending(
  sql: Sql,
  tokens: ReadonlySet<string> | undefined,
): Promise<PendingWriter[]> {
  const claims = await sql.all(
    `SELECT owner, token FROM inbox_key WHERE lease_until > ${sql.now} ORDER BY owner`,
  );
  const counted = claims.filter((row) => tokens?.has(String(row["token"])) !== false);
  const pending = [...Map.groupBy(counted, (row) => String(row["owner"]))].map(
    ([owner, rows]): PendingWriter => ({ owner, work: "objects", count: rows.length }),
  );
  if (tokens !== undefined) return pending;
  const leases = await sql.all(
    `SELECT name, owner FROM lease
    WHERE lease_until > ${sql.now} AND (name = 'run' OR name LIKE '${writerPrefix}%')
    ORDER BY owner, name`,
  );
  for (const row of leases) {
    const work = row["name"] === "run" ? "run" : "command";
    pending.push({ owner: String(row["owner"]), work, count: 1 });
  }
  return pending;
}

async function listTokens(sql: Sql): Promise<ReadonlySet<string>> {
  const rows = await sql.all(`SELECT token FROM inbox_key WHERE lease_until > ${sql.now}`);
  return new Set(rows.map((row) => String(row["token"])));
}
