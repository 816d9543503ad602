import { type EndedPause, endPassedPause, type Pause, wakePostponed } from "../../store/pause.ts";
import type { Sql } from "../../store/sql.ts";
import type { PauseGate } from "./pause-gate.ts";

/** That somebody has paused, or that a pause has ended. */
export type PauseEvent =
  | { readonly type: "pause-began"; readonly pause: Pause }
  | {
      readonly type: "pause-ended";
      readonly pause: Pause;
      /** Who ended it; undefined: its time had passed. */
      readonly by: string | undefined;
    };

export interface WatchPausesOptions {
  readonly sql: Sql;
  readonly gate: PauseGate;
  readonly tell: (event: PauseEvent) => void;
  /** Told after a pause has ended. */
  readonly onEnd: () => void;
}

/**
 * Makes what tells of pauses that others begin and end, and ends those whose time has passed: each call is
 * one look.
 */
export function createPauseWatch(options: WatchPausesOptions): () => Promise<void> {
  const { sql, gate, tell, onEnd } = options;
  /** The pause of which it was told last that it began. */
  let known: string | undefined;
  let knownEnd: number | undefined;
  let isFirst = true;

  function tellOf(pause: Pause | undefined, ended: EndedPause | undefined): boolean {
    const isNewEnd = !isFirst && ended !== undefined && ended.endedAt !== knownEnd;
    if (isNewEnd) {
      // One that began and ended between two looks is told of as well.
      if (nameOf(ended.pause) !== known) tell({ type: "pause-began", pause: ended.pause });
      tell({ type: "pause-ended", pause: ended.pause, by: ended.by });
    }
    if (pause !== undefined && nameOf(pause) !== known) tell({ type: "pause-began", pause });
    if (pause !== undefined) known = nameOf(pause);
    knownEnd = ended?.endedAt;
    isFirst = false;
    return isNewEnd;
  }

  return async () => {
    const { pause, hasPassed, ended } = await gate.look();
    if (hasPassed) await endPassedPause(sql);
    if (!tellOf(pause, ended)) return;
    // Events that were put off in the very moment in which it ended.
    await wakePostponed(sql);
    onEnd();
  };
}

function nameOf(pause: Pause): string {
  return JSON.stringify(pause);
}
