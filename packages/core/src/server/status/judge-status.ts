import { findDecisions } from "./findings/find-decisions.ts";
import { findDrift } from "./findings/find-drift.ts";
import { findTroubles } from "./findings/find-troubles.ts";
import { findLateRuns } from "./findings/find-late-runs.ts";
import type { Finding, Severity } from "./finding.ts";
import type { StatusReport } from "./status-report.ts";

const order: readonly Severity[] = ["wrong", "waits", "note"];

/** Tells what a person should know of a status, the worst first; nothing where all is well. */
export function judgeStatus(report: StatusReport): Finding[] {
  const findings = [
    ...findTroubles(report),
    ...findLateRuns(report),
    ...findDrift(report),
    ...findDecisions(report),
  ];
  // Those of one severity stay in the order in which they were found.
  return order.flatMap((severity) => findings.filter((one) => one.severity === severity));
}

/** Whether nothing waits for a person: what scripts ask. */
export function isAllWell(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity === "note");
}
