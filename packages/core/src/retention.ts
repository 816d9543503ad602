const day = 24 * 3_600_000;
const mebibyte = 1024 * 1024;

/** How long what was deleted, and what failed for good, is kept, and how much room the former may take. */
export interface Retention {
  /** Days. */
  readonly days: number;
  /** Days, for kinds that end by themselves all the time: an on-call goes with each shift. */
  readonly rotatingDays: number;
  /** Bytes of the journal of deletions; 0 = no limit. */
  readonly limit: number;
}

/** A quarter of a year: what somebody misses once a quarter can be put back. */
export const defaultKeepDays = 90;
/** A week: who was on call last week is still asked for, and is in PagerDuty for longer. */
export const defaultKeepRotatingDays = 7;
/**
 * MiB: half of the volume that `deploy/` gives a server. On-calls of 800 schedules that are handed over each hour
 * take 130 in a week.
 */
export const defaultJournalLimit = 512;

/** What holds where nothing is set. */
export const defaultRetention: Retention = {
  days: defaultKeepDays,
  rotatingDays: defaultKeepRotatingDays,
  limit: defaultJournalLimit * mebibyte,
};

/** For how long something is kept, in milliseconds. */
export function keptFor({ days, rotatingDays }: Retention, rotates: boolean): number {
  return (rotates ? rotatingDays : days) * day;
}

/** What the journal of deletions takes, in bytes. */
export interface JournalSize {
  /** Of what is kept until its time has passed. */
  readonly firm: number;
  /** Of kinds that rotate: dropped earlier where room is needed. */
  readonly rotating: number;
}

/** @returns as people write it, without its unit: `99.5` */
export function formatMebibytes(bytes: number): string {
  return (bytes / mebibyte).toFixed(1);
}
