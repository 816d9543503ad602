import type { Account, Reference } from "../account-data.ts";
import { hash, pick } from "../random.ts";

/** An event as a webhook carries it. */
export interface WebhookEvent {
  readonly id: string;
  readonly event_type: string;
  /** The leftmost word of the type. */
  readonly resource_type: string;
  /** ISO 8601 with milliseconds. */
  readonly occurred_at: string;
  readonly agent: { readonly id: string; readonly type: string } | null;
  readonly client: { readonly name: string } | null;
  readonly data: unknown;
}

/** What an event is about: who gets it, and behind which others it waits. */
export interface EventScope {
  /** `incidents/Q…`, `services/P…`; undefined where it is about nothing. */
  readonly resource: string | undefined;
  readonly serviceId: string | undefined;
  readonly teamId: string | undefined;
}

/** One event in so many was done by nobody, or by somebody of whom only id and type are told. */
const nobodyOneIn = 10;
const briefOneIn = 7;

/** One event in so many names the program that it was done with. */
const clientOneIn = 9;

/** Puts an event's data in the envelope that PagerDuty sends. @param number of the event, from 1 on */
export function envelope(
  account: Account,
  number: number,
  type: string,
  occurredAt: number,
  data: unknown,
): WebhookEvent {
  const hashed = hash(account.key, number, 601);
  return {
    id: eventId(account.key, number),
    event_type: type,
    resource_type: type.split(".", 1)[0] ?? "",
    occurred_at: new Date(occurredAt).toISOString(),
    agent: hashed % nobodyOneIn === 0 ? null : agentOf(account, hashed),
    client: (hashed >>> 6) % clientOneIn === 0 ? { name: "Monitoring Service" } : null,
    data,
  };
}

/** 26 characters, as real events have them. @param copy of the same event, where each copy has an id of its own */
export function eventId(key: number, number: number, copy = 0): string {
  const parts = [0, 1, 2].map((part) => hash(key ^ part, number, 602 + copy));
  return `01${base36(number)}${parts.map(base36).join("")}`.slice(0, 26);
}

/** How events name a resource: fewer fields, and in another order than the API's. */
export function eventReference(reference: Reference): Reference {
  const { html_url, id, self, summary, type } = reference;
  return { html_url, id, self, summary, type };
}

/** The JSON of what is sent: compact, and without a line feed at its end. */
export function bodyOf(event: WebhookEvent, escapeUnicode: boolean): string {
  const text = JSON.stringify({ event });
  if (!escapeUnicode) return text;
  return text.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

function agentOf(account: Account, hashed: number): { readonly id: string; readonly type: string } {
  const { reference } = pick(account.users, hashed >>> 12);
  if ((hashed >>> 3) % briefOneIn > 0) return eventReference(reference);
  return { id: reference.id, type: reference.type };
}

function base36(value: number): string {
  return value.toString(36).toUpperCase().padStart(7, "0").slice(-7);
}
