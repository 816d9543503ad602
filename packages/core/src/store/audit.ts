import { randomUUID } from "node:crypto";
import { describeError } from "../errors.ts";
import type { Sql } from "./sql.ts";

/** Milliseconds that a record is kept: a year. */
export const auditKeptFor = 365 * 24 * 3_600_000;
/** Characters of a field; what is longer is cut. */
const longestField = 1000;

/** What somebody does, or did, by hand. No secret is in it. */
export interface AuditedAction {
  /** A token's name, a person's or service's reference in a portal, `user@host` of a command. */
  readonly who: string;
  /** An address, or `command line`. */
  readonly from: string;
  /** `approve`, `reject`, `pause`, `resume`, `resync`. */
  readonly action: string;
  /** What with: `plan 7, only P1, P2`. */
  readonly what: string;
}

/** An action, and what came of it. */
export interface AuditRecord extends AuditedAction {
  /** Milliseconds since 1970 by the database's clock. */
  readonly at: number;
  /** `begun` where the process ended before it was done; `done`, `refused: …`, `failed: …`. */
  readonly outcome: string;
}

/**
 * Writes down what somebody did; on disk when it returns.
 *
 * @returns the record's id, for {@link settleAudit}
 */
export async function recordAudit(
  sql: Sql,
  { who, from, action, what, outcome }: AuditedAction & Pick<AuditRecord, "outcome">,
): Promise<string> {
  const id = randomUUID();
  await sql.run(
    `INSERT INTO audit (id, at, who, origin, action, what, outcome)
    VALUES (?, ${sql.now}, ?, ?, ?, ?, ?)`,
    [id, ...[who, from, action, what, outcome].map(cut)],
  );
  // There are few of them, so that each can see to those before it.
  await pruneAudit(sql);
  return id;
}

/** Writes down what came of an action that was recorded as begun. */
async function settleAudit(sql: Sql, id: string, outcome: string): Promise<void> {
  await sql.run("UPDATE audit SET outcome = ? WHERE id = ?", [cut(outcome), id]);
}

/** Forgets records that are older than {@link auditKeptFor}. */
async function pruneAudit(sql: Sql): Promise<void> {
  await sql.run(`DELETE FROM audit WHERE at < ${sql.now} - ?`, [auditKeptFor]);
}

/** Lists what was done by hand, the last first. */
export async function listAudit(sql: Sql, limit: number): Promise<AuditRecord[]> {
  const rows = await sql.all(
    "SELECT at, who, origin, action, what, outcome FROM audit ORDER BY at DESC, id LIMIT ?",
    [limit],
  );
  return rows.map((row) => ({
    at: Number(row["at"]),
    who: String(row["who"]),
    from: String(row["origin"]),
    action: String(row["action"]),
    what: String(row["what"]),
    outcome: String(row["outcome"]),
  }));
}

/**
 * Does something that must not go unrecorded: where no record can be written, it is not done.
 *
 * @returns what `work` does; what it throws is recorded and thrown on
 */
export async function doAudited<Value>(
  sql: Sql,
  audited: AuditedAction,
  work: () => Promise<Value>,
): Promise<Value> {
  const id = await recordAudit(sql, { ...audited, outcome: "begun" });
  let value: Value;
  try {
    value = await work();
  } catch (error) {
    await settleAudit(sql, id, `failed: ${describeError(error)}`);
    throw error;
  }
  await settleAudit(sql, id, "done");
  return value;
}

function cut(text: string): string {
  return text.length <= longestField ? text : `${text.slice(0, longestField - 1)}…`;
}
