import type { ObjectKey } from "./freshness.ts";
import { inStatements, type Sql } from "./sql.ts";
import { keepState, readState } from "./state.ts";

/**
 * `waiting` for a job, `done`, or `dead`: a letter that could not be read, or whose object could not be
 * brought to the catalog, and that a person has to look at.
 */
export type EventState = "waiting" | "done" | "dead";

/** An event that was received. */
export interface ReceivedEvent {
  /** The same however often the event is received; well-formed, and without U+0000. */
  readonly id: string;
  readonly type: string;
  /** The object to read again; undefined where it is about none. */
  readonly key: ObjectKey | undefined;
  /** Other objects to read again because of it. */
  readonly others: readonly ObjectKey[];
  /** Milliseconds since 1970, by PagerDuty's clock. */
  readonly occurredAt: number | undefined;
  /** Name of the secret that it was signed with. */
  readonly signedBy: string | undefined;
  /** The bytes as they came; they may hold anything. */
  readonly payload: Uint8Array;
  /** What becomes of it: an event that nothing depends on is done as soon as it is known. */
  readonly state: EventState;
  /** Why it is a dead letter. */
  readonly error?: string | undefined;
}

/** Of a done event nothing but its name is needed. */
export const noPayload = new Uint8Array(0);

/** A row as it is added; an event is one, and each of the other objects that it touches another. */
interface NewRow extends Omit<ReceivedEvent, "others"> {}

/**
 * Adds events in one transaction, each with all that it touches; of what several of them touch besides,
 * one row is enough. Those that are known are left as they are.
 *
 * @returns the ids of those that were not known
 */
export async function addEvents(sql: Sql, events: readonly ReceivedEvent[]): Promise<Set<string>> {
  // Each once, in the order in which all lock rows.
  const byId = new Map<string, ReceivedEvent>();
  for (const event of events) if (!byId.has(event.id)) byId.set(event.id, event);
  const sorted = [...byId.keys()].toSorted().flatMap((id) => byId.get(id) ?? []);
  const signers = new Set(events.flatMap(({ signedBy }) => signedBy ?? []));
  return sql.transaction(async (inside) => {
    const added = await insertRows(inside, sorted);
    await insertRows(inside, listTouched(sorted.filter(({ id }) => added.has(id))));
    for (const signer of [...signers].toSorted()) await keepState(inside, nameSigner(signer), "");
    return added;
  });
}

/** When the last event that was signed with a secret came; undefined for never. */
export async function readLastEvent(sql: Sql, signer: string): Promise<number | undefined> {
  return (await readState(sql, nameSigner(signer)))?.keptAt;
}

/** When the last event came that was signed with any secret; undefined for never. */
export async function readLastSigned(sql: Sql): Promise<number | undefined> {
  // The character after the slash.
  const [row] = await sql.all(
    "SELECT max(kept_at) AS at FROM state WHERE name > 'last-event/' AND name < 'last-event0'",
  );
  const at = row?.["at"];
  return at === null || at === undefined ? undefined : Number(at);
}

function nameSigner(signer: string): string {
  return `last-event/${signer}`;
}

/** The first of some new events that touches an object stands for those that follow. */
function listTouched(events: readonly ReceivedEvent[]): NewRow[] {
  const rows = new Map<ObjectKey, NewRow>();
  for (const event of events) {
    const { id, type, occurredAt, signedBy } = event;
    for (const key of event.others) {
      if (rows.has(key)) continue;
      const nothing = { payload: noPayload, state: "waiting" } as const;
      rows.set(key, { id: `${id}/${key}`, key, type, occurredAt, signedBy, ...nothing });
    }
  }
  return [...rows.values()];
}

const columns =
  "id, key, type, occurred_at, signed_by, payload, state, last_error, received_at, attempts, next_attempt, ended_at";

/** @returns the ids of those that were not known */
async function insertRows(sql: Sql, rows: readonly NewRow[]): Promise<Set<string>> {
  if (sql.dialect === "sqlite") return insertOneByOne(sql, rows);
  const added = new Set<string>();
  for (const some of inStatements(rows)) {
    for (const id of await insertTogether(sql, some)) added.add(id);
  }
  return added;
}

/** SQLite takes rows one by one as fast as together, and has a single statement to prepare then. */
async function insertOneByOne(sql: Sql, rows: readonly NewRow[]): Promise<Set<string>> {
  const { now } = sql;
  const text = `INSERT INTO inbox (${columns})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${now}, 0, ${now}, CASE ? WHEN 'done' THEN ${now} END)
    ON CONFLICT (id) DO NOTHING`;
  const added = new Set<string>();
  for (const row of rows) {
    const { id, key = null, type, occurredAt = null, signedBy = null, state, error = null } = row;
    const payload = keptPayload(row);
    const values = [id, key, type, occurredAt, signedBy, payload, state, error, state];
    if ((await sql.run(text, values)) > 0) added.add(id);
  }
  return added;
}

/**
 * PostgreSQL is given all rows as one JSON text, and their payloads as one piece: a statement that is the
 * same however many there are, and two parameters to send and to read.
 */
async function insertTogether(sql: Sql, rows: readonly NewRow[]): Promise<string[]> {
  const payloads = rows.map(keptPayload);
  // Counted from one.
  let start = 1;
  const given = rows.map(({ id, key, type, occurredAt, signedBy, state, error }, place) => {
    const size = payloads[place]?.length ?? 0;
    const row = { id, key, type, at: occurredAt, signer: signedBy, state, error, start, size };
    start += size;
    return row;
  });
  const { now } = sql;
  const found = await sql.all(
    `INSERT INTO inbox (${columns})
    SELECT id, key, type, at, signer, substring(CAST(? AS BYTEA) FROM start FOR size), state, error,
      ${now}, 0, ${now}, CASE state WHEN 'done' THEN ${now} END
    FROM json_to_recordset(CAST(? AS JSON)) AS given (
      id TEXT, key TEXT, type TEXT, at BIGINT, signer TEXT, state TEXT, error TEXT,
      start INTEGER, size INTEGER
    )
    ON CONFLICT (id) DO NOTHING RETURNING id`,
    [Buffer.concat(payloads), JSON.stringify(given)],
  );
  return found.map((row) => String(row["id"]));
}

function keptPayload({ state, payload }: NewRow): Uint8Array {
  return state === "done" ? noPayload : payload;
}
