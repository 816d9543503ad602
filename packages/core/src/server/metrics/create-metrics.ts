import type { EventListener } from "../../events.ts";
import type { ServiceEvent } from "../../sync/sync-service.ts";
import type { WebhookReceipt } from "../receive-webhook.ts";
import { addClaimMetrics } from "./claim-metrics.ts";
import { addDeletionMetrics } from "./deletion-metrics.ts";
import { addEventMetrics } from "./event-metrics.ts";
import { addHostMetrics } from "./host-metrics.ts";
import type { MetricsContext } from "./metrics-context.ts";
import { addPlanMetrics } from "./plan-metrics.ts";
import { addPauseMetrics } from "./pause-metrics.ts";
import { addRetentionMetrics } from "./retention-metrics.ts";
import { addRunMetrics } from "./run-metrics.ts";
import { addStoreMetrics } from "./store-metrics.ts";

export interface MetricsOptions extends Omit<MetricsContext, "prometheus" | "registry"> {
  /** Of pagerport. */
  readonly version: string;
}

/** What a server counts, for Prometheus. It is told of everything by its three listeners. */
export interface Metrics {
  readonly onEvent: EventListener;
  readonly onServiceEvent: (event: ServiceEvent) => void;
  readonly onReceipt: (receipt: WebhookReceipt) => void;
  readonly contentType: string;
  /** All of it as text; what the store is asked for is as it is now. */
  render(): Promise<string>;
}

/**
 * Makes the metrics of one server. Names, in the order of the parts that keep them; counters and
 * histograms are this process's, what is read from the store is the same in every replica:
 *
 * - `pagerport_build_info{version}`
 * - events, see {@link addEventMetrics}: `pagerport_webhooks_total{type,outcome}`,
 *   `pagerport_webhook_signatures_total{result}`,
 *   `pagerport_events_processed_total{type,outcome}`, `pagerport_event_processing_seconds`,
 *   `pagerport_event_delay_seconds`
 * - the store, see {@link addStoreMetrics}: `pagerport_store_reachable`, `pagerport_store_persistent`,
 *   `pagerport_inbox_waiting`, `pagerport_inbox_dead`, `pagerport_inbox_oldest_age_seconds`,
 *   `pagerport_last_run_timestamp_seconds{type}`, `pagerport_deletions_withheld{blueprint,reason}`,
 *   `pagerport_deletions_waiting{blueprint}`, `pagerport_drift_entities{blueprint,kind}`,
 *   `pagerport_last_check_timestamp_seconds`, `pagerport_webhook_state{state}`
 * - hosts, see {@link addHostMetrics}: `pagerport_requests_total{host}`, `pagerport_retries_total{host}`,
 *   `pagerport_rate_limit_wait_seconds_total{host}`, `pagerport_host_paused{host}`
 * - runs, see {@link addRunMetrics}: `pagerport_resyncs_total{type,outcome}`,
 *   `pagerport_resync_duration_seconds{type}`, `pagerport_last_success_timestamp_seconds{kind}`
 * - deletions, see {@link addDeletionMetrics}: `pagerport_live_deletions_withheld_total{reason}`,
 *   `pagerport_false_deletions_total`, `pagerport_stubs_total`
 * - plans, see {@link addPlanMetrics}: `pagerport_plan_entities{blueprint,reason}`,
 *   `pagerport_plan_oldest_age_seconds{reason}`
 * - what is kept for a time, see {@link addRetentionMetrics}: `pagerport_deletion_journal_bytes{sort}`,
 *   `pagerport_deletion_journal_limit_bytes`, `pagerport_deletion_journal_full`, `pagerport_inbox_dead_expiring`
 * - pauses, see {@link addPauseMetrics}: `pagerport_paused{scope}`, `pagerport_paused_seconds{scope,ends}`
 * - claims, see {@link addClaimMetrics}: `pagerport_lost_claims_total{work}`
 *
 * Nothing is labelled by an id. The library is loaded here, since nothing but a server needs it.
 */
export async function createMetrics(options: MetricsOptions): Promise<Metrics> {
  const prometheus = await import("prom-client");
  const registry = new prometheus.Registry();
  const context = { ...options, prometheus, registry };
  new prometheus.Gauge({
    name: "pagerport_build_info",
    help: "The version that runs; always 1",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version: options.version }, 1);
  const events = addEventMetrics(context);
  const stored = addStoreMetrics(context);
  const hosts = addHostMetrics(context);
  const runs = addRunMetrics(context);
  const deletions = addDeletionMetrics(context);
  const plans = addPlanMetrics(context);
  const pauses = addPauseMetrics(context);
  const claims = addClaimMetrics(context);
  const retention = addRetentionMetrics(context);
  return {
    onEvent(event) {
      hosts.onEvent(event);
      claims.onEvent(event);
    },
    onServiceEvent(event) {
      events.onServiceEvent(event);
      hosts.onServiceEvent(event);
      runs.onServiceEvent(event);
      deletions.onServiceEvent(event);
    },
    onReceipt: events.onReceipt,
    contentType: registry.contentType,
    async render() {
      await stored.refresh();
      await Promise.all([plans.refresh(), pauses.refresh(), retention.refresh()]);
      return registry.metrics();
    },
  };
}
