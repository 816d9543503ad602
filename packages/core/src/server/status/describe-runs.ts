import type { MappingNotes } from "../../store/notes/mapping-note.ts";
import { findNextDue } from "../../store/due-run.ts";
import { readQueuedRun } from "../../store/queued-run.ts";
import { type PastRun, readPastRuns, type RunHistory } from "../../store/run-history.ts";
import { readRunHolder } from "../../store/runs.ts";
import type { Sql } from "../../store/sql.ts";
import { toText, toTextOrNull } from "./moments.ts";
import type { StatusLag, StatusMapping, StatusRun, StatusRuns } from "./status-report.ts";

const minute = 60_000;
/** Milliseconds after its time that a resync may begin. */
const overdueAfter = 5 * minute;
/** Past runs that a status tells of. */
const shownRuns = 5;
/** Characters of a mapping's hash that a person compares. */
const shownDigits = 12;

/** Tells of resyncs from what the store holds. */
export async function describeRuns(
  sql: Sql,
  options: {
    /** By the database's clock. */
    readonly now: number;
    readonly history: RunHistory;
    /** Minutes between runs; 0 = nobody knows of a schedule. */
    readonly resyncMinutes: number;
    /** When the next begins, where that is known otherwise. */
    readonly nextAt: number | undefined;
  },
): Promise<StatusRuns> {
  const { now, history, resyncMinutes } = options;
  const holder = await readRunHolder(sql);
  const bySchedule =
    resyncMinutes === 0
      ? undefined
      : await findNextDue(sql, { interval: resyncMinutes * minute, now });
  const nextAt = options.nextAt ?? bySchedule;
  const past = await readPastRuns(sql, shownRuns);
  return {
    running: holder === undefined ? null : { owner: holder.owner, since: toText(holder.since) },
    queued: (await readQueuedRun(sql)) ?? null,
    lastFull: toRun(history.lastFull),
    lastDelta: toRun(history.lastDelta),
    last: past.flatMap((run) => toRun(run) ?? []),
    nextAt: toTextOrNull(nextAt),
    isOverdue: holder === undefined && nextAt !== undefined && now - nextAt > overdueAfter,
  };
}

/** The oldest change that is not in Port, or may not be. */
export function findLag(options: {
  /** When what the longest waiting event tells of happened. */
  readonly event: number | undefined;
  readonly runs: Pick<StatusRuns, "isOverdue">;
  readonly history: RunHistory;
}): StatusLag {
  const { event, runs, history } = options;
  // What no event tells of is in Port as it was when the last whole reading began.
  const run = runs.isOverdue ? history.lastComplete?.startedAt : undefined;
  const moments = [event, run].filter((moment) => moment !== undefined);
  return {
    since: moments.length === 0 ? null : toText(Math.min(...moments)),
    events: toTextOrNull(event),
    runs: toTextOrNull(run),
  };
}

/** Tells of the mapping in use; null where none was noted. */
export function describeMapping(
  { used, full, blocked }: MappingNotes,
  { lastFull }: RunHistory,
): StatusMapping | null {
  if (used === undefined) return null;
  const { digest, origin, since } = used;
  return {
    origin: origin ?? null,
    hash: digest.slice(0, shownDigits),
    since: toText(since),
    deletions: judgeDeletions({ digest, full, blocked, lastFull }),
    blocked,
  };
}

function judgeDeletions(known: {
  readonly digest: string;
  readonly full: string | undefined;
  readonly blocked: readonly string[];
  readonly lastFull: PastRun | undefined;
}): StatusMapping["deletions"] {
  const { digest, full, blocked, lastFull } = known;
  if (lastFull === undefined) return "pending";
  if (full === undefined) return "unknown";
  if (full !== digest) return "pending";
  const isHeld = blocked.length > 0 || lastFull.kept.some(({ brake }) => brake === "reader");
  return isHeld ? "withheld" : "through";
}

function toRun(run: PastRun | undefined): StatusRun | null {
  if (run === undefined || run.type === "import") return null;
  const { number, type, startedAt, endedAt, outcome } = run;
  return { number, type, startedAt: toText(startedAt), endedAt: toText(endedAt), outcome };
}
