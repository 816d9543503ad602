import { invalidInput } from "../pagerduty-errors.ts";
import { isEventType } from "./event-types.ts";
import type { NewSubscription, SubscriptionChanges, SubscriptionFilter } from "./subscription.ts";
import type { WebhookBehaviour } from "./webhook-behaviour.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Reads the body of a request that creates a subscription; throws PagerDuty's 400 where it is wrong. */
export function parseNewSubscription(body: unknown, behaviour: WebhookBehaviour): NewSubscription {
  const fields = subscriptionOf(body);
  if (fields["type"] !== "webhook_subscription") {
    throw invalidInput("Type must be webhook_subscription");
  }
  const delivery = fields["delivery_method"];
  if (!isFields(delivery)) throw invalidInput("Delivery method can't be blank");
  if (delivery["type"] !== "http_delivery_method") {
    throw invalidInput("Delivery method type must be http_delivery_method");
  }
  return {
    url: urlOf(delivery["url"]),
    customHeaders: headersOf(delivery["custom_headers"] ?? []),
    description: descriptionOf(fields["description"]) ?? null,
    active: activeOf(fields["active"]) ?? true,
    events: eventsOf(fields["events"], behaviour),
    filter: filterOf(fields["filter"]),
  };
}

/** Reads the body of a request that changes one: what is not named stays as it is. */
export function parseSubscriptionChanges(
  body: unknown,
  behaviour: WebhookBehaviour,
): SubscriptionChanges {
  const fields = subscriptionOf(body);
  if ("delivery_method" in fields && behaviour.changedDelivery === "reject") {
    throw invalidInput("Delivery method cannot be changed");
  }
  const { description, active, events, filter } = fields;
  return {
    ...(description === undefined ? {} : { description: descriptionOf(description) ?? null }),
    ...(active === undefined ? {} : { active: activeOf(active) ?? true }),
    ...(events === undefined ? {} : { events: eventsOf(events, behaviour) }),
    ...(filter === undefined ? {} : { filter: filterOf(filter) }),
  };
}

function subscriptionOf(body: unknown): Fields {
  const fields = isFields(body) ? body["webhook_subscription"] : undefined;
  if (!isFields(fields)) throw invalidInput("Webhook subscription can't be blank");
  return fields;
}

function urlOf(value: unknown): string {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw invalidInput("Url is invalid");
  return String(value);
}

function headersOf(value: unknown): NewSubscription["customHeaders"] {
  if (!Array.isArray(value)) throw invalidInput("Custom headers must be an array");
  return value.map((header: unknown) => {
    const { name, value: text } = isFields(header) ? header : {};
    if (typeof name !== "string" || !/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) {
      throw invalidInput("Custom headers must have valid names");
    }
    if (typeof text !== "string") throw invalidInput("Custom headers must have values");
    return { name, value: text };
  });
}

function descriptionOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalidInput("Description must be a string");
  return value;
}

function activeOf(value: unknown): boolean | undefined {
  if (value !== undefined && typeof value !== "boolean") {
    throw invalidInput("Active must be a boolean");
  }
  return value;
}

function eventsOf(value: unknown, { unknownEvents }: WebhookBehaviour): string[] {
  if (!Array.isArray(value) || value.length === 0) throw invalidInput("Events can't be blank");
  const events = value.map(String);
  if (new Set(events).size < events.length) throw invalidInput("Events must be unique");
  const unknown = events.find((name) => !isEventType(name));
  if (unknown !== undefined && unknownEvents === "reject") {
    throw invalidInput(`Events has an invalid value: ${unknown}`);
  }
  return events;
}

function filterOf(value: unknown): SubscriptionFilter {
  const { type, id } = isFields(value) ? value : {};
  if (type === "account_reference") return { type, id: undefined };
  if (type !== "service_reference" && type !== "team_reference") {
    throw invalidInput("Filter type is invalid");
  }
  if (typeof id !== "string" || id === "") throw invalidInput("Filter id can't be blank");
  return { type, id };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
