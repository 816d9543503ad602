export type { BehaviourChanges, Latency, Rejection } from "./behaviour.ts";
export type { CatalogAccess } from "./catalog-access.ts";
export type { DayOptions, DayReport } from "./day/play-day.ts";
export type { FaultKind, Faults } from "./faults.ts";
export type { IncidentJson } from "./incident-json.ts";
export type { Instant, Segment } from "./incident-times.ts";
export type { SandboxOptions } from "./options.ts";
export type { EntityJson } from "./port/entity-json.ts";
export type { Integration } from "./port/integrations.ts";
export type { OwnedEntityJson, PortAccess } from "./port/port-access.ts";
export type { PortBehaviour } from "./port/port-behaviour.ts";
export type { RateLimit } from "./rate-window.ts";
export type { Received, Recording } from "./received.ts";
export { type Sandbox, startSandbox } from "./start-sandbox.ts";
export type { RequestListener, RequestNotice, TrafficCounts } from "./traffic.ts";
export type { ServiceJson } from "./service-json.ts";
export type { Delivery, DeliveryStatus, DropReason } from "./webhooks/delivery.ts";
export type { WebhookEvent } from "./webhooks/event.ts";
export { type EventType, eventTypes } from "./webhooks/event-types.ts";
export type { Attempt } from "./webhooks/post-webhook.ts";
export type { Subscription, SubscriptionFilter } from "./webhooks/subscription.ts";
export type {
  DeliverySelection,
  SandboxWebhooks,
  SubscribeOptions,
} from "./webhooks/webhook-access.ts";
export type { WebhookBehaviour } from "./webhooks/webhook-behaviour.ts";
export type { WebhookListener } from "./webhooks/webhooks.ts";
