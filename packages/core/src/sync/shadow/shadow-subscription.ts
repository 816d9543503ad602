import type { Clock } from "../../clock.ts";
import { ConfigError, describeError } from "../../errors.ts";
import { LeaseLostError } from "../../store/lease.ts";
import { forgetSecret, keepSecret, webhookPurpose } from "../../store/secrets.ts";
import type { Sql } from "../../store/sql.ts";
import { forgetState, keepState, readState } from "../../store/state.ts";
import { withLease } from "../../store/with-lease.ts";
import { createSubscriptionOnce } from "../../webhook/create-once.ts";
import { listMappedEventTypes } from "../../webhook/event-types.ts";
import { planRepair, repairSubscription } from "../../webhook/repair-subscription.ts";
import {
  deleteSubscription,
  listSubscriptions,
  type SubscriptionsApi,
} from "../../webhook/subscriptions.ts";
import { isSameAddress } from "../../webhook/webhook-paths.ts";

/** Milliseconds between two looks at the subscription. */
const lookEvery = 10 * 60_000;
/** The same where PagerDuty did not answer. */
const retryAfter = 60_000;
/** Milliseconds that deleting it may take at the end. */
const farewell = 5000;

/** Under this name the store keeps the id of the shadow's own subscription. */
const subscriptionState = "shadow/subscription";
/** Held by the replica whose subscription it is. */
const subscriptionLease = "shadow/subscription";

const scope = { type: "account" } as const;

export interface ShadowSubscriptionOptions {
  /** What may change webhook subscriptions. */
  readonly api: SubscriptionsApi;
  readonly sql: Sql;
  readonly clock: Clock;
  /** Who looks, for others who wait: host and process. */
  readonly owner: string;
  /** Where the events are to go. */
  readonly url: string;
  readonly signal: AbortSignal;
  /** Told what was done: sentences. */
  readonly onNotice: (message: string) => void;
  /** Told of what is in the way; it is tried again. */
  readonly onTrouble: (message: string) => void;
  /** Told after each look whether events come. */
  readonly onState?: ((isReady: boolean) => void) | undefined;
}

/**
 * Keeps a webhook subscription of the shadow's own until the signal is aborted, and deletes it then. No other
 * is touched: where another sends to the same address there is none, as that one may be the other
 * integration's.
 */
export async function keepShadowSubscription(options: ShadowSubscriptionOptions): Promise<void> {
  const { signal } = options;
  while (!signal.aborted) {
    try {
      await withLease({ ...options, name: subscriptionLease }, async (held) => {
        await watch(options, held);
        // Whose lease is lost leaves it to whoever has it next.
        if (signal.aborted) await remove(options);
      });
    } catch (error) {
      if (!signal.aborted && !(error instanceof LeaseLostError)) throw error;
    }
  }
}

async function watch(options: ShadowSubscriptionOptions, held: AbortSignal): Promise<void> {
  const { clock, onTrouble, onState } = options;
  let told = "";
  while (!held.aborted) {
    let isReady = false;
    try {
      await ensure(options, held);
      isReady = true;
      told = "";
    } catch (error) {
      if (held.aborted) break;
      const message = describeError(error);
      if (message !== told) onTrouble(message);
      told = message;
    }
    onState?.(isReady);
    await clock.sleep(isReady ? lookEvery : retryAfter, held).catch(() => undefined);
  }
}

async function ensure(options: ShadowSubscriptionOptions, signal: AbortSignal): Promise<void> {
  const { api, sql, url, onNotice } = options;
  const events = listMappedEventTypes();
  const all = await listSubscriptions(api, { signal });
  const kept = await readState(sql, subscriptionState);
  const own = all.find(({ id }) => id === kept?.value && kept.value !== "");
  if (own !== undefined && isSameAddress(own.url, url)) {
    if (planRepair(own, { events }).length === 0) return;
    await repairSubscription(api, own, { events }, signal);
    onNotice(`Put the shadow's webhook subscription ${own.id} right`);
    return;
  }
  if (own !== undefined) await deleteOwn(options, own.id, signal);
  const other = all.find((one) => one.id !== own?.id && isSameAddress(one.url, url));
  if (other !== undefined) {
    throw new ConfigError(
      `The webhook subscription ${other.id} sends to this address already, and a shadow touches none but its own: give the shadow an address of its own, or delete that one where nobody needs it`,
      { setting: "PAGERPORT_BASE_URL" },
    );
  }
  const wanted = { url, scope, events, description: "pagerport shadow" };
  const made = await createSubscriptionOnce({
    api,
    wanted,
    before: all,
    async keepSecret(secret) {
      await keepState(sql, subscriptionState, secret.name);
      await keepSecret(sql, webhookPurpose, secret);
    },
    signal,
  });
  onNotice(
    `Made the webhook subscription ${made.subscription.id} at PagerDuty, for as long as the shadow runs`,
  );
}

/** Deletes it at the end, when nothing else may be begun any more. */
async function remove(options: ShadowSubscriptionOptions): Promise<void> {
  const { sql, clock, onNotice, onTrouble } = options;
  const kept = await readState(sql, subscriptionState);
  if (kept === undefined) return;
  const late = new AbortController();
  const ended = new AbortController();
  void clock
    .sleep(farewell, ended.signal)
    .then(() => late.abort(new Error("PagerDuty did not answer in time")))
    .catch(() => undefined);
  try {
    await deleteOwn(options, kept.value, late.signal);
    onNotice(`Deleted the webhook subscription ${kept.value}: the shadow ends`);
  } catch (error) {
    onTrouble(
      `The webhook subscription ${kept.value} could not be deleted; do it by hand: pagerport webhook delete ${kept.value} (${describeError(error)})`,
    );
  } finally {
    ended.abort();
  }
}

async function deleteOwn(
  { api, sql }: ShadowSubscriptionOptions,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  await deleteSubscription(api, id, signal);
  await forgetState(sql, subscriptionState);
  await forgetSecret(sql, webhookPurpose, id);
}
