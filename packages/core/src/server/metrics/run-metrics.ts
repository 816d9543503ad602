import type { ServiceEvent } from "../../sync/sync-service.ts";
import { PausedError } from "../../sync/pause/paused-error.ts";
import { judgeSync, type SyncReport } from "../../sync/sync-report.ts";
import type { MetricsContext } from "./metrics-context.ts";

/** Seconds: from a delta of nothing to the first full run of a large account. */
const durationBuckets = [1, 5, 15, 60, 300, 900, 3600, 10_800, 43_200];

/**
 * How resyncs go:
 *
 * - `pagerport_resyncs_total{type,outcome}` runs that ended, `full` or `delta`; the outcome is
 *   {@link SyncVerdict}'s, or `failed` where the run broke off, `paused` where a person had it break off
 * - `pagerport_resync_duration_seconds{type}` histogram
 * - `pagerport_last_success_timestamp_seconds{kind}` when a kind was last read whole by a run, or an
 *   object of it last brought up to date by a live event
 */
export function addRunMetrics({ prometheus, registry, clock }: MetricsContext): {
  readonly onServiceEvent: (event: ServiceEvent) => void;
} {
  const { Counter, Gauge, Histogram } = prometheus;
  const registers = [registry];
  const resyncs = new Counter({
    name: "pagerport_resyncs_total",
    help: "Resyncs that ended, by type and outcome",
    labelNames: ["type", "outcome"],
    registers,
  });
  // What is counted for the first time would be no increase.
  for (const type of ["full", "delta"]) {
    for (const outcome of ["failed", "refused", "unavailable", "unfinished"]) {
      resyncs.inc({ type, outcome }, 0);
    }
  }
  const duration = new Histogram({
    name: "pagerport_resync_duration_seconds",
    help: "Time that resyncs took",
    labelNames: ["type"],
    buckets: durationBuckets,
    registers,
  });
  const lastSuccess = new Gauge({
    name: "pagerport_last_success_timestamp_seconds",
    help: "When a kind was last read whole, or an object of it brought up to date",
    labelNames: ["kind"],
    registers,
  });
  const succeed = (kind: string): void => lastSuccess.set({ kind }, clock.now() / 1000);
  return {
    onServiceEvent(event) {
      if (event.type === "processed") {
        const { outcome } = event.outcome;
        const isDone = outcome === "applied" || outcome === "deleted";
        if (isDone) succeed(event.key.slice(0, event.key.indexOf("/")));
      }
      if (event.type !== "run-ended") return;
      const { runType: type, report, error, milliseconds } = event;
      const brokeOff = error instanceof PausedError ? "paused" : "failed";
      resyncs.inc({ type, outcome: report === undefined ? brokeOff : judgeSync(report) });
      duration.observe({ type }, milliseconds / 1000);
      if (report === undefined) return;
      for (const kind of listComplete(report)) succeed(kind);
    },
  };
}

/** Kinds of which every resource was read whole. */
function listComplete({ resources }: SyncReport): string[] {
  const byKind = Map.groupBy(resources, ({ kind }) => kind);
  return [...byKind]
    .filter(([, ofKind]) => ofKind.every(({ state }) => state === "complete"))
    .map(([kind]) => kind);
}
