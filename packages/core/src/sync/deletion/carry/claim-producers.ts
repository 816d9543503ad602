import { readMoment } from "../../../passed-time.ts";
import { claimObjects } from "../../../store/claims.ts";
import type { ObjectKey } from "../../../store/freshness.ts";
import { readProducers } from "../../../store/produced.ts";
import type { Sql } from "../../../store/sql.ts";
import { uniteSignals } from "../../../unite-signals.ts";
import type { Removal } from "./delete-journalled.ts";
import type { ClaimGuard } from "../../claim-guard.ts";
import { isLiveKey } from "../../object-key.ts";
import type { RunStore } from "../../run-store.ts";
import { workUnderClaim } from "../../work-under-claim.ts";

export interface ClaimProducersOptions {
  readonly store: RunStore;
  /**
   * What is known of an object is older than this number of the store's sequence.
   * @default the run's number
   */
  readonly numberOf?: ((object: ObjectKey) => number) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Works on entities under the claims on the objects that produced them, as far as nobody else has those
 * and nothing as new as the run was applied to them.
 *
 * @param work gives what notes the outcome, in the transaction that ends the claims
 * @returns those that others work on, or have worked on
 */
export async function claimProducers(
  { blueprint, identifiers }: Removal,
  { store, numberOf, signal }: ClaimProducersOptions,
  work: (
    free: readonly string[],
    signal: AbortSignal | undefined,
    guard: ClaimGuard,
  ) => Promise<(sql: Sql) => Promise<void>>,
): Promise<{ readonly busy: readonly string[] }> {
  const { sql, run, owner, clock } = store;
  const refs = identifiers.map((identifier) => ({ blueprint, identifier }));
  const producers = (await readProducers(sql, refs)).filter(({ object }) => isLiveKey(object));
  const since = readMoment(clock);
  const { claim, held, stale } = await claimObjects(sql, {
    // The last is nobody's object: it shows whoever pauses deletions that one may be on its way.
    objects: [...producers.map(({ object }) => object), `run/${run.number}`],
    owner,
    number: numberOf ?? run.number,
    runLease: run.lease,
  });
  const notOurs = new Set([...held, ...stale]);
  const busy = new Set(
    producers.filter(({ object }) => notOurs.has(object)).map(({ identifier }) => identifier),
  );
  const free = identifiers.filter((identifier) => !busy.has(identifier));
  await workUnderClaim({ ...store, claim, since, work: "deletion" }, async (guard) => ({
    value: undefined,
    note: await work(free, uniteSignals(signal, guard.signal), guard),
  }));
  return { busy: [...busy] };
}
