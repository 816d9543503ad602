import type { Clock } from "../clock.ts";
import type { EventListener } from "../events.ts";
import { pruneFreshness } from "../store/freshness.ts";
import { keepRenewed } from "../store/keep-renewed.ts";
import { LeaseLostError } from "../store/lease.ts";
import { pruneRuns } from "../store/run-history.ts";
import { endRun, type EndRunOptions, renewRun, type Run, runLeaseDuration } from "../store/runs.ts";
import type { Sql } from "../store/sql.ts";
import { type ClaimGuard, createClaimGuard } from "./claim-guard.ts";
import { settleLost } from "./lost-claims.ts";

/** A run that is kept alive. */
export interface HeldRun {
  readonly run: Run;
  /** Aborted when the run was taken for dead: whatever was done in it must stop. */
  readonly lost: AbortSignal;
  /** Asked before what is written without a claim on objects. */
  readonly guard: ClaimGuard;
  /**
   * Ends it, and forgets what no other run needs.
   *
   * @throws {LeaseLostError} when it was taken for dead
   */
  end(options: EndRunOptions): Promise<void>;
  /**
   * Ends it as one that broke off; the error that did it is what counts, so it throws none. What may have
   * been written after it was taken for dead is mended by another, which is asked for.
   *
   * @returns false where it was taken for dead: by then another may go on in its place
   */
  breakOff(): Promise<boolean>;
}

/** Keeps a run that has begun alive until it is ended. */
export function keepRun(sql: Sql, run: Run, clock: Clock, onEvent?: EventListener): HeldRun {
  const renew = (): Promise<boolean> => renewRun(sql, run);
  // How long ago it began is not known here; one question in a run is nothing.
  const since = "unknown";
  const renewal = keepRenewed({ renew, duration: runLeaseDuration, clock, since });
  const guard = createClaimGuard(renewal);
  const { token } = run.lease;
  const settle = (passed: number): Promise<void> =>
    settleLost(guard, { sql, clock, work: "run", objects: [], token, passed, onEvent });
  return {
    run,
    lost: renewal.signal,
    guard,
    async end(ended) {
      await renewal.stop();
      await endRun(sql, run, ended);
      await pruneFreshness(sql);
      await pruneRuns(sql);
    },
    async breakOff() {
      const { passed } = renewal;
      await renewal.stop();
      try {
        await endRun(sql, run, { outcome: "failed" });
        return true;
      } catch (error) {
        // It counts as lost when another run begins.
        if (!(error instanceof LeaseLostError)) return true;
        await settle(passed);
        return false;
      }
    },
  };
}
