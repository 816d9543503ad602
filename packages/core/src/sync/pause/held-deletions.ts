import { noteWithheldByPause } from "../../store/pause.ts";
import type { Sql } from "../../store/sql.ts";
import type { Reconciliation } from "../deletion/reconciliation.ts";
import { describePause } from "./describe-pause.ts";
import { holds, type PauseGate } from "./pause-gate.ts";

/** Whether a run may delete, as it comes to that. */
export interface HeldDeletions {
  /** Why it may not; empty where it may. */
  readonly reason: string;
  /** Notes that something was withheld by that, so that the end of the pause asks for a full run; or has. */
  note(blueprints: readonly Reconciliation[]): Promise<void>;
}

/** Looks whether deletions are paused. One that writes nothing tells what it would do without the pause. */
export async function tellOfHeldDeletions({
  store,
  run,
  pauses,
}: {
  readonly store: { readonly sql: Sql };
  readonly run: object | undefined;
  readonly pauses?: PauseGate | undefined;
}): Promise<HeldDeletions> {
  const standing = run === undefined ? undefined : await pauses?.look();
  const pause = standing?.pause;
  const isHeld = pause !== undefined && holds(pause, "deletion");
  return {
    reason: isHeld ? `${describePause(pause)}. To go on: pagerport resume` : "",
    async note(blueprints) {
      const isMore = blueprints.some(({ withheld }) => withheld.length > 0);
      if (isHeld && isMore) await noteWithheldByPause(store.sql);
    },
  };
}
