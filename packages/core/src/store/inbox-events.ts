import type { ObjectKey } from "./freshness.ts";
import { type EventState, noPayload } from "./inbox.ts";
import { listParameters, type Row, type Sql, type SqlValue } from "./sql.ts";

/** How long a done event stays known: PagerDuty sends one again for 48 hours at most. */
export const keptDone = 72 * 3_600_000;
/** Rows of one step of a clean-up, so that others get their turn. */
const rowsPerStep = 1000;

/** An event in the inbox. Moments are milliseconds since 1970 by the database's clock. */
export interface InboxEvent {
  readonly id: string;
  readonly type: string;
  /** The object to read again; undefined where it is about none, or could not be read. */
  readonly key: ObjectKey | undefined;
  readonly state: EventState;
  /** By PagerDuty's clock; undefined where it did not say. */
  readonly occurredAt: number | undefined;
  readonly receivedAt: number;
  /** Name of the secret that it was signed with. */
  readonly signedBy: string | undefined;
  /** How often it has failed by its own fault. */
  readonly attempts: number;
  readonly nextAttempt: number;
  readonly lastError: string | undefined;
  /** When it was done; undefined until then. */
  readonly endedAt: number | undefined;
}

const columns =
  "id, type, key, state, occurred_at, received_at, signed_by, attempts, next_attempt, last_error, ended_at";

export interface ListEventsOptions {
  readonly states?: readonly EventState[] | undefined;
  readonly type?: string | undefined;
  readonly key?: ObjectKey | undefined;
  /** Only those that were received then or later. */
  readonly since?: number | undefined;
  /** The most events. */
  readonly limit: number;
}

/** Lists events, those received last first. */
export async function listEvents(sql: Sql, options: ListEventsOptions): Promise<InboxEvent[]> {
  const { states, type, key, since, limit } = options;
  const conditions: string[] = ["1 = 1"];
  const values: SqlValue[] = [];
  if (states !== undefined) {
    conditions.push(states.length === 0 ? "1 = 0" : `state IN (${listParameters(states.length)})`);
    values.push(...states);
  }
  if (type !== undefined) {
    conditions.push("type = ?");
    values.push(type);
  }
  if (key !== undefined) {
    conditions.push("key = ?");
    values.push(key);
  }
  if (since !== undefined) {
    conditions.push("received_at >= ?");
    values.push(since);
  }
  const rows = await sql.all(
    `SELECT ${columns} FROM inbox WHERE ${conditions.join(" AND ")}
    ORDER BY received_at DESC, id DESC LIMIT ?`,
    [...values, limit],
  );
  return rows.map(parseEvent);
}

/** One event with the bytes as they came, empty once it is done; undefined where there is none. */
export async function readEvent(
  sql: Sql,
  id: string,
): Promise<(InboxEvent & { readonly payload: Uint8Array }) | undefined> {
  const [row] = await sql.all(`SELECT ${columns}, payload FROM inbox WHERE id = ?`, [id]);
  if (row === undefined) return undefined;
  return { ...parseEvent(row), payload: new Uint8Array(row["payload"] as Uint8Array) };
}

/**
 * Has events tried again at once, dead letters among them, as if they had never failed. What could not
 * be read stays as it is.
 *
 * @param ids undefined for all
 * @returns how many there were
 */
export async function retryEvents(sql: Sql, ids?: readonly string[]): Promise<number> {
  return updateOpen(
    sql,
    ids,
    `state = 'waiting', attempts = 0, next_attempt = ${sql.now},
    dead_at = NULL, listed_at = NULL, warned_at = NULL`,
    [],
    "key IS NOT NULL",
  );
}

/**
 * Gives events up: they are done as they are, and stay known, so that one which comes again is ignored.
 *
 * @returns how many there were
 */
export async function dropEvents(sql: Sql, ids: readonly string[]): Promise<number> {
  return updateOpen(
    sql,
    ids,
    `state = 'done', ended_at = ${sql.now}, payload = ?`,
    [noPayload],
    "1 = 1",
  );
}

/** Forgets events that were done so long ago that nobody sends them again. */
export async function pruneEvents(sql: Sql): Promise<number> {
  let pruned = 0;
  for (;;) {
    const some = await sql.run(
      `DELETE FROM inbox WHERE id IN (
        SELECT id FROM inbox WHERE state = 'done' AND ended_at <= ${sql.now} - ${keptDone}
        ORDER BY ended_at LIMIT ${rowsPerStep}
      )`,
    );
    pruned += some;
    if (some < rowsPerStep) return pruned;
  }
}

/** How much there is to do. */
export interface Backlog {
  readonly waiting: number;
  readonly dead: number;
  /** How long the event that waits longest has waited, milliseconds; undefined where none waits. */
  readonly oldest: number | undefined;
}

/** How much waits, how long, and how much is dead. */
export async function readBacklog(sql: Sql): Promise<Backlog> {
  const [waiting] = await sql.all(
    `SELECT count(*) AS count, ${sql.now} - min(received_at) AS oldest
    FROM inbox WHERE state = 'waiting'`,
  );
  const [dead] = await sql.all("SELECT count(*) AS count FROM inbox WHERE state = 'dead'");
  const count = Number(waiting?.["count"]);
  return {
    waiting: count,
    dead: Number(dead?.["count"]),
    oldest: count === 0 ? undefined : Math.max(0, Number(waiting?.["oldest"])),
  };
}

/**
 * When what the event that waits longest tells of happened, or where it did not say, when it came;
 * milliseconds since 1970. Undefined where none waits.
 */
export async function readOldestWaiting(sql: Sql): Promise<number | undefined> {
  // By the index of what is due, which has all that is compared: of every other row nothing is read.
  const [row] = await sql.all(
    `SELECT min(coalesce(occurred_at, received_at)) AS at FROM inbox
    WHERE state = 'waiting' AND next_attempt >= 0
      AND received_at = (SELECT min(received_at) FROM inbox WHERE state = 'waiting')`,
  );
  const at = row?.["at"];
  return at === null || at === undefined ? undefined : Number(at);
}

async function updateOpen(
  sql: Sql,
  ids: readonly string[] | undefined,
  change: string,
  values: readonly SqlValue[],
  condition: string,
): Promise<number> {
  if (ids?.length === 0) return 0;
  const named = ids === undefined ? "1 = 1" : `id IN (${listParameters(ids.length)})`;
  return sql.run(
    `UPDATE inbox SET ${change} WHERE state IN ('waiting', 'dead') AND ${condition} AND ${named}`,
    [...values, ...(ids ?? [])],
  );
}

function parseEvent(row: Row): InboxEvent {
  return {
    id: String(row["id"]),
    type: String(row["type"]),
    key: parseText(row["key"]),
    state: row["state"] as EventState,
    occurredAt: parseNumber(row["occurred_at"]),
    receivedAt: Number(row["received_at"]),
    signedBy: parseText(row["signed_by"]),
    attempts: Number(row["attempts"]),
    nextAttempt: Number(row["next_attempt"]),
    lastError: parseText(row["last_error"]),
    endedAt: parseNumber(row["ended_at"]),
  };
}

function parseText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function parseNumber(value: unknown): number | undefined {
  return value === null ? undefined : Number(value);
}
