import type { Account } from "../account-data.ts";
import type { SandboxClock } from "../sandbox-clock.ts";
import { Deliveries } from "./deliveries.ts";
import { bodyOf, envelope, eventId, type EventScope, type WebhookEvent } from "./event.ts";
import { type EventType, pingType } from "./event-types.ts";
import type { Subscription } from "./subscription.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { WebhookBehaviour } from "./webhook-behaviour.ts";

/** Told of every event, whether anybody subscribed to it or not. */
export type WebhookListener = (event: WebhookEvent) => void;

/** What {@link Webhooks} needs. */
export interface WebhooksOptions {
  readonly account: Account;
  readonly clock: SandboxClock;
  readonly behaviour: () => WebhookBehaviour;
  readonly fetch: (request: Request) => Promise<Response>;
  /** Aborted when the sandbox closes. */
  readonly closing: AbortSignal;
}

const nowhere: EventScope = { resource: undefined, serviceId: undefined, teamId: undefined };

/** Events of an account, and those who subscribed to them. */
export class Webhooks {
  readonly subscriptions: Subscriptions;
  readonly deliveries: Deliveries;
  readonly listeners = new Set<WebhookListener>();
  /** Events by their type, whether anybody got them or not. */
  readonly byType: Record<string, number> = {};
  /** Events so far, pings included. */
  eventCount = 0;
  readonly #options: WebhooksOptions;

  constructor(options: WebhooksOptions) {
    const { account, clock } = options;
    const { key } = account;
    this.#options = options;
    this.subscriptions = new Subscriptions(key, () => clock.traffic());
    this.deliveries = new Deliveries({ ...options, key, subscriptions: this.subscriptions });
  }

  /**
   * Tells subscribers of something that has happened.
   *
   * @param occurredAt milliseconds since 1970
   * @param data made only where somebody wants it: thousands of events a second may come
   */
  publish(type: EventType, scope: EventScope, occurredAt: number, data: () => unknown): void {
    this.#count(type);
    const wanted = this.subscriptions.interestedIn(type, scope);
    if (wanted.length === 0 && this.listeners.size === 0) return;
    this.#send(wanted, type, scope, occurredAt, data());
  }

  /** Sends to one subscription what shows that it works. */
  ping(subscription: Subscription): void {
    const { behaviour, clock } = this.#options;
    const isAsleep = !subscription.active || this.subscriptions.isResting(subscription);
    if (isAsleep && !behaviour().pingInactive) return;
    this.#count(pingType);
    const data = { message: "Hello from your friend Pagey!", type: "ping" };
    this.#send([subscription], pingType, nowhere, clock.now(), data);
  }

  /** Sends an event of any type to every active subscription, whatever it subscribed to. */
  inject(type: string, data: unknown, resource: string | undefined): WebhookEvent {
    this.#count(type);
    const active = this.subscriptions.all().filter((subscription) => subscription.active);
    const scope = { ...nowhere, resource };
    return this.#send(active, type, scope, this.#options.clock.now(), data);
  }

  #send(
    subscriptions: readonly Subscription[],
    type: string,
    { resource }: EventScope,
    occurredAt: number,
    data: unknown,
  ): WebhookEvent {
    const { account } = this.#options;
    const { escapeUnicode, sharedEventIds } = this.#options.behaviour();
    const number = this.eventCount;
    const event = envelope(account, number, type, occurredAt, data);
    for (const listener of this.listeners) listener(event);
    let body = bodyOf(event, escapeUnicode);
    for (const [copy, subscription] of subscriptions.entries()) {
      const id = sharedEventIds ? event.id : eventId(account.key, number, copy);
      if (id !== event.id) body = bodyOf({ ...event, id }, escapeUnicode);
      this.deliveries.add(subscription, { id, type, resource, body });
    }
    return event;
  }

  #count(type: string): void {
    this.byType[type] = (this.byType[type] ?? 0) + 1;
    this.eventCount++;
  }
}
