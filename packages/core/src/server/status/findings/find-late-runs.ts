import { describeAge, describeMoment } from "../describe-age.ts";
import type { Finding } from "../finding.ts";
import type { StatusReport } from "../status-report.ts";

const hour = 3_600_000;
/** Milliseconds after which a full resync is missed, as the alert has it: two days. */
const fullLasts = 48 * hour;
/** Milliseconds that a run goes on for at most by Port's word; a process that died says so for ever. */
const longestRun = 2 * hour;

/** Resyncs that are missing, late or broken. */
export function findLateRuns(report: StatusReport): Finding[] {
  return [...findBroken(report), ...findOverdue(report), ...findFull(report)];
}

function findBroken({ runs: { last }, from, at }: StatusReport): Finding[] {
  const [latest, before] = last;
  if (latest === undefined || isWhole(latest.outcome)) return [];
  const isRepeated = from === "port" || (before !== undefined && !isWhole(before.outcome));
  const name = latest.number === null ? "The last resync" : `Run ${latest.number} (${latest.type})`;
  const what = `${name} broke off ${describeAge(latest.endedAt, at)} ago${isRepeated ? "" : "; it is tried again by itself"}`;
  const severity = isRepeated ? "wrong" : "note";
  return [{ severity, about: "runs/broken", what, todo: "pagerport doctor" }];
}

function findOverdue({ runs, lag, from, at }: StatusReport): Finding[] {
  const { running, nextAt, isOverdue } = runs;
  if (isOverdue && nextAt !== null) {
    const since =
      lag.runs === null ? "" : `; changes since ${describeMoment(lag.runs)} may be missing`;
    const what = `A resync was due ${describeAge(nextAt, at)} ago and has not begun${since}`;
    return [{ severity: "wrong", about: "runs/overdue", what, todo: "pagerport sync" }];
  }
  if (from !== "port" || running === null) return [];
  if (Date.parse(at) - Date.parse(running.since) <= longestRun) return [];
  const what = `By Port's word a resync has been running for ${describeAge(running.since, at)}: its process may have died`;
  return [{ severity: "wrong", about: "runs/stuck", what, todo: "pagerport sync" }];
}

function findFull({ from, runs, at }: StatusReport): Finding[] {
  if (from === "port") return [];
  const { lastFull, running } = runs;
  if (lastFull === null) {
    const what = "No full resync has ended yet";
    const severity = running === null ? "wrong" : "note";
    return [{ severity, about: "runs/full", what, todo: "pagerport sync" }];
  }
  if (Date.parse(at) - Date.parse(lastFull.endedAt) <= fullLasts) return [];
  const what = `The last full resync ended ${describeAge(lastFull.endedAt, at)} ago`;
  return [{ severity: "wrong", about: "runs/full", what, todo: "pagerport sync" }];
}

function isWhole(outcome: string): boolean {
  return outcome === "complete" || outcome === "incomplete";
}
