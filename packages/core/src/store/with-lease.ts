import type { Clock } from "../clock.ts";
import { uniteSignals } from "../unite-signals.ts";
import { keepRenewed } from "./keep-renewed.ts";
import { acquireLease, type Lease, releaseLease, renewLease } from "./lease.ts";
import type { Sql } from "./sql.ts";

/** Milliseconds after which one that shows no sign of life is out of the way. */
const leaseDuration = 30_000;
/** Milliseconds between looks at a lease that another holds. */
const waitBetweenLooks = 500;

export interface WithLeaseOptions {
  readonly sql: Sql;
  readonly clock: Clock;
  /** What only one may do at a time. */
  readonly name: string;
  /** Who does it, for a person: host and process. */
  readonly owner: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does something that only one may do at a time, as soon as nobody else does it.
 *
 * @param work is given a signal that is also aborted, with a `LeaseLostError`, when the lease is lost
 */
export async function withLease<Value>(
  options: WithLeaseOptions,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const { sql, clock, signal } = options;
  const lease = await waitForLease(options);
  const renew = (): Promise<boolean> => renewLease(sql, lease, leaseDuration);
  const renewal = keepRenewed({ renew, duration: leaseDuration, clock });
  try {
    return await work(uniteSignals(signal, renewal.signal) ?? renewal.signal);
  } finally {
    await renewal.stop();
    await release(sql, lease);
  }
}

async function waitForLease({ sql, clock, name, owner, signal }: WithLeaseOptions): Promise<Lease> {
  for (;;) {
    signal?.throwIfAborted();
    const { lease } = await acquireLease(sql, { name, owner, duration: leaseDuration });
    if (lease !== undefined) return lease;
    await clock.sleep(waitBetweenLooks, signal);
  }
}

/** What was done is done: a lease that cannot be given back lapses. */
async function release(sql: Sql, lease: Lease): Promise<void> {
  try {
    await releaseLease(sql, lease);
  } catch {
    // Its error would hide that of the work.
  }
}
