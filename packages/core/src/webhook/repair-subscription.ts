import type { Subscription } from "./parse-subscription.ts";
import { enableSubscription, type SubscriptionsApi, updateSubscription } from "./subscriptions.ts";

/**
 * What was put right with a subscription.
 * - `activated`: somebody had switched it off
 * - `enabled`: PagerDuty had disabled it for a day, after events were refused
 * - `events`: it did not name all types of events that are wanted
 */
export type SubscriptionRepair = "activated" | "enabled" | "events";

export interface WantedEvents {
  /** Types of events that it must name. */
  readonly events: readonly string[];
  /** It must name no others. @default false */
  readonly isExact?: boolean | undefined;
}

/** What is to be put right with a subscription; nothing is done. */
export function planRepair(
  subscription: Subscription,
  wanted: WantedEvents,
): readonly SubscriptionRepair[] {
  const { isActive, isDisabled, events } = subscription;
  const repairs: SubscriptionRepair[] = [];
  if (!isActive) repairs.push("activated");
  if (isDisabled) repairs.push("enabled");
  const isMissing = wanted.events.some((type) => !events.includes(type));
  const hasMore = events.some((type) => !wanted.events.includes(type));
  if (isMissing || (wanted.isExact === true && hasMore)) repairs.push("events");
  return repairs;
}

/**
 * Puts right what {@link planRepair} has found.
 *
 * @throws {HttpError} where the token does not have the right
 */
export async function repairSubscription(
  api: SubscriptionsApi,
  subscription: Subscription,
  wanted: WantedEvents,
  signal?: AbortSignal,
): Promise<Subscription> {
  const { id, events } = subscription;
  const repairs = planRepair(subscription, wanted);
  let repaired = subscription;
  const isActivated = repairs.includes("activated");
  const isOther = repairs.includes("events");
  if (isActivated || isOther) {
    // What somebody has added is no harm.
    const all =
      wanted.isExact === true ? wanted.events : [...new Set([...events, ...wanted.events])];
    const change = { isActive: isActivated || undefined, events: isOther ? all : undefined };
    repaired = await updateSubscription(api, id, change, signal);
  }
  // Last, so that nothing arrives before the rest is right.
  if (repairs.includes("enabled")) repaired = await enableSubscription(api, id, signal);
  return repaired;
}
