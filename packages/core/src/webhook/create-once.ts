import { HttpError, NetworkError, PagerportError } from "../errors.ts";
import { maskPath } from "../http/mask-url.ts";
import type { Subscription, SubscriptionScope } from "./parse-subscription.ts";
import {
  createSubscription,
  deleteSubscription,
  listSubscriptions,
  type NewSubscription,
  type SubscriptionsApi,
} from "./subscriptions.ts";
import type { WebhookSecret } from "./verify-signature.ts";
import { isSameAddress } from "./webhook-paths.ts";

/**
 * Subscriptions that the account as a whole, one service or one team takes.
 * {@link https://support.pagerduty.com/main/docs/webhooks}
 */
export const mostOfScope = 10;

/** Whether two scopes are the same; one of an unknown kind is like no other. */
export function isSameScope(
  one: SubscriptionScope | undefined,
  other: SubscriptionScope | undefined,
): boolean {
  if (one === undefined || other === undefined) return false;
  return one.type === other.type && one.id === other.id;
}

export interface CreateOnceOptions {
  readonly api: SubscriptionsApi;
  readonly wanted: NewSubscription;
  /** Those that there were just before, at least of the same scope. */
  readonly before: readonly Subscription[];
  /**
   * Keeps the secret, which is told this once: called before anything else is done. Where it cannot, the
   * subscription is deleted again.
   */
  readonly keepSecret: (secret: WebhookSecret) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a subscription, and removes those that were made in vain: the request is repeated where its answer
 * gets lost, and then there is one more, whose secret nobody knows.
 *
 * @returns the ids of those that were removed, too
 * @throws {HttpError} where the scope is full, telling what there is
 */
export async function createSubscriptionOnce(options: CreateOnceOptions): Promise<{
  readonly subscription: Subscription;
  readonly secret: string;
  readonly removed: readonly string[];
}> {
  const { api, wanted, keepSecret, signal } = options;
  let created: Awaited<ReturnType<typeof createSubscription>>;
  try {
    created = await createSubscription(api, wanted, signal);
  } catch (error) {
    if (isUncertain(error)) await removeLost(options, undefined);
    throw explainLimit(error, options);
  }
  const { subscription, secret } = created;
  try {
    await keepSecret({ name: subscription.id, value: secret });
  } catch (error) {
    await tryDelete(options, subscription.id);
    throw error;
  }
  return { subscription, secret, removed: await removeLost(options, subscription.id) };
}

/** There may be one although no answer told so. */
function isUncertain(error: unknown): boolean {
  return error instanceof NetworkError || (error instanceof HttpError && error.status >= 500);
}

/** Whoever cannot look now, or delete, leaves them to a later look. */
async function removeLost(
  { api, wanted, before, signal }: CreateOnceOptions,
  except: string | undefined,
): Promise<string[]> {
  const removed: string[] = [];
  try {
    const known = new Set([except, ...before.map(({ id }) => id)]);
    const now = await listSubscriptions(api, { scope: wanted.scope, signal });
    for (const { id, url, scope } of now) {
      const isLost =
        !known.has(id) && isSameAddress(url, wanted.url) && isSameScope(scope, wanted.scope);
      if (isLost && (await deleteSubscription(api, id, signal))) removed.push(id);
    }
  } catch (error) {
    if (!(error instanceof PagerportError)) throw error;
  }
  return removed;
}

async function tryDelete({ api, signal }: CreateOnceOptions, id: string): Promise<void> {
  try {
    await deleteSubscription(api, id, signal);
  } catch {
    // That the secret could not be kept is what the caller has to know.
  }
}

function explainLimit(error: unknown, { wanted, before }: CreateOnceOptions): unknown {
  if (!(error instanceof HttpError) || error.status !== 400) return error;
  const there = before.filter(({ scope }) => isSameScope(scope, wanted.scope));
  if (there.length < mostOfScope) return error;
  const lines = there.map(
    ({ id, url, description }) =>
      `  ${[id, describeAddress(url), description].join("  ").trimEnd()}`,
  );
  return error.withAdvice(
    `${describeScope(wanted.scope)} has ${there.length} webhook subscriptions already, and PagerDuty takes no more than ${mostOfScope}. Delete one that is of no use:\n${lines.join("\n")}`,
  );
}

/** `The account`, `Service P1`. */
function describeScope({ type, id }: SubscriptionScope): string {
  if (type === "account") return "The account";
  return `${type === "service" ? "Service" : "Team"} ${id}`;
}

/** Without its path, which may be a secret. */
function describeAddress(url: string): string {
  return URL.canParse(url) ? maskPath(url) : "";
}
