import type { ObjectKey } from "./freshness.ts";
import { inStatements, rowParameters, type Sql, type SqlValue } from "./sql.ts";
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

const columns =
  "id, key, type, occurred_at, received_at, signed_by, payload, state, attempts, next_attempt, last_error, ended_at";

/**
 * Adds events in one transaction, each with all that it touches. Those that are known are left as they
 * are.
 *
 * @returns the ids of those that were not known
 */
export async function addEvents(
  sql: Sql,
  events: readonly ReceivedEvent[],
): Promise<ReadonlySet<string>> {
  // Each once, in the order in which all lock rows.
  const rows = new Map<string, readonly SqlValue[]>();
  for (const event of events) {
    for (const [id, values] of listRows(event)) if (!rows.has(id)) rows.set(id, values);
  }
  const sorted = [...rows.keys()].toSorted().flatMap((id) => [rows.get(id) ?? []]);
  const signers = new Set(events.flatMap(({ signedBy }) => signedBy ?? []));
  return sql.transaction(async (inside) => {
    const added = new Set<string>();
    const insert = createInsert(inside);
    for (const some of chunkRows(inside, sorted)) {
      for (const row of await inside.all(insert(some.length), some.flat())) {
        added.add(String(row["id"]));
      }
    }
    for (const signer of [...signers].toSorted()) await keepState(inside, nameSigner(signer), "");
    return added;
  });
}

/** When the last event that was signed with a secret came; undefined for never. */
export async function readLastEvent(sql: Sql, signer: string): Promise<number | undefined> {
  return (await readState(sql, nameSigner(signer)))?.keptAt;
}

function nameSigner(signer: string): string {
  return `last-event/${signer}`;
}

function listRows(event: ReceivedEvent): [id: string, values: SqlValue[]][] {
  const { id, type, key, others, occurredAt = null, signedBy = null, state } = event;
  const payload = state === "done" ? noPayload : event.payload;
  const error = event.error ?? null;
  const isDone = state === "done" ? 1 : 0;
  return [
    [id, [id, key ?? null, type, occurredAt, signedBy, payload, state, error, isDone]],
    ...others.map((other): [string, SqlValue[]] => {
      const name = `${id}/${other}`;
      return [name, [name, other, type, occurredAt, signedBy, noPayload, "waiting", null, 0]];
    }),
  ];
}

/** The statement for so many rows. */
function createInsert({ dialect, now }: Sql): (rows: number) => string {
  // PostgreSQL does not see that the last is a number.
  const isDone = dialect === "postgres" ? "CAST(? AS INTEGER)" : "?";
  const row = `(?, ?, ?, ?, ${now}, ?, ?, ?, 0, ${now}, ?, CASE ${isDone} WHEN 1 THEN ${now} END)`;
  const write = (rows: number): string =>
    `INSERT INTO inbox (${columns}) VALUES ${rowParameters(rows, row)}
    ON CONFLICT (id) DO NOTHING RETURNING id`;
  const one = write(1);
  return (rows) => (rows === 1 ? one : write(rows));
}

/** SQLite takes rows one by one as fast as together, and then prepares one statement only. */
function chunkRows<Row>({ dialect }: Sql, rows: readonly Row[]): Iterable<readonly Row[]> {
  return dialect === "sqlite" ? rows.map((row) => [row]) : inStatements(rows);
}
