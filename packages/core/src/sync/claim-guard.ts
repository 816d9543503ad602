import type { WriteGuard } from "../sink/port/guard-writes.ts";
import type { Renewal } from "../store/keep-renewed.ts";

/**
 * What whoever works under a claim, or in a run, is given: no write is sent where that may have lapsed, and
 * it is known whether one may have gone out.
 */
export interface ClaimGuard extends WriteGuard {
  /** Aborted with a `LeaseLostError` when the claim was lost: the work must stop. */
  readonly signal: AbortSignal;
  /** Whether anything may have been written. */
  readonly hasWritten: boolean;
  /** Resolves when everything that was sent has been answered, or given up. */
  settled(): Promise<void>;
}

/** Makes the guard of a claim, or of a run's lease, that is being renewed. */
export function createClaimGuard(renewal: Renewal): ClaimGuard {
  const sending = new Set<Promise<unknown>>();
  let hasWritten = false;
  return {
    signal: renewal.signal,
    get hasWritten() {
      return hasWritten;
    },
    async send(write) {
      await renewal.ensure();
      const sent = write(async () => {
        await renewal.ensure();
        hasWritten = true;
      });
      const over = sent.catch(() => undefined);
      sending.add(over);
      try {
        const value = await sent;
        // Also where nobody asked before the attempt.
        hasWritten = true;
        return value;
      } finally {
        sending.delete(over);
      }
    },
    async settled() {
      while (sending.size > 0) await Promise.all(sending);
    },
  };
}
