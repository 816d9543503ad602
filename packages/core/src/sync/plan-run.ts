import type { Clock } from "../clock.ts";
import { countIncidents } from "../source/count-incidents.ts";
import type { History } from "../source/incident-list.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { ImportRun } from "../store/import-state.ts";
import { overlapBetweenRuns } from "./import-journal.ts";

const second = 1000;

export interface PlanRunOptions {
  readonly pagerDuty: PagerDutyClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The finished run before this one. */
  readonly previous: ImportRun | undefined;
  /** Undefined where incidents are not wanted, or may not be read. */
  readonly history: History | undefined;
  /** As the user gave them, in milliseconds; inclusive and exclusive. */
  readonly since: number | undefined;
  readonly until: number | undefined;
}

/** Plans a new run: its range of incidents is fixed here, and counted. */
export async function planRun(options: PlanRunOptions): Promise<ImportRun> {
  const { pagerDuty, clock, signal, previous, history, since, until } = options;
  // One second more, so that incidents of this very second are in.
  const now = Math.floor((history?.date ?? clock.now()) / second) * second + second;
  const end = Math.min(until ?? now, now);
  // Without a first incident there is nothing before this moment; where nobody may look, who knows.
  const first = history === undefined ? 0 : (history.start ?? end);
  const start = Math.max(since ?? 0, first);
  const unread = previous?.readAgainFrom ?? Infinity;
  const from =
    previous === undefined
      ? start
      : Math.max(start, Math.min(previous.until - overlapBetweenRuns, unread));
  const isWhole = previous === undefined && since === undefined && until === undefined;
  let expected = 0;
  if (history !== undefined && history.start !== undefined && from < end) {
    expected = isWhole
      ? history.count
      : await countIncidents(pagerDuty, { since: from, until: end }, signal);
  }
  return {
    number: (previous?.number ?? 0) + 1,
    phase: "services",
    since: from,
    until: Math.max(end, from),
    position: from,
    expected,
    outputLength: previous?.outputLength ?? 0,
    refusedLength: previous?.refusedLength ?? 0,
    counts: {
      services: { fetched: 0, delivered: 0, failed: 0 },
      incidents: { fetched: 0, delivered: 0, failed: 0 },
    },
    problems: [],
    beganAt: history?.date ?? clock.now(),
  };
}
