import { ConfigError } from "../errors.ts";
import { createSubscriptionOnce, isSameScope } from "./create-once.ts";
import type { Subscription } from "./parse-subscription.ts";
import { planRepair, repairSubscription, type SubscriptionRepair } from "./repair-subscription.ts";
import { listSubscriptions, type NewSubscription, type SubscriptionsApi } from "./subscriptions.ts";
import type { WebhookSecret } from "./verify-signature.ts";
import { isSameAddress } from "./webhook-paths.ts";

export interface ProvideSubscriptionOptions {
  readonly api: SubscriptionsApi;
  readonly wanted: NewSubscription;
  /** Addresses that are as good as the wanted one: a server has several. */
  readonly alsoAt?: readonly string[] | undefined;
  /** Events are to be those that are wanted, and no others. @default false */
  readonly isExact?: boolean | undefined;
  /** See `CreateOnceOptions`; never called where there is one already. */
  readonly keepSecret: (secret: WebhookSecret) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** A subscription that is there now, and as it is wanted. */
export interface ProvidedSubscription {
  readonly subscription: Subscription;
  readonly isNew: boolean;
  readonly repaired: readonly SubscriptionRepair[];
  /** Others of the same address and scope, which do the same work again. */
  readonly duplicates: readonly Subscription[];
}

/**
 * Sees to it that there is a subscription of an address and scope: uses the one that is there and puts it
 * right, else makes one.
 *
 * @throws {ConfigError} where the one that is there sends other headers, which cannot be changed
 * @throws {HttpError} as `createSubscription()`
 */
export async function provideSubscription(
  options: ProvideSubscriptionOptions,
): Promise<ProvidedSubscription> {
  const { api, wanted, alsoAt = [], isExact, keepSecret, signal } = options;
  const urls = [wanted.url, ...alsoAt];
  const before = await listSubscriptions(api, { scope: wanted.scope, signal });
  const [found, ...duplicates] = before
    .filter(({ url, scope }) => isSameScope(scope, wanted.scope) && isOneOf(url, urls))
    .toSorted(compareState);
  if (found === undefined) {
    const made = await createSubscriptionOnce({ api, wanted, before, keepSecret, signal });
    return { subscription: made.subscription, isNew: true, repaired: [], duplicates: [] };
  }
  checkHeaders(found, wanted);
  const events = { events: wanted.events, isExact };
  const repaired = planRepair(found, events);
  const subscription = await repairSubscription(api, found, events, signal);
  return { subscription, isNew: false, repaired, duplicates };
}

/** Whether an address is one of several. */
export function isOneOf(url: string, urls: readonly string[]): boolean {
  return urls.some((one) => isSameAddress(one, url));
}

/** Those that work come first. */
export function compareState(one: Subscription, other: Subscription): number {
  return rate(one) - rate(other);
}

function rate({ isActive, isDisabled }: Subscription): number {
  if (!isActive) return 2;
  return isDisabled ? 1 : 0;
}

function checkHeaders({ id, headerNames }: Subscription, { headers }: NewSubscription): void {
  if (headers === undefined) return;
  const there = headerNames.map((name) => name.toLowerCase());
  const wanted = Object.keys(headers).map((name) => name.toLowerCase());
  const isSame = there.length === wanted.length && wanted.every((name) => there.includes(name));
  if (isSame) return;
  const named = headerNames.length === 0 ? "none" : headerNames.join(", ");
  throw new ConfigError(
    `The webhook subscription ${id} of this address and scope sends other headers (${named}), and PagerDuty cannot change them. Delete it first: pagerport webhook delete ${id}`,
    { setting: "--header" },
  );
}
