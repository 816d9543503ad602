import type { Clock } from "../clock.ts";
import {
  type Claim,
  claimDuration,
  completeClaim,
  releaseClaim,
  renewClaim,
} from "../store/claims.ts";
import { keepRenewed } from "../store/keep-renewed.ts";
import type { Sql } from "../store/sql.ts";

/** What came of work, and how it is noted in the store. */
export interface ClaimedWork<Value> {
  readonly value: Value;
  /** Notes what came of it, in the transaction that ends the claim. */
  readonly note: (sql: Sql) => Promise<void>;
}

/**
 * Works on objects under a claim that is kept up meanwhile, and ends it with a note of what came of it;
 * where the work fails, the claim is given up.
 *
 * @param work is told by a signal when the claim was lost, and must stop then
 * @throws {LeaseLostError} when the claim was lost; nothing is noted then
 */
export async function workUnderClaim<Value>(
  { sql, clock, claim }: { readonly sql: Sql; readonly clock: Clock; readonly claim: Claim },
  work: (lost: AbortSignal) => Promise<ClaimedWork<Value>>,
): Promise<Value> {
  const renew = (): Promise<boolean> => renewClaim(sql, claim);
  const renewal = keepRenewed({ renew, duration: claimDuration, clock });
  try {
    const { value, note } = await work(renewal.signal);
    await renewal.stop();
    await completeClaim(sql, claim, note);
    return value;
  } catch (error) {
    await renewal.stop();
    await releaseClaim(sql, claim);
    throw error;
  }
}
