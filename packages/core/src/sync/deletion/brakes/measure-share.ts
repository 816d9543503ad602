import type { HeldCount } from "../../../store/deletion/held-counts.ts";

/** Milliseconds over which the share is counted: seven days. */
export const shareSpan = 7 * 24 * 3_600_000;

/** What is known of how many entities of a blueprint Port held. */
export interface HeldHistory {
  /** Of full runs, oldest first. */
  readonly counts: readonly HeldCount[];
  /** What it holds now. */
  readonly now: number;
  /** Those of it that Port says are older than seven days, for where no run is remembered. */
  readonly older: number;
}

/**
 * The most that a blueprint held in the last seven days, at most twice what it held when they began: what
 * was blown up a moment ago does not let more go.
 *
 * @param at PagerDuty's time
 */
export function findMostHeld({ counts, now, older }: HeldHistory, at: number): number {
  const begun = at - shareSpan;
  const before = counts.findLast((count) => count.at <= begun);
  const within = counts.filter((count) => count.at > begun);
  const most = Math.max(now, ...within.map(({ entities }) => entities));
  const [first] = within;
  // Where all that Port holds is new, there is nothing older to go by.
  const base = before?.entities ?? first?.entities ?? (older === 0 ? now : older);
  return Math.min(most, 2 * base);
}

/** The number of the last run of before the seven days; 0 where none is remembered. */
export function findRunBefore(counts: readonly HeldCount[], at: number): number {
  return counts.findLast((count) => count.at <= at - shareSpan)?.run ?? 0;
}
