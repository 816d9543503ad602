import type { ServiceEvent } from "../../sync/sync-service.ts";
import { judgeSync, type SyncReport } from "../../sync/sync-report.ts";
import type { MetricsContext } from "./metrics-context.ts";

/** Seconds: from a delta of nothing to the first full run of a large account. */
const durationBuckets = [1, 5, 15, 60, 300, 900, 3600, 10_800, 43_200];

/**
 * How resyncs go:
 *
 * - `pagerport_resyncs_total{type,outcome}` runs that ended, `full` or `delta`; the outcome is
 *   {@link SyncVerdict}'s, or `failed` where the run broke off
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
      const { runType: type, report, milliseconds } = event;
      resyncs.inc({ type, outcome: report === undefined ? "failed" : judgeSync(report) });
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
