import type { Clock } from "../clock.ts";
import type { StatusReport } from "../server/status/status-report.ts";
import { endPause, readPause, setPause } from "../store/pause.ts";
import { pauseIsKnownAfter } from "../store/writers.ts";
import { approvePlan, rejectPlan } from "../store/plans/decide-plan.ts";
import { listPlans, readPlan } from "../store/plans/plans.ts";
import type { Sql } from "../store/sql.ts";
import type { SyncService } from "../sync/sync-service.ts";
import type { ApiOperations } from "./operations.ts";
import { createPendingReader } from "./read-pending.ts";

export interface ApiOperationsOptions {
  readonly sql: Sql;
  readonly service: Pick<SyncService, "requestResync">;
  readonly readStatus: () => Promise<StatusReport>;
  /** A status is as it was within its last second. */
  readonly clock: Clock;
  /** Told why no run could be asked for after an approval, which holds all the same; an error in it is no harm. */
  readonly onNotAsked?: ((error: unknown) => void) | undefined;
}

/** Milliseconds for which a status is good: reading one takes the store a while where much waits. */
const statusSpan = 1000;

/** Makes the operations of a service and its store. What is approved is deleted by the run that follows. */
export function createApiOperations(options: ApiOperationsOptions): ApiOperations {
  const { sql, service, readStatus, clock } = options;
  const readPending = createPendingReader({ sql, clock });

  /** It was decided, whatever becomes of this: the next run that is due goes by it, too. */
  async function askForRun(reason: string): Promise<boolean> {
    try {
      await service.requestResync("full", reason);
      return true;
    } catch (error) {
      try {
        options.onNotAsked?.(error);
      } catch {
        // A broken log changes nothing of it.
      }
      return false;
    }
  }

  return {
    status: rememberBriefly(readStatus, clock),
    listPlans: () => listPlans(sql),
    showPlan: (id) => readPlan(sql, id),
    async approvePlan(id, { only, by }) {
      const decision = await approvePlan(sql, { id, only, by });
      // Once more where all was approved before: what asked for it then may not have come so far.
      const isRunAsked = await askForRun(`plan ${id} was approved by ${by}`);
      return { ...decision, isRunAsked };
    },
    rejectPlan: (id, { only, by }) => rejectPlan(sql, { id, only, by }),
    async readPause() {
      const pause = await readPause(sql);
      return pause && { ...pause, pending: await readPending(pause) };
    },
    async pause(wanted) {
      const pause = await setPause(sql, wanted);
      await clock.sleep(pauseIsKnownAfter);
      return { ...pause, pending: await readPending(pause) };
    },
    resume: ({ by }) => endPause(sql, { by }),
    resync: (type, by) => service.requestResync(type, `asked for by ${by}`),
  };
}

/** Reads at most once a second; who asks meanwhile shares that reading. One that failed is not kept. */
function rememberBriefly<Value>(
  read: () => Promise<Value>,
  clock: Pick<Clock, "now">,
): () => Promise<Value> {
  let last: { readonly at: number; readonly value: Promise<Value> } | undefined;
  return () => {
    const now = clock.now();
    if (last !== undefined && now - last.at < statusSpan) return last.value;
    const value = read();
    const reading = { at: now, value };
    last = reading;
    value.catch(() => {
      if (last === reading) last = undefined;
    });
    return value;
  };
}
