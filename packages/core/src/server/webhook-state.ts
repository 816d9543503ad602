import type { SubscriptionState } from "../sync/webhook/subscription-report.ts";

/** How it stands with the webhook: {@link SubscriptionState}, or `unknown` before it was looked at. */
export const webhookStates = [
  "unknown",
  "ready",
  "by-hand",
  "no-url",
  "denied",
  "refused",
  "failed",
] as const satisfies readonly (SubscriptionState | "unknown")[];

export interface WebhookState {
  readonly state: SubscriptionState | "unknown";
  /** Why, for a person; undefined where all is well. */
  readonly reason?: string | undefined;
}
