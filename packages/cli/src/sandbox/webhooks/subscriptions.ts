import { ConfigError } from "@pagerport/core";
import { kindKey } from "../account-data.ts";
import { shortId } from "../ids.ts";
import { invalidInput } from "../pagerduty-errors.ts";
import { hash } from "../random.ts";
import type { EventScope } from "./event.ts";
import type {
  NewSubscription,
  Subscription,
  SubscriptionChanges,
  SubscriptionFilter,
} from "./subscription.ts";

/** Subscriptions of one service, of one team and of the account as a whole (PagerDuty's support pages). */
const mostOfScope = 10;

/** After so many drops without a success between them a subscription rests for so long (PagerDuty's guide). */
const dropsBeforeRest = 3;
const restMs = 86_400_000;

const secretCharacters = 64;
const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The webhook subscriptions of an account. */
export class Subscriptions {
  readonly #key: number;
  readonly #now: () => number;
  readonly #byId = new Map<string, Subscription>();
  #created = 0;
  #secretsMade = 0;

  /** @param now milliseconds since 1970 by the clock's traffic time */
  constructor(key: number, now: () => number) {
    this.#key = key;
    this.#now = now;
  }

  /** All of them, in the order they were created in. */
  all(): Subscription[] {
    return [...this.#byId.values()];
  }

  find(id: string): Subscription | undefined {
    return this.#byId.get(id);
  }

  /** Throws PagerDuty's 400 where its scope is full. */
  create(options: NewSubscription): Subscription {
    this.#refuseFull(options.filter);
    const number = this.#created++;
    const subscription: Subscription = {
      ...options,
      id: shortId(kindKey(this.#key, "webhook subscription"), number),
      deliveryId: shortId(kindKey(this.#key, "delivery method"), number),
      secrets: [this.#makeSecret()],
      disabledUntil: 0,
      drops: 0,
    };
    this.#byId.set(subscription.id, subscription);
    return subscription;
  }

  /** False where there is none of that id. */
  delete(id: string): boolean {
    return this.#byId.delete(id);
  }

  change(id: string, changes: Partial<Subscription>): Subscription {
    const before = this.#byId.get(id);
    if (before === undefined) throw new ConfigError(`Cannot find subscription ${id}`);
    const after = { ...before, ...changes };
    this.#byId.set(id, after);
    return after;
  }

  /** What a request changes. Throws PagerDuty's 400 where its new scope is full. */
  update(id: string, changes: SubscriptionChanges): Subscription {
    if (changes.filter !== undefined) this.#refuseFull(changes.filter, id);
    return this.change(id, changes);
  }

  /** Those that get events of that type and scope now, disabled ones too: their events are dropped. */
  interestedIn(type: string, scope: EventScope): Subscription[] {
    return this.all().filter(
      ({ active, events, filter }) => active && events.includes(type) && isWithin(scope, filter),
    );
  }

  isResting({ disabledUntil }: Subscription): boolean {
    return disabledUntil > this.#now();
  }

  /** Counts a webhook that arrived. */
  noteSuccess(id: string): void {
    const subscription = this.#byId.get(id);
    if (subscription !== undefined && subscription.drops > 0) this.change(id, { drops: 0 });
  }

  /** Counts a webhook that was dropped. True where the subscription rests from now on. */
  noteDrop(id: string): boolean {
    const subscription = this.#byId.get(id);
    if (subscription === undefined || this.isResting(subscription)) return false;
    const drops = subscription.drops + 1;
    if (drops < dropsBeforeRest) this.change(id, { drops });
    else this.rest(id);
    return drops >= dropsBeforeRest;
  }

  /** Disables a subscription for a day. */
  rest(id: string): void {
    this.change(id, { drops: 0, disabledUntil: this.#now() + restMs });
  }

  enable(id: string): Subscription {
    return this.change(id, { drops: 0, disabledUntil: 0 });
  }

  /** Gives a subscription another secret, besides those it has. */
  addSecret(id: string): string {
    const secret = this.#makeSecret();
    this.change(id, { secrets: [secret, ...(this.#byId.get(id)?.secrets ?? [])] });
    return secret;
  }

  #refuseFull(scope: SubscriptionFilter, except?: string): void {
    const others = this.all().filter(
      ({ id, filter }) => id !== except && isSameScope(filter, scope),
    );
    if (others.length >= mostOfScope) {
      throw invalidInput("Webhook subscription limit exceeded for the selected scope");
    }
  }

  #makeSecret(): string {
    const number = this.#secretsMade++;
    const key = kindKey(this.#key, "webhook secret");
    return Array.from(
      { length: secretCharacters },
      (_, at) => base64[hash(key, number, at) % base64.length],
    ).join("");
  }
}

function isSameScope(left: SubscriptionFilter, right: SubscriptionFilter): boolean {
  return left.type === right.type && left.id === right.id;
}

function isWithin(scope: EventScope, filter: SubscriptionFilter): boolean {
  if (filter.type === "account_reference") return true;
  if (filter.type === "service_reference") return scope.serviceId === filter.id;
  return scope.teamId !== undefined && scope.teamId === filter.id;
}
