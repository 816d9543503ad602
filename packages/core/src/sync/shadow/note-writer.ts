import type { ResyncState } from "../../sink/port/resync-state.ts";
import type { Ledger } from "./ledger.ts";

/** Notes what Port tells of the resyncs of the integration that writes. */
export function noteWriter(ledger: Ledger, state: ResyncState): void {
  const { status, lastStart, lastEnd } = state;
  if (status === undefined || status === "running") return;
  if (lastStart === undefined || lastEnd === undefined) return;
  const { writer, startedAt } = ledger;
  if (writer.lastEnd !== undefined && lastEnd <= writer.lastEnd) return;
  const hasFailed = status !== "completed";
  writer.lastStart = lastStart;
  writer.lastEnd = lastEnd;
  writer.hasFailed = hasFailed;
  if (lastEnd < startedAt) return;
  writer.resyncs += 1;
  if (hasFailed) writer.failed += 1;
}
