/** Whose events a subscription gets. */
export interface SubscriptionFilter {
  readonly type: "account_reference" | "service_reference" | "team_reference";
  /** Of the service or the team; undefined for the account. */
  readonly id: string | undefined;
}

/** One webhook subscription; what a request may change of it is replaced as a whole. */
export interface Subscription {
  readonly id: string;
  readonly deliveryId: string;
  readonly url: string;
  readonly customHeaders: readonly { readonly name: string; readonly value: string }[];
  readonly description: string | null;
  readonly active: boolean;
  readonly events: readonly string[];
  readonly filter: SubscriptionFilter;
  /** What its webhooks are signed with: several while its secret is being changed, the newest first. */
  readonly secrets: readonly string[];
  /** Milliseconds since 1970 by the clock's traffic time, until which nothing is delivered. */
  readonly disabledUntil: number;
  /** Dropped webhooks since the last one that was not. */
  readonly drops: number;
}

/** What a subscription is made of. */
export type NewSubscription = Pick<
  Subscription,
  "url" | "customHeaders" | "description" | "active" | "events" | "filter"
>;

/** What a request may change. */
export type SubscriptionChanges = Partial<
  Pick<Subscription, "description" | "active" | "events" | "filter">
>;

/** How the value of a custom header is shown once it was given. */
const redacted = "-- redacted --";

/**
 * A subscription as the API gives it.
 *
 * @param now milliseconds since 1970 by the clock's traffic time
 * @param withSecret only in the answer to its creation
 */
export function subscriptionJson(
  subscription: Subscription,
  now: number,
  withSecret = false,
): object {
  const { id, deliveryId, url, customHeaders, description, active, events } = subscription;
  const { filter, secrets, disabledUntil } = subscription;
  return {
    delivery_method: {
      custom_headers: customHeaders.map(({ name }) => ({ name, value: redacted })),
      id: deliveryId,
      secret: withSecret ? (secrets[0] ?? null) : null,
      temporarily_disabled: disabledUntil > now,
      type: "http_delivery_method",
      url,
    },
    description,
    events,
    filter: filter.id === undefined ? { type: filter.type } : { id: filter.id, type: filter.type },
    id,
    active,
    oauth_client: null,
    type: "webhook_subscription",
  };
}
