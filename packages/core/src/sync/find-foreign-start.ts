import type { Integration } from "../sink/port/integration.ts";
import { readStarts } from "../store/run-history.ts";
import type { Run } from "../store/runs.ts";
import type { Sql } from "../store/sql.ts";
import { advanceWatermark, forgetStates, readState } from "../store/state.ts";
import { isOwnStart } from "./is-own-start.ts";

/** Under this name is kept when a run of another store began, milliseconds since 1970. */
const stateName = "foreign-start";

/**
 * Says which run of another store, or of none, Port knows of since this store's last full run; empty = none.
 * Two stores of one integration each take for gone what the other made. The first run of a store is not
 * held up: whoever came before may be gone.
 *
 * @param run of this store, which has begun; undefined remembers nothing
 */
export async function findForeignStart(
  integration: Integration | undefined,
  { sql, run }: { readonly sql: Sql; readonly run: Run | undefined },
): Promise<{ readonly reason: string; readonly seen: number | undefined }> {
  const starts = await readStarts(sql);
  const isFirst = [...starts.values()].every((number) => number === run?.number);
  if (isFirst) return { reason: "", seen: undefined };
  const { lastStart } = integration?.resyncState ?? {};
  const isOurs = lastStart === undefined || isOwnStart(lastStart, starts.keys());
  if (!isOurs && run !== undefined) await advanceWatermark(sql, stateName, lastStart);
  const kept = (await readState(sql, stateName))?.value;
  const seen = isOurs ? (kept === undefined ? undefined : Number(kept)) : lastStart;
  if (seen === undefined) return { reason: "", seen };
  const since = new Date(seen).toISOString();
  return {
    reason: `by Port's word another run of this integration, which does not share this store, began at ${since}. Give both one database, or stop one of them: the next full run without such a start deletes again`,
    seen,
  };
}

/** Forgets such a start at the end of a full run, unless there was a later one. */
export async function forgetForeignStart(sql: Sql, seen: number | undefined): Promise<void> {
  if (seen !== undefined) await forgetStates(sql, [stateName], String(seen));
}
