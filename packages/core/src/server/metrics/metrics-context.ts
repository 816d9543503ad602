import type * as Prometheus from "prom-client";
import type { Clock } from "../../clock.ts";
import type { Store } from "../../store/open-store.ts";
import type { WebhookState } from "../webhook-state.ts";

/** What every part of the metrics is made with. */
export interface MetricsContext {
  /** The library, loaded. */
  readonly prometheus: typeof Prometheus;
  /** Takes in what a part makes. */
  readonly registry: Prometheus.Registry;
  readonly store: Store;
  readonly clock: Clock;
  readonly readWebhook: () => WebhookState;
}
