import type { Clock } from "../../clock.ts";
import type { Sql } from "../../store/sql.ts";
import { keepState, readState } from "../../store/state.ts";
import { withLease } from "../../store/with-lease.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { readLedger, writeLedger } from "./ledger-text.ts";

/** Under this name the store keeps the ledger. No run that writes reads it. */
export const ledgerState = "shadow/ledger";

export interface ShadowMemory {
  /** The ledger as it is; a new one where there is none, or one of another layout. */
  read(): Promise<Ledger>;
  /** Changes the ledger; changes of several replicas come one after the other. */
  change<Value>(work: (ledger: Ledger) => Value): Promise<Value>;
}

/** Makes what keeps a shadow's ledger, through restarts and for all replicas. */
export function createShadowMemory(options: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly owner: string;
}): ShadowMemory {
  const { sql, clock } = options;
  const read = async (): Promise<Ledger> => {
    const kept = await readState(sql, ledgerState);
    return (kept && readLedger(kept.value)) ?? createLedger(clock.now());
  };
  let last: Promise<unknown> = Promise.resolve();
  const changeNow = <Value>(work: (ledger: Ledger) => Value): Promise<Value> =>
    withLease({ ...options, name: ledgerState }, async () => {
      const ledger = await read();
      const value = work(ledger);
      await keepState(sql, ledgerState, writeLedger(ledger));
      return value;
    });
  return {
    read,
    change(work) {
      // Within this process nobody waits for a lease.
      const next = last.then(
        () => changeNow(work),
        () => changeNow(work),
      );
      last = next.catch(() => undefined);
      return next;
    },
  };
}
