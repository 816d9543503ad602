import { PagerportError } from "../../errors.ts";
import type { Pause } from "../../store/pause.ts";
import { describePause } from "./describe-pause.ts";

/** Something would be written to Port, or deleted there, and somebody has paused that. It was not. */
export class PausedError extends PagerportError {
  override name = "PausedError";
  readonly pause: Pause;

  /** @param tryInstead what may be done all the same: a command, or a flag */
  constructor(pause: Pause, tryInstead?: string) {
    const instead = tryInstead === undefined ? "" : `; without writing: ${tryInstead}`;
    super(`${describePause(pause)}. To go on: pagerport resume${instead}`);
    this.pause = pause;
  }
}
