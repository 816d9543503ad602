import type { Subscription, SubscriptionScope } from "../../webhook/parse-subscription.ts";
import type { SubscriptionRepair } from "../../webhook/repair-subscription.ts";

/**
 * - `ready`: PagerDuty sends what happens in the whole account
 * - `by-hand`: there is no public address, but a secret was configured: whoever made the subscription
 *   looks after it
 * - `no-url`: there is no public address, and no secret
 * - `denied`: PagerDuty does not let the token see to it (401, 402, 403), or it is of another account
 * - `refused`: PagerDuty does not take it: the scope is full, the address is none that it can reach …
 * - `failed`: PagerDuty, or the store, did not answer
 */
export type SubscriptionState = "ready" | "by-hand" | "no-url" | "denied" | "refused" | "failed";

/** How things stand with the subscription, and what was done. Moments are by the database's clock. */
export interface SubscriptionReport {
  readonly state: SubscriptionState;
  /** Whether any secret is known: without one no webhook can be taken. */
  readonly hasSecret: boolean;
  /** Where its events go, or would go; undefined where there is no public address. */
  readonly url: string | undefined;
  /** Undefined where there is none, or it could not be read. */
  readonly id: string | undefined;
  readonly scope: SubscriptionScope | undefined;
  /** The last sign of life before it was found switched off, where it still is; 0 where there was none. */
  readonly disabledSince: number | undefined;
  /** What was put right. `created`: there was none. `replaced`: nobody knew the secret of the one there was. */
  readonly repaired: readonly ("created" | "replaced" | SubscriptionRepair)[];
  /** Ids of those that were deleted: replaced, made twice. */
  readonly removed: readonly string[];
  /** Ids of those that are deleted as soon as the first event of the new one has come. */
  readonly replacing: readonly string[];
  /** Others at our address, which are left alone: of services or teams, or with a configured secret. */
  readonly others: readonly Subscription[];
  /** Those that were made for another address of this server, which are left alone too. */
  readonly moved: readonly Subscription[];
  /** When its last event came; undefined for never. */
  readonly lastEvent: number | undefined;
  /** From when events may be missing; 0 where that cannot be told, undefined where none are. */
  readonly missedSince: number | undefined;
  /** Why the state is what it is; undefined where it is `ready` or `by-hand`. */
  readonly error: Error | undefined;
}

/** What a person should know of a report: what was done, what is wrong, and what to do; a sentence each. */
export function describeSubscription(report: SubscriptionReport): string[] {
  const { id = "", repaired, removed, replacing, others, moved, error } = report;
  const lines = repaired.map((repair) => describeRepair(repair, id));
  if (removed.length > 0) {
    lines.push(`Deleted webhook subscriptions that nobody needs any more: ${removed.join(", ")}`);
  }
  if (replacing.length > 0) {
    lines.push(
      `Webhook subscriptions whose secret is not known are deleted as soon as the first event of ${id} has come: ${replacing.join(", ")}`,
    );
  }
  if (others.length > 0) {
    const named = others.map((other) => `${other.id} (${describeWhose(other)})`).join(", ");
    lines.push(`Other webhook subscriptions send to this server too, and are left alone: ${named}`);
  }
  if (moved.length > 0) {
    const ids = moved.map((one) => one.id).join(" ");
    lines.push(
      `Webhook subscriptions were made for another address of this server; where that is no more, delete them in PagerDuty (Integrations > Generic Webhooks (v3)): pagerport webhook delete ${ids}`,
    );
  }
  if (error !== undefined) lines.push(error.message);
  return lines;
}

function describeRepair(repair: SubscriptionReport["repaired"][number], id: string): string {
  const lines = {
    created: `Made the webhook subscription ${id} at PagerDuty`,
    replaced: `Made the webhook subscription ${id} at PagerDuty in place of one whose secret is not known here`,
    activated: `Switched the webhook subscription ${id} on again; somebody had switched it off`,
    enabled: `Enabled the webhook subscription ${id} again; PagerDuty had disabled it after events were refused`,
    events: `Added the types of events that the webhook subscription ${id} lacked`,
  };
  return lines[repair];
}

function describeWhose({ scope }: Subscription): string {
  if (scope === undefined) return "of a scope that is not known";
  return scope.type === "account" ? "of the account" : `of ${scope.type} ${scope.id}`;
}
