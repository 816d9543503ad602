import type { Clock } from "../clock.ts";
import type { EventListener } from "../events.ts";
import type { Moment } from "../passed-time.ts";
import {
  type Claim,
  claimDuration,
  completeClaim,
  releaseClaim,
  renewClaim,
} from "../store/claims.ts";
import { keepRenewed } from "../store/keep-renewed.ts";
import { LeaseLostError } from "../store/lease.ts";
import type { Sql } from "../store/sql.ts";
import { type ClaimGuard, createClaimGuard } from "./claim-guard.ts";
import { type ClaimLost, settleLost } from "./lost-claims.ts";

/** What came of work, and how it is noted in the store. */
export interface ClaimedWork<Value> {
  readonly value: Value;
  /** Notes what came of it, in the transaction that ends the claim. */
  readonly note: (sql: Sql) => Promise<void>;
}

export interface WorkUnderClaimOptions {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly claim: Claim;
  /** The moment before it was asked for. @default now */
  readonly since?: Moment | undefined;
  /** What is done under it, for whoever is told that it was lost. */
  readonly work: ClaimLost["work"];
  readonly onEvent?: EventListener | undefined;
}

/**
 * Works on objects under a claim that is kept up meanwhile, and ends it with a note of what came of it;
 * where the work fails, the claim is given up. What may have been written under a claim that was lost is
 * queued again.
 *
 * @param work is told by the guard's signal when the claim was lost, and must stop then; every write asks
 * the guard
 * @throws {LeaseLostError} when the claim was lost; nothing is noted then
 */
export async function workUnderClaim<Value>(
  options: WorkUnderClaimOptions,
  work: (guard: ClaimGuard) => Promise<ClaimedWork<Value>>,
): Promise<Value> {
  const { sql, clock, claim, since } = options;
  const renew = (): Promise<boolean> => renewClaim(sql, claim);
  const renewal = keepRenewed({ renew, duration: claimDuration, clock, since });
  const guard = createClaimGuard(renewal);
  try {
    const { value, note } = await work(guard);
    await renewal.stop();
    await completeClaim(sql, claim, note);
    return value;
  } catch (error) {
    const { passed } = renewal;
    // Whatever broke it off may have come after a long standstill.
    const isLost = error instanceof LeaseLostError || guard.signal.aborted || renewal.isOverdue;
    await renewal.stop();
    if (isLost) {
      const { objects, token } = claim;
      await settleLost(guard, { ...options, objects, token, passed });
    }
    // Else it lapses; what broke the work off is what is told.
    await releaseClaim(sql, claim).catch(() => undefined);
    throw error;
  }
}
