import type { Attempt } from "./post-webhook.ts";

/**
 * Where a delivery stands: `queued` behind others or not begun; `waiting` for a moment of the clock, to be
 * tried (again); the rest is final. `lost` was never tried, where losses are switched on.
 */
export type DeliveryStatus = "queued" | "sending" | "waiting" | "delivered" | "dropped" | "lost";

/** Why a delivery was dropped. */
export type DropReason =
  /** The subscriber refused it, or its certificate is bad. */
  | "refused"
  /** It was tried for two days. */
  | "expired"
  /** Its subscription rests, is inactive or gone. */
  | "disabled"
  /** It is larger than 256 kB. */
  | "too-large";

/** One event on its way to one subscriber. */
export interface Delivery {
  /** From 1 on. */
  readonly number: number;
  /** `X-Webhook-Id`: the same in each attempt and each duplicate. */
  readonly webhookId: string;
  readonly subscriptionId: string;
  readonly eventId: string;
  readonly eventType: string;
  /** `incidents/Q…` or `services/P…`; undefined for a ping. */
  readonly resource: string | undefined;
  readonly status: DeliveryStatus;
  readonly reason: DropReason | undefined;
  readonly attempts: readonly Attempt[];
  /** What is sent, byte for byte. */
  readonly body: string;
}

/** A delivery as only the sandbox itself may change it. */
export type OpenDelivery = { -readonly [Name in keyof Delivery]: Delivery[Name] } & {
  readonly attempts: Attempt[];
  /** Whether it arrived before, and this is one time more than needed. */
  isExtra: boolean;
};
