import type { Clock } from "../clock.ts";
import { describeError } from "../errors.ts";
import { type AuditedAction, type AuditRecord, doAudited, recordAudit } from "../store/audit.ts";
import type { Sql } from "../store/sql.ts";
import type { ApiAudit } from "./create-api.ts";

/** What was done by hand, as it is told; the store's records have the moment. */
export type AuditLine = AuditedAction & Pick<AuditRecord, "outcome">;

/** Refusals that are recorded … */
export const mostRefusals = 100;
/** … in so many milliseconds: who may read only must not fill the store by asking for more. */
export const refusalPeriod = 3_600_000;

/** Records in the store, and tells of each once it is known what came of it. */
export function createStoreAudit<Peer>(options: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly onRecord: (line: AuditLine) => void;
}): ApiAudit<Peer> {
  const { sql, clock, onRecord } = options;
  let periodStart = clock.now();
  let refusals = 0;

  function mayRecordRefusal(): boolean {
    if (clock.now() - periodStart >= refusalPeriod) {
      periodStart = clock.now();
      refusals = 0;
    }
    refusals += 1;
    return refusals <= mostRefusals;
  }

  return {
    async run(action, _peer, work) {
      try {
        const value = await doAudited(sql, action, work);
        onRecord({ ...action, outcome: "done" });
        return value;
      } catch (error) {
        onRecord({ ...action, outcome: `failed: ${describeError(error)}` });
        throw error;
      }
    },
    async refuse(action, _peer, detail) {
      if (!mayRecordRefusal()) return;
      const outcome = `refused: ${detail}`;
      await recordAudit(sql, { ...action, outcome });
      onRecord({ ...action, outcome });
    },
  };
}
