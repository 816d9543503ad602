import type { Clock } from "../clock.ts";
import { describeError } from "../errors.ts";
import type { KindCount } from "../store/import-state.ts";

/** What an import read, delivered and could not deliver. */
export interface ImportReport {
  /** Every object of every kind was read and is delivered; nothing was refused or left out. */
  readonly complete: boolean;
  /** This run went on where an earlier one had stopped. */
  readonly resumed: boolean;
  /** Counted over all processes of this import. */
  readonly kinds: Readonly<Record<string, Readonly<KindCount>>>;
  /** Requests of this process, retries included. */
  readonly requests: { readonly pagerduty: number; readonly port: number };
  readonly durationMs: number;
  /** What is missing and why, for a person. */
  readonly problems: readonly string[];
  /** What ended the run early: an error, or the signal's reason. The same command goes on from there. */
  readonly stoppedBy?: unknown;
}

/** What an import has come to so far. */
export interface ImportStanding {
  readonly problems: readonly string[];
  readonly isResumed: boolean;
  countKinds(): ImportReport["kinds"];
}

/** Makes the report of an import that ended, or was stopped, even before it could begin. */
export function createImportReport(
  options: {
    readonly kinds: readonly string[];
    readonly clock: Clock;
    readonly countRequests: () => ImportReport["requests"];
  },
  ended: {
    readonly startedAt: number;
    readonly standing?: ImportStanding;
    readonly stoppedBy?: unknown;
  },
): ImportReport {
  const { standing, stoppedBy, startedAt } = ended;
  const problems = [...(standing?.problems ?? [])];
  if (stoppedBy !== undefined) problems.push(describeError(stoppedBy));
  const kinds = standing?.countKinds() ?? countNothing(options.kinds);
  const failed = Object.values(kinds).some((count) => count.failed > 0);
  return {
    complete: stoppedBy === undefined && problems.length === 0 && !failed,
    resumed: standing?.isResumed ?? false,
    kinds,
    requests: options.countRequests(),
    durationMs: options.clock.now() - startedAt,
    problems,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
  };
}

/** The counts of a run for the kinds that were asked for. */
export function countKinds(
  kinds: readonly ("services" | "incidents")[],
  counts: Readonly<Record<"services" | "incidents", KindCount>> | undefined,
): ImportReport["kinds"] {
  if (counts === undefined) return countNothing(kinds);
  return Object.fromEntries(kinds.map((kind) => [kind, counts[kind]]));
}

function countNothing(kinds: readonly string[]): ImportReport["kinds"] {
  return Object.fromEntries(kinds.map((kind) => [kind, { fetched: 0, delivered: 0, failed: 0 }]));
}
