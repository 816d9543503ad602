import { type Clock, systemClock } from "../clock.ts";

/**
 * When every test begins: in the morning of a Wednesday, with no handover of a schedule, no midnight, no
 * month's end and no change of clocks near.
 */
const testStart = Date.UTC(2026, 10, 25, 10);

/** Milliseconds from the machine's time to that of tests; a store's clock is shifted by it. */
export const testShift = testStart - Date.now();

/** The clock of tests in which time goes on: the machine's, as if the process had begun at a fixed time. */
export const testClock: Clock = {
  now: () => systemClock.now() + testShift,
  steady: () => performance.now(),
  sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
};
