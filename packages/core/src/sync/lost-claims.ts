import type { Clock } from "../clock.ts";
import { describeError } from "../errors.ts";
import { createEmitter, type EventListener, type RunEvent } from "../events.ts";
import type { ObjectKey } from "../store/freshness.ts";
import { queueAgain } from "../store/queue-again.ts";
import { queueRun } from "../store/queued-run.ts";
import type { Sql } from "../store/sql.ts";
import type { ClaimGuard } from "./claim-guard.ts";
import { isLiveKey } from "./object-key.ts";

/** How often the store is asked to queue what may be wrong: whoever thawed may first find it away. */
const mostTries = 60;
/** Milliseconds between two tries. */
const waitBetweenTries = 1000;
/** Objects that are named. */
const mostNamed = 5;

/** That a claim, or a run's lease, was lost. */
export type ClaimLost = Extract<RunEvent, { readonly type: "claim-lost" }>;

export interface SettleLostOptions {
  readonly sql: Sql;
  readonly clock: Clock;
  /** What was done under it. */
  readonly work: ClaimLost["work"];
  /** What was claimed; empty for the lease of a run. */
  readonly objects: readonly ObjectKey[];
  /** Tells this loss from every other: the token. */
  readonly token: string;
  /** Milliseconds since it was last renewed. */
  readonly passed: number;
  readonly onEvent?: EventListener | undefined;
}

/**
 * Sees to what may have gone out under a claim that was lost: by now another may have written something newer,
 * and this over it. Once Port has answered it all, what live events read is queued for whoever is alive, and
 * a delta for the rest; where nothing was sent, there is nothing to mend. It is told in any case.
 */
export async function settleLost(guard: ClaimGuard, options: SettleLostOptions): Promise<void> {
  const { sql, clock, work, objects, token, passed, onEvent } = options;
  // An answer later than the new reading could be of a write that came later, too.
  await guard.settled();
  const live = guard.hasWritten ? objects.filter(isLiveKey) : [];
  // A deletion also claims its run.
  const needsRun = guard.hasWritten && live.length < Math.max(1, objects.length);
  const queue = async (): Promise<void> => {
    if (live.length > 0) await queueAgain(sql, live, token);
    if (needsRun) await queueRun(sql, "delta");
  };
  const error = await tryUntilDone(clock, queue);
  createEmitter(onEvent)({
    type: "claim-lost",
    work,
    objects: objects.length,
    named: objects.slice(0, mostNamed),
    mayBeWritten: guard.hasWritten,
    milliseconds: Math.round(passed),
    ...(error !== undefined && { error }),
  });
}

/** Says what was lost, and what becomes of it, for a person. */
export function describeClaimLost(lost: ClaimLost): string {
  const { work, objects, named, mayBeWritten, milliseconds, error } = lost;
  const names = `${named.join(", ")}${objects > named.length ? ` and ${objects - named.length} more` : ""}`;
  const what = work === "run" ? "The lease of a run" : `The claim on ${names} (${work})`;
  const why = `was lost: ${(milliseconds / 1000).toFixed(1)} s have passed since it was renewed`;
  if (!mayBeWritten) return `${what} ${why}. Nothing was written under it`;
  const queued =
    error === undefined
      ? "it is queued again, so that the newest state wins"
      : `it could not be queued again, so run 'pagerport sync': ${error}`;
  return `${what} ${why}. Something may have been written late: ${queued}`;
}

/** @returns why it could not be done; undefined where it was */
async function tryUntilDone(clock: Clock, work: () => Promise<void>): Promise<string | undefined> {
  for (let tried = 1; ; tried += 1) {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (tried === mostTries) return describeError(error);
      await clock.sleep(waitBetweenTries);
    }
  }
}
