import type { ServiceEvent } from "../../sync/sync-service.ts";
import { listEventTypes } from "../../webhook/event-types.ts";
import type { WebhookReceipt } from "../receive-webhook.ts";
import type { MetricsContext } from "./metrics-context.ts";

/** Seconds: an event is usually one request to each host, and a slow one waits for a rate limit. */
const processingBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Seconds: a host may be away over a weekend. */
const delayBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 21_600, 86_400, 259_200];

/**
 * What becomes of webhooks:
 *
 * - `pagerport_webhooks_total{type,outcome}` requests, by the type of the event in them (`none` where it
 *   was not read, `other` where PagerDuty has no such type) and {@link ReceiptOutcome}
 * - `pagerport_webhook_signatures_total{result}` requests whose signature was looked at, by
 *   {@link SignatureCheck}: many that are `wrong` mean a secret that is
 * - `pagerport_events_processed_total{type,outcome}` events that a job has ended, or put off, by
 *   {@link JobOutcome}
 * - `pagerport_event_processing_seconds` histogram: time that a job took for an object
 * - `pagerport_event_delay_seconds` histogram: from an event's receipt to its end
 */
export function addEventMetrics({ prometheus, registry, clock }: MetricsContext): {
  readonly onReceipt: (receipt: WebhookReceipt) => void;
  readonly onServiceEvent: (event: ServiceEvent) => void;
} {
  const { Counter, Histogram } = prometheus;
  const registers = [registry];
  const labelNames = ["type", "outcome"] as const;
  const received = new Counter({
    name: "pagerport_webhooks_total",
    help: "Requests to the webhook route, by type of event and outcome",
    labelNames,
    registers,
  });
  // What is counted for the first time would be no increase.
  received.inc({ type: "none", outcome: "refused" }, 0);
  const signatures = new Counter({
    name: "pagerport_webhook_signatures_total",
    help: "Requests by whether a known secret made their signature: matched, wrong or missing",
    labelNames: ["result"] as const,
    registers,
  });
  const processed = new Counter({
    name: "pagerport_events_processed_total",
    help: "Events brought to their end or put off, by type and outcome",
    labelNames,
    registers,
  });
  const processing = new Histogram({
    name: "pagerport_event_processing_seconds",
    help: "Time to bring one object up to date after its events",
    buckets: processingBuckets,
    registers,
  });
  const delay = new Histogram({
    name: "pagerport_event_delay_seconds",
    help: "Time from the receipt of an event to its end",
    buckets: delayBuckets,
    registers,
  });
  const known = new Set<string>(listEventTypes());
  // Whoever sends must not decide how many series there are.
  const nameType = (type: string | undefined): string => {
    if (type === undefined) return "none";
    return known.has(type) ? type : "other";
  };
  return {
    onReceipt({ eventType, outcome, signature }) {
      received.inc({ type: nameType(eventType), outcome });
      if (signature !== undefined) signatures.inc({ result: signature });
    },
    onServiceEvent(event) {
      if (event.type !== "processed") return;
      const { milliseconds } = event;
      const { outcome } = event.outcome;
      processing.observe(milliseconds / 1000);
      for (const { type, receivedAt } of event.events) {
        processed.inc({ type: nameType(type), outcome });
        // The other two are tried again.
        if (outcome === "failed" || outcome === "postponed") continue;
        // It was received by the database's clock, which may be ahead of ours.
        delay.observe(Math.max(0, clock.now() - receivedAt) / 1000);
      }
    },
  };
}
