import { ConfigError } from "@pagerport/core";
import type { SandboxClock } from "../sandbox-clock.ts";
import type { Delivery, DeliveryStatus } from "./delivery.ts";
import type { WebhookEvent } from "./event.ts";
import { eventTypes } from "./event-types.ts";
import type { NewSubscription, Subscription } from "./subscription.ts";
import type { WebhookListener, Webhooks } from "./webhooks.ts";

/** What a subscription is made of, without a request; only the URL has to be told. */
export interface SubscribeOptions extends Partial<Omit<NewSubscription, "url">> {
  readonly url: string;
}

/** Which deliveries are meant; what is not told is any. */
export interface DeliverySelection {
  readonly subscriptionId?: string;
  readonly eventType?: string;
  readonly eventId?: string;
  readonly resource?: string;
  readonly status?: DeliveryStatus;
}

/** The account's webhooks, without HTTP: to see what was sent, to send it again, and to wait for it. */
export interface SandboxWebhooks {
  /** Subscriptions as they are, secrets included. */
  subscriptions(): readonly Subscription[];
  /** Subscribes to all types of events of the whole account, where nothing else is said. */
  subscribe(options: SubscribeOptions): Subscription;
  /** Disables a subscription for a day, as three dropped webhooks do. */
  disable(subscriptionId: string): void;
  /** Signs with another secret and with the old ones. @returns the new one */
  rotateSecret(subscriptionId: string): string;
  /** Signs with the newest secret only. */
  endRotation(subscriptionId: string): void;
  /** What was sent and is to be sent, in order of the events; the oldest finished ones are forgotten. */
  deliveries(selection?: DeliverySelection): readonly Delivery[];
  /** How many deliveries stand where, forgotten ones included. */
  readonly counts: Readonly<Record<DeliveryStatus, number>>;
  /** Events by their type, whether anybody got them or not. */
  readonly events: Readonly<Record<string, number>>;
  /** Delivers again what is remembered, under the same ids. @returns how many */
  replay(selection?: DeliverySelection): number;
  /**
   * Sends an event that nothing has caused, of any type and shape, to every active subscription.
   *
   * @param event.resource what it waits behind: `incidents/Q…`
   */
  send(event: {
    readonly type: string;
    readonly data: unknown;
    readonly resource?: string;
  }): WebhookEvent;
  /** Calls `listener` with each event. @returns a function that ends it */
  onEvent(listener: WebhookListener): () => void;
  /** Resolves when all that can be delivered now is. What waits for a later moment goes on waiting. */
  settled(): Promise<void>;
  /** Resolves when nothing is left to deliver; what waits is tried when the clock gets there. */
  finished(): Promise<void>;
  /** Lets time pass on the sandbox's clock; what waits is tried at its own moment, as over a weekend. */
  passTime(milliseconds: number): Promise<void>;
}

/** Access to the webhooks of an account. */
export function webhookAccess(webhooks: Webhooks, clock: SandboxClock): SandboxWebhooks {
  const { subscriptions, deliveries, listeners } = webhooks;
  const { lanes } = deliveries;
  const select = (selection: DeliverySelection): readonly Delivery[] => {
    const wanted = Object.entries({ ...selection }).filter(([, value]) => value !== undefined);
    return [...deliveries.all()].filter((delivery) =>
      wanted.every(([name, value]) => Reflect.get(delivery, name) === value),
    );
  };
  return {
    subscriptions: () => subscriptions.all(),
    subscribe: ({ url, ...options }) =>
      subscriptions.create({
        customHeaders: [],
        description: null,
        active: true,
        events: eventTypes,
        filter: { type: "account_reference", id: undefined },
        ...options,
        url,
      }),
    disable: (id) => {
      subscriptions.rest(id);
      deliveries.dropQueue(id);
    },
    rotateSecret: (id) => subscriptions.addSecret(id),
    endRotation: (id) => {
      const secrets = subscriptions.find(id)?.secrets ?? [];
      subscriptions.change(id, { secrets: secrets.slice(0, 1) });
    },
    deliveries: (selection = {}) => select(selection),
    counts: deliveries.counts,
    events: webhooks.byType,
    replay: (selection = {}) => {
      const repeated = select(selection).filter(({ status }) => !isUnderWay(status));
      for (const { number } of repeated) {
        const delivery = deliveries.find(number);
        if (delivery !== undefined) deliveries.repeat(delivery);
      }
      return repeated.length;
    },
    send: ({ type, data, resource }) => webhooks.inject(type, data, resource),
    onEvent: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    settled: () => lanes.settled(),
    finished: () => lanes.finished(),
    passTime: async (milliseconds) => {
      if (!(milliseconds >= 0)) {
        throw new ConfigError(`Cannot let ${milliseconds} ms pass as time goes forward only`);
      }
      let left = milliseconds;
      await lanes.settled();
      for (;;) {
        const wait = (clock.nextAlarm ?? Number.POSITIVE_INFINITY) - clock.traffic();
        if (wait > left) break;
        clock.advance(Math.max(0, wait));
        left -= Math.max(0, wait);
        await lanes.settled();
      }
      clock.advance(left);
    },
  };
}

function isUnderWay(status: DeliveryStatus): boolean {
  return status === "queued" || status === "sending" || status === "waiting";
}
