import { hash, unit } from "../random.ts";
import type { SandboxClock } from "../sandbox-clock.ts";
import type { DeliveryStatus, DropReason, OpenDelivery } from "./delivery.ts";
import { Lanes } from "./lanes.ts";
import { postWebhook } from "./post-webhook.ts";
import { webhookSignature } from "./signature.ts";
import type { Subscription } from "./subscription.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { WebhookBehaviour } from "./webhook-behaviour.ts";

/** PagerDuty's sizes in bytes: up to the first in order, up to the second at all. */
const mostOrderedBytes = 56_320;
const mostBytes = 262_144;

/** How long a webhook is tried (PagerDuty's guide: up to 48 hours). */
const mostRetryMs = 48 * 3_600_000;

/** What {@link Deliveries} needs. */
export interface DeliveriesOptions {
  readonly key: number;
  readonly clock: SandboxClock;
  readonly subscriptions: Subscriptions;
  readonly behaviour: () => WebhookBehaviour;
  readonly fetch: (request: Request) => Promise<Response>;
  /** Aborted when the sandbox closes. */
  readonly closing: AbortSignal;
}

/** What is on its way to subscribers, and what became of what was. */
export class Deliveries {
  readonly counts: Record<DeliveryStatus, number> = {
    queued: 0,
    sending: 0,
    waiting: 0,
    delivered: 0,
    dropped: 0,
    lost: 0,
  };
  readonly lanes: Lanes<OpenDelivery>;
  readonly #options: DeliveriesOptions;
  /** By number; the oldest finished ones are forgotten. */
  readonly #known = new Map<number, OpenDelivery>();
  #number = 0;
  #choices = 0;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    const { clock, behaviour, closing, key } = options;
    this.lanes = new Lanes({
      clock,
      run: (delivery) => this.#try(delivery),
      concurrency: () => behaviour().concurrency,
      choose: (count) =>
        behaviour().order === "resource" ? 0 : hash(key, this.#choices++, 611) % count,
    });
    closing.addEventListener("abort", () => this.lanes.close());
  }

  /** Those that are remembered, in order of their number. */
  all(): Iterable<OpenDelivery> {
    return this.#known.values();
  }

  find(number: number): OpenDelivery | undefined {
    return this.#known.get(number);
  }

  /** Sends an event to a subscriber. */
  add(
    subscription: Subscription,
    event: {
      readonly id: string;
      readonly type: string;
      readonly resource: string | undefined;
      readonly body: string;
    },
  ): void {
    const number = ++this.#number;
    const delivery: OpenDelivery = {
      number,
      webhookId: webhookId(this.#options.key, number),
      subscriptionId: subscription.id,
      eventId: event.id,
      eventType: event.type,
      resource: event.resource,
      status: "queued",
      reason: undefined,
      attempts: [],
      body: event.body,
      isExtra: false,
    };
    this.#known.set(number, delivery);
    this.counts.queued++;
    const bytes = Buffer.byteLength(event.body);
    if (bytes > mostBytes) return this.#drop(delivery, "too-large");
    if (this.#options.subscriptions.isResting(subscription)) {
      return this.#drop(delivery, "disabled");
    }
    this.#enqueue(delivery, bytes);
  }

  /** Sends again what was sent before, under the same id. */
  repeat(delivery: OpenDelivery): void {
    this.#move(delivery, "queued");
    delivery.reason = undefined;
    delivery.isExtra = delivery.attempts.some(isSuccess);
    this.lanes.add(`again ${delivery.number} ${this.#choices++}`, delivery);
  }

  /** Drops what waits for a subscription. */
  dropQueue(subscriptionId: string): void {
    const waiting = this.lanes.remove((delivery) => delivery.subscriptionId === subscriptionId);
    for (const delivery of waiting) this.#drop(delivery, "disabled");
  }

  #enqueue(delivery: OpenDelivery, bytes: number): void {
    const { behaviour, clock, key } = this.#options;
    const { order, delay } = behaviour();
    const { number, subscriptionId, resource } = delivery;
    const isOrdered = order !== "any" && bytes <= mostOrderedBytes && resource !== undefined;
    const lane = isOrdered ? `${subscriptionId} ${resource}` : `single ${number}`;
    if (delay === null) return this.lanes.add(lane, delivery);
    this.#move(delivery, "waiting");
    const share = unit(key, number, 612);
    const waitMs = delay.minMs + share * (delay.maxMs - delay.minMs);
    this.lanes.add(lane, delivery, clock.traffic() + waitMs);
  }

  /** Tries once. @returns when to try again, undefined where that is not to be */
  async #try(delivery: OpenDelivery): Promise<number | undefined> {
    const { subscriptions, behaviour, key, clock } = this.#options;
    const { losses } = behaviour();
    const subscription = subscriptions.find(delivery.subscriptionId);
    if (subscription === undefined || subscriptions.isResting(subscription)) {
      if (delivery.isExtra) this.#finish(delivery, "delivered");
      else this.#drop(delivery, "disabled");
      return undefined;
    }
    const isFirst = delivery.attempts.length === 0;
    if (isFirst && losses > 0 && unit(key, delivery.number, 613) < losses) {
      this.#finish(delivery, "lost");
      return undefined;
    }
    this.#move(delivery, "sending");
    const at = clock.traffic();
    const { verdict, status, error } = await this.#post(subscription, delivery);
    delivery.attempts.push({ at, status, error });
    if (verdict === "delivered") {
      subscriptions.noteSuccess(subscription.id);
      this.#finish(delivery, "delivered");
      this.#duplicate(delivery);
      return undefined;
    }
    // What was delivered already may be sent once more, but is not owed.
    if (delivery.isExtra) {
      this.#finish(delivery, "delivered");
      return undefined;
    }
    const again = verdict === "drop" ? undefined : this.#nextMoment(delivery);
    if (again !== undefined) {
      this.#move(delivery, "waiting");
      return again;
    }
    this.#drop(delivery, verdict === "drop" ? "refused" : "expired");
    if (subscriptions.noteDrop(subscription.id)) this.dropQueue(subscription.id);
    return undefined;
  }

  async #post(
    subscription: Subscription,
    delivery: OpenDelivery,
  ): Promise<Awaited<ReturnType<typeof postWebhook>>> {
    const { fetch, clock, behaviour, closing } = this.#options;
    const { timeoutMs, redirect } = behaviour();
    const controller = new AbortController();
    const stop = (): void => controller.abort(new Error("The sandbox was closed"));
    const cancel = clock.deadline(timeoutMs, () =>
      controller.abort(new Error(`No answer within ${timeoutMs} ms`)),
    );
    closing.addEventListener("abort", stop, { once: true });
    const headers = webhookHeaders(subscription, delivery);
    const post = { url: subscription.url, headers, body: delivery.body };
    const result = await postWebhook(fetch, post, controller.signal);
    cancel();
    closing.removeEventListener("abort", stop);
    return result.verdict === "redirected" ? { ...result, verdict: redirect } : result;
  }

  #nextMoment(delivery: OpenDelivery): number | undefined {
    const { behaviour, clock } = this.#options;
    const { retryMs } = behaviour();
    const { attempts } = delivery;
    const wait = retryMs[Math.min(attempts.length, retryMs.length) - 1] ?? mostRetryMs;
    const moment = clock.traffic() + wait;
    const first = attempts[0]?.at ?? moment;
    return moment - first > mostRetryMs ? undefined : moment;
  }

  #duplicate(delivery: OpenDelivery): void {
    const { duplicates } = this.#options.behaviour();
    if (delivery.isExtra || duplicates === 0) return;
    if (unit(this.#options.key, delivery.number, 614) < duplicates) this.repeat(delivery);
  }

  #drop(delivery: OpenDelivery, reason: DropReason): void {
    delivery.reason = reason;
    this.#finish(delivery, "dropped");
  }

  #finish(delivery: OpenDelivery, status: "delivered" | "dropped" | "lost"): void {
    this.#move(delivery, status);
    const { keep } = this.#options.behaviour();
    for (const [number, oldest] of this.#known) {
      if (this.#known.size <= keep || !isFinal(oldest.status)) break;
      this.#known.delete(number);
    }
  }

  #move(delivery: OpenDelivery, status: DeliveryStatus): void {
    this.counts[delivery.status]--;
    this.counts[status]++;
    delivery.status = status;
  }
}

/** The headers of a webhook (as captured from PagerDuty). */
function webhookHeaders(
  { customHeaders, id, secrets }: Subscription,
  { webhookId: own, body }: OpenDelivery,
): Record<string, string> {
  return {
    ...Object.fromEntries(customHeaders.map(({ name, value }) => [name, value])),
    "content-type": "application/json",
    accept: "application/json",
    "user-agent": "PagerDuty-Webhook/V3.0",
    "x-pagerduty-signature": webhookSignature(body, secrets),
    "x-webhook-subscription": id,
    "x-webhook-id": own,
  };
}

function isSuccess({ status }: { readonly status: number | undefined }): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

function isFinal(status: DeliveryStatus): boolean {
  return status === "delivered" || status === "dropped" || status === "lost";
}

/** A UUID of version 4. */
function webhookId(key: number, number: number): string {
  const hex = [0, 1, 2, 3]
    .map((part) =>
      hash(key ^ (part + 1), number, 615)
        .toString(16)
        .padStart(8, "0"),
    )
    .join("");
  const variant = "89ab"[Number.parseInt(hex[16] ?? "0", 16) % 4] ?? "8";
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`];
  return [...parts, `${variant}${hex.slice(17, 20)}`, hex.slice(20)].join("-");
}
