import type { Clock } from "../../clock.ts";
import { forgetSecret, keepSecret, readSecrets, webhookPurpose } from "../../store/secrets.ts";
import type { Sql } from "../../store/sql.ts";
import { withLease } from "../../store/with-lease.ts";
import {
  provideSubscription,
  type ProvidedSubscription,
  type ProvideSubscriptionOptions,
} from "../../webhook/provide-subscription.ts";
import { deleteSubscription, type SubscriptionsApi } from "../../webhook/subscriptions.ts";
import { subscriptionLease } from "./ensure-subscription.ts";

/** The store of a server that takes the events of a subscription. */
export interface SubscriptionStore {
  readonly sql: Sql;
  readonly clock: Clock;
  /** Who manages subscriptions, for others who wait: host and process. */
  readonly owner: string;
}

/**
 * Does as `provideSubscription()` while no server of the store looks after its own, and keeps a new secret
 * in the store, so that the server knows it at once.
 *
 * @returns whether the store has the secret of the one that is there, too
 */
export async function provideKeptSubscription(
  options: ProvideSubscriptionOptions,
  store: SubscriptionStore,
): Promise<ProvidedSubscription & { readonly isKept: boolean }> {
  const { sql } = store;
  const lease = { ...store, name: subscriptionLease, signal: options.signal };
  return withLease(lease, async (signal) => {
    const provided = await provideSubscription({
      ...options,
      keepSecret: async (secret) => {
        await keepSecret(sql, webhookPurpose, secret);
        await options.keepSecret(secret);
      },
      signal,
    });
    return { ...provided, isKept: await hasKeptSecret(sql, provided.subscription.id) };
  });
}

/**
 * Deletes a subscription at PagerDuty, and then its secret in the store, if there is one.
 *
 * @returns false where PagerDuty had none
 */
export async function removeSubscription(
  api: SubscriptionsApi,
  id: string,
  options: { readonly sql?: Sql | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<boolean> {
  const wasThere = await deleteSubscription(api, id, options.signal);
  if (options.sql !== undefined) await forgetSecret(options.sql, webhookPurpose, id);
  return wasThere;
}

/** Whether a store has the secret of a subscription. */
export async function hasKeptSecret(sql: Sql, id: string): Promise<boolean> {
  return (await readSecrets(sql, webhookPurpose)).has(id);
}
