import type { Clock } from "./clock.ts";

/** What both of a machine's clocks showed at one moment. */
export interface Moment {
  /** Milliseconds since 1970. It may be put forward or back, and goes on while the machine sleeps. */
  readonly wall: number;
  /** Milliseconds since any moment. Nobody sets it, and it may stand still while the machine sleeps. */
  readonly steady: number;
}

/** Looks at both clocks. */
export function readMoment(clock: Clock): Moment {
  const wall = clock.now();
  return { wall, steady: clock.steady?.() ?? wall };
}

/**
 * Milliseconds since a moment by the clock that says more, 0 at least. A process may be stopped and a
 * machine frozen, copied or put to sleep: one of the two may not notice, and that one must not decide.
 */
export function passedSince(moment: Moment, clock: Clock): number {
  const { wall, steady } = readMoment(clock);
  return Math.max(0, wall - moment.wall, steady - moment.steady);
}
