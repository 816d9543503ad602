import { randomUUID } from "node:crypto";
import { type ObjectKey, readFreshness } from "./freshness.ts";
import { type Lease, LeaseLostError, requireLease } from "./lease.ts";
import { inStatements, listParameters, rowParameters, type Sql } from "./sql.ts";

/** Milliseconds after which a claim that was not renewed may be taken by another. */
export const claimDuration = 30_000;

/**
 * The right to work on some objects: nobody else reads-and-applies, writes or deletes them meanwhile.
 * Events and runs alike take it.
 */
export interface Claim {
  readonly objects: readonly ObjectKey[];
  /** Proves that this claim is meant, and not a later one on the same object. */
  readonly token: string;
}

export interface ClaimObjectsOptions {
  readonly objects: readonly ObjectKey[];
  /** Who works on them, for a person: host and process. */
  readonly owner: string;
  /**
   * The number of the read that is to be applied, where it was before the claim: objects that something
   * as new was applied to are not claimed. Told by object where they were read one by one.
   */
  readonly number?: number | ((object: ObjectKey) => number) | undefined;
  /** The lease of the run that it is for; the run's reads only count while it lasts. */
  readonly runLease?: Lease | undefined;
  /** Claims that can be given up together, see {@link releaseBatch}. @default the run's, if any */
  readonly batch?: string | undefined;
  /** @default a random one, which tells the batch that it is of */
  readonly token?: string | undefined;
}

export interface ClaimAttempt {
  /** What was claimed. */
  readonly claim: Claim;
  /** Objects that another works on: read them again later. */
  readonly held: readonly ObjectKey[];
  /** Objects that something as new was applied to: read them again later, or leave them be. */
  readonly stale: readonly ObjectKey[];
}

/**
 * Claims those of some objects that are free, in one transaction.
 *
 * @throws {LeaseLostError} when the run that it is for has lost its lease
 */
export async function claimObjects(sql: Sql, options: ClaimObjectsOptions): Promise<ClaimAttempt> {
  const { owner, number, runLease, batch = runLease?.token } = options;
  const { token = nameToken(batch) } = options;
  // Sorted, so that two who claim the same objects do not wait for each other.
  const wanted = [...new Set(options.objects)].toSorted();
  return sql.transaction(async (inside) => {
    const claimed = await insertClaims(inside, { wanted, owner, tokenOf: () => token });
    const stale = number === undefined ? [] : await findStale(inside, [...claimed], number);
    await deleteClaims(inside, { objects: stale, token });
    // Last: as long as the run lives, nothing that its reads must be compared with was forgotten.
    if (runLease !== undefined) await requireLease(inside, runLease);
    return {
      claim: { objects: wanted.filter((key) => claimed.has(key) && !stale.includes(key)), token },
      held: wanted.filter((key) => !claimed.has(key)),
      stale,
    };
  });
}

/** Holds on to a claim for another while; false where any of it has lapsed. */
export async function renewClaim(sql: Sql, claim: Claim): Promise<boolean> {
  const renewed = await sql.run(
    `UPDATE inbox_key SET lease_until = ${sql.now} + ? WHERE token = ? AND lease_until > ${sql.now}`,
    [claimDuration, claim.token],
  );
  return renewed >= claim.objects.length;
}

/**
 * Ends a claim and commits what came of it (`work`: freshness, produced, events done) in the same
 * transaction, as {@link Sql.transaction} says.
 *
 * @throws {LeaseLostError} when any of it has lapsed; nothing is committed then
 */
export async function completeClaim(
  sql: Sql,
  claim: Claim,
  work: (sql: Sql) => Promise<void>,
): Promise<void> {
  await sql.transaction(async (inside) => {
    // First: until the commit nobody can claim them.
    const { objects, token } = claim;
    const completed = await deleteClaims(inside, { objects, token }, `lease_until > ${inside.now}`);
    if (completed < objects.length) {
      throw new LeaseLostError(
        `The claim on ${objects.slice(0, 3).join(", ")}${objects.length > 3 ? " …" : ""} has lapsed; another may have it by now`,
      );
    }
    await work(inside);
  });
}

/** Gives a claim up, nothing done; what lapsed of it is left to others. */
export async function releaseClaim(sql: Sql, claim: Claim): Promise<void> {
  await deleteClaims(sql, claim);
}

/** Gives up all that was claimed for a run whose process is known to be dead: nobody works on it. */
export async function releaseClaimsOf(sql: Sql, runLease: Lease): Promise<void> {
  await releaseBatch(sql, runLease.token);
}

/** Gives up all claims of a batch, those of which nobody knows whether they were committed among them. */
export async function releaseBatch(sql: Sql, batch: string): Promise<void> {
  // The character after the slash.
  await sql.run("DELETE FROM inbox_key WHERE token >= ? AND token < ?", [`${batch}/`, `${batch}0`]);
}

function nameToken(batch: string | undefined): string {
  return batch === undefined ? randomUUID() : `${batch}/${randomUUID()}`;
}

async function findStale(
  sql: Sql,
  objects: readonly ObjectKey[],
  number: NonNullable<ClaimObjectsOptions["number"]>,
): Promise<ObjectKey[]> {
  const known = await readFreshness(sql, objects);
  const numberOf = typeof number === "number" ? () => number : number;
  return objects.filter((key) => (known.get(key)?.number ?? -1) >= numberOf(key)).toSorted();
}

/** Claims those of some objects that are free, each for itself. Within a transaction. */
export async function claimEach(
  sql: Sql,
  { objects, owner, batch }: Pick<ClaimObjectsOptions, "objects" | "owner" | "batch">,
): Promise<Map<ObjectKey, Claim>> {
  // Sorted, so that two who claim the same objects do not wait for each other.
  const wanted = [...new Set(objects)].toSorted();
  const tokens = new Map(wanted.map((key) => [key, nameToken(batch)]));
  const claimed = await insertClaims(sql, {
    wanted,
    owner,
    tokenOf: (key) => tokens.get(key) ?? "",
  });
  return new Map(
    [...tokens].flatMap(([key, token]) =>
      claimed.has(key) ? [[key, { objects: [key], token }]] : [],
    ),
  );
}

async function insertClaims(
  sql: Sql,
  options: {
    readonly wanted: readonly ObjectKey[];
    readonly owner: string;
    readonly tokenOf: (key: ObjectKey) => string;
  },
): Promise<Set<ObjectKey>> {
  const { wanted, owner, tokenOf } = options;
  const claimed = new Set<ObjectKey>();
  for (const some of inStatements(wanted)) {
    const rows = await sql.all(
      `INSERT INTO inbox_key (key, owner, token, lease_until)
      VALUES ${rowParameters(some.length, `(?, ?, ?, ${sql.now} + ${claimDuration})`)}
      ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, token = excluded.token,
        lease_until = excluded.lease_until
      WHERE inbox_key.lease_until <= ${sql.now}
      RETURNING key`,
      some.flatMap((key) => [key, owner, tokenOf(key)]),
    );
    for (const row of rows) claimed.add(String(row["key"]));
  }
  return claimed;
}

async function deleteClaims(
  sql: Sql,
  { objects, token }: Claim,
  condition = "1 = 1",
): Promise<number> {
  let deleted = 0;
  for (const some of inStatements(objects)) {
    deleted += await sql.run(
      `DELETE FROM inbox_key WHERE token = ? AND key IN (${listParameters(some.length)}) AND ${condition}`,
      [token, ...some],
    );
  }
  return deleted;
}
