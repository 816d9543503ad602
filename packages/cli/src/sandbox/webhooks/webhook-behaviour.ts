import type { Latency } from "../behaviour.ts";

/** How webhooks are delivered. Everything that PagerDuty's documentation leaves open is a switch. */
export interface WebhookBehaviour {
  /**
   * `resource`: in order of the events of each incident and service, the rest side by side, as PagerDuty
   * promises. `mixed`: the same, but resources take turns at random. `any`: nothing keeps its order.
   *
   * @default "resource"
   */
  readonly order: "resource" | "mixed" | "any";
  /** Share of deliveries that are made once more, later, under the same `X-Webhook-Id`. @default 0 */
  readonly duplicates: number;
  /** Share of deliveries that are never made. @default 0 */
  readonly losses: number;
  /** How long after its event a delivery is tried first, of the sandbox's clock. @default null */
  readonly delay: Latency | null;
  /** How long an answer may take; 5,000 is PagerDuty's figure. @default 5_000 */
  readonly timeoutMs: number;
  /** How long after each failure it is tried again; the last one repeats. PagerDuty tells no figures. @default 1 s, 5 s, 30 s, 2 min, 15 min */
  readonly retryMs: readonly number[];
  /** The most deliveries under way at once. @default 32 */
  readonly concurrency: number;
  /** What an answer of 3xx is; it is never followed. @default "drop" */
  readonly redirect: "drop" | "retry";
  /** Whether a subscription that is inactive or disabled is pinged. @default false */
  readonly pingInactive: boolean;
  /** Whether several subscriptions get one event under the same `event.id`. @default true */
  readonly sharedEventIds: boolean;
  /** Whether what is not ASCII is written as `\u` escapes. @default false */
  readonly escapeUnicode: boolean;
  /** The status of a created subscription: 201 by PagerDuty's conventions, 200 by its reference. @default 201 */
  readonly createStatus: 200 | 201;
  /** What an event type that does not exist leads to. @default "reject" */
  readonly unknownEvents: "accept" | "reject";
  /** What a changed `delivery_method` leads to, which cannot be changed. @default "ignore" */
  readonly changedDelivery: "ignore" | "reject";
  /** How many finished deliveries are remembered. @default 10_000 */
  readonly keep: number;
}

/** Webhooks as PagerDuty documents them. */
export const defaultWebhookBehaviour: WebhookBehaviour = {
  order: "resource",
  duplicates: 0,
  losses: 0,
  delay: null,
  timeoutMs: 5_000,
  retryMs: [1_000, 5_000, 30_000, 120_000, 900_000],
  concurrency: 32,
  redirect: "drop",
  pingInactive: false,
  sharedEventIds: true,
  escapeUnicode: false,
  createStatus: 201,
  unknownEvents: "reject",
  changedDelivery: "ignore",
  keep: 10_000,
};
