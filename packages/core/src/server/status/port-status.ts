import { toText, toTextOrNull } from "./moments.ts";
import type { StatusReport, StatusRun } from "./status-report.ts";

const overdueAfter = 5 * 60_000;

/** What Port knows of an integration's resyncs; moments in milliseconds since 1970. */
export interface PortResyncs {
  readonly status: "running" | "completed" | "failed" | "aborted" | undefined;
  readonly lastStart: number | undefined;
  readonly lastEnd: number | undefined;
  readonly next: number | undefined;
}

/**
 * How an integration is by Port's word alone, for whoever reaches neither its server nor its store. Port
 * does not tell whether a run was a full one.
 */
export function describePortStatus(options: {
  readonly integrationIdentifier: string;
  readonly resyncs: PortResyncs;
  /** Milliseconds since 1970. */
  readonly now: number;
}): StatusReport {
  const { integrationIdentifier, resyncs, now } = options;
  const { status, lastStart, lastEnd, next } = resyncs;
  const isRunning = status === "running" && lastStart !== undefined;
  const last = toRun(resyncs);
  const isOverdue = !isRunning && next !== undefined && now - next > overdueAfter;
  const since = isOverdue ? toTextOrNull(lastStart ?? lastEnd) : null;
  return {
    from: "port",
    at: toText(now),
    integration: integrationIdentifier,
    store: null,
    hosts: { account: null, portOrg: null, foreign: null },
    server: null,
    mapping: null,
    runs: {
      running: isRunning ? { owner: "by Port's word", since: toText(lastStart) } : null,
      queued: null,
      lastFull: null,
      lastDelta: null,
      last: last === undefined ? [] : [last],
      nextAt: toTextOrNull(next),
      isOverdue,
    },
    lag: { since, events: null, runs: since },
    webhook: null,
    inbox: null,
    journal: null,
    plans: [],
    withheld: [],
    pause: null,
    pausedHosts: null,
    budgets: [],
    check: null,
  };
}

function toRun({ status, lastStart, lastEnd }: PortResyncs): StatusRun | undefined {
  if (status === "running" || status === undefined || lastEnd === undefined) return undefined;
  const outcome = status === "completed" ? "complete" : "failed";
  const startedAt = toText(lastStart ?? lastEnd);
  return { number: null, type: "full", startedAt, endedAt: toText(lastEnd), outcome };
}
