import type { Clock } from "../clock.ts";
import type { EventListener } from "../events.ts";
import type { Sql } from "../store/sql.ts";
import type { Run } from "../store/runs.ts";
import type { ClaimGuard } from "./claim-guard.ts";

/** The store as one run uses it. */
export interface RunStore {
  readonly sql: Sql;
  readonly run: Run;
  /** Who works, for others who wait: host and process. */
  readonly owner: string;
  readonly clock: Clock;
  /** Of the run's lease, for what is written without a claim. @default nothing guards that */
  readonly guard?: ClaimGuard | undefined;
  readonly onEvent?: EventListener | undefined;
}
