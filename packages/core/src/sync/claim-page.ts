import { readMoment } from "../passed-time.ts";
import type { KindName } from "../source/kinds.ts";
import { claimObjects } from "../store/claims.ts";
import { listFresher, type ObjectKey } from "../store/freshness.ts";
import { requireLease } from "../store/lease.ts";
import { type Production, recordProduced } from "../store/produced.ts";
import type { Sql } from "../store/sql.ts";
import { workUnderClaim } from "./work-under-claim.ts";
import type { ClaimGuard } from "./claim-guard.ts";
import { isLive } from "./object-key.ts";
import type { RunStore } from "./run-store.ts";

/** The right to write what a page of a run holds. */
export interface PageClaim {
  /** Objects that must be read again: something newer was done to them, or is being done. */
  readonly aside: ReadonlySet<ObjectKey>;
  /**
   * Writes, and then remembers what the objects produce.
   *
   * @param write is told by the guard's signal when the claim was lost, and must stop then; none where
   * nothing is claimed
   */
  complete(
    productions: readonly Production[],
    write: (guard: ClaimGuard | undefined) => Promise<void>,
  ): Promise<void>;
}

/**
 * Claims those objects of a page that change something in Port. What live events write meanwhile is newer
 * than the page, whose number is the run's: such objects are set aside.
 *
 * @throws {LeaseLostError} when the run has lost its lease; so does `complete`
 */
export async function claimPage(
  store: RunStore | undefined,
  kind: KindName,
  keys: { readonly changed: readonly ObjectKey[]; readonly all: readonly ObjectKey[] },
): Promise<PageClaim> {
  if (store === undefined) return { aside: new Set(), complete: (_, write) => write(undefined) };
  const { sql, run, owner, clock } = store;
  if (!isLive(kind)) {
    return {
      aside: new Set(),
      async complete(productions, write) {
        // Another run may have begun since, which knows more.
        await requireLease(sql, run.lease);
        await write(store.guard);
        if (productions.length === 0) return;
        await sql.transaction((inside) => recordProduced(inside, productions, run.number));
      },
    };
  }
  const since = readMoment(clock);
  const attempt = await claimObjects(sql, {
    objects: keys.changed,
    owner,
    number: run.number,
    runLease: run.lease,
  });
  const fresher = new Set(await listFresher(sql, run.number));
  const aside = new Set([
    ...attempt.held,
    ...attempt.stale,
    ...keys.all.filter((key) => fresher.has(key)),
  ]);
  return {
    aside,
    complete: (productions, write) =>
      workUnderClaim({ ...store, claim: attempt.claim, since, work: "page" }, async (guard) => {
        await write(guard);
        const note = (inside: Sql): Promise<void> =>
          recordProduced(inside, productions, run.number);
        return { value: undefined, note };
      }),
  };
}
