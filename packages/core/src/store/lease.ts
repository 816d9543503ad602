import { randomUUID } from "node:crypto";
import { PagerportError } from "../errors.ts";
import type { Sql } from "./sql.ts";

/** Something was done under a lease or claim that lapsed, and that another may have taken since. */
export class LeaseLostError extends PagerportError {
  override name = "LeaseLostError";
}

/** The right to something that only one may have at a time, until it lapses or is released. */
export interface Lease {
  readonly name: string;
  /** Proves that this lease is meant, and not a later one of the same name. */
  readonly token: string;
}

/** Who has a lease. Moments are milliseconds since 1970 by the database's clock. */
export interface LeaseHolder {
  /** What the holder called itself: host and process, for a person. */
  readonly owner: string;
  readonly since: number;
  /** It lapses then, unless it is renewed. */
  readonly until: number;
}

export interface AcquireLeaseOptions {
  readonly name: string;
  readonly owner: string;
  /** Milliseconds until it lapses. */
  readonly duration: number;
  /** @default a random one */
  readonly token?: string | undefined;
}

export type LeaseAttempt =
  | { readonly lease: Lease; readonly holder?: undefined }
  | { readonly lease?: undefined; readonly holder: LeaseHolder };

/** Takes a lease that is free or has lapsed, else tells who has it. */
export async function acquireLease(sql: Sql, options: AcquireLeaseOptions): Promise<LeaseAttempt> {
  const { name, owner, duration, token = randomUUID() } = options;
  for (;;) {
    const taken = await sql.all(
      `INSERT INTO lease (name, owner, token, acquired_at, lease_until)
      VALUES (?, ?, ?, ${sql.now}, ${sql.now} + ?)
      ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, token = excluded.token,
        acquired_at = excluded.acquired_at, lease_until = excluded.lease_until
      WHERE lease.lease_until <= ${sql.now}
      RETURNING token`,
      [name, owner, token, duration],
    );
    if (taken.length > 0) return { lease: { name, token } };
    const holder = await readLeaseHolder(sql, name);
    if (holder !== undefined) return { holder };
    // It was released in between.
  }
}

/** Who has a lease at this moment, if anybody. */
export async function readLeaseHolder(sql: Sql, name: string): Promise<LeaseHolder | undefined> {
  const [row] = await sql.all(
    `SELECT owner, acquired_at, lease_until FROM lease WHERE name = ? AND lease_until > ${sql.now}`,
    [name],
  );
  if (row === undefined) return undefined;
  return {
    owner: String(row["owner"]),
    since: Number(row["acquired_at"]),
    until: Number(row["lease_until"]),
  };
}

/** Holds on to a lease for another while; false where it has lapsed, which is final. */
export async function renewLease(sql: Sql, lease: Lease, duration: number): Promise<boolean> {
  const renewed = await sql.run(
    `UPDATE lease SET lease_until = ${sql.now} + ?
    WHERE name = ? AND token = ? AND lease_until > ${sql.now}`,
    [duration, lease.name, lease.token],
  );
  return renewed > 0;
}

/** Gives a lease back; false where it had lapsed. In a transaction: nothing else may take it until then. */
export async function releaseLease(sql: Sql, lease: Lease): Promise<boolean> {
  const released = await sql.run(
    `DELETE FROM lease WHERE name = ? AND token = ? AND lease_until > ${sql.now}`,
    [lease.name, lease.token],
  );
  return released > 0;
}

/** @throws {LeaseLostError} when a lease has lapsed or was released */
export async function requireLease(sql: Sql, lease: Lease): Promise<void> {
  const found = await sql.all(
    `SELECT 1 FROM lease WHERE name = ? AND token = ? AND lease_until > ${sql.now}`,
    [lease.name, lease.token],
  );
  if (found.length === 0) {
    throw new LeaseLostError(`The lease on '${lease.name}' has lapsed; another may have it by now`);
  }
}
