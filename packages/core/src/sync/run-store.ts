import type { Clock } from "../clock.ts";
import type { Sql } from "../store/sql.ts";
import type { Run } from "../store/runs.ts";

/** The store as one run uses it. */
export interface RunStore {
  readonly sql: Sql;
  readonly run: Run;
  /** Who works, for others who wait: host and process. */
  readonly owner: string;
  readonly clock: Clock;
}
