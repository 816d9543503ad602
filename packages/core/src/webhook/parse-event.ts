import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { parseJson } from "../parse-json.ts";

/** Longer ids and types than any that PagerDuty has ever sent; what is longer cannot be a database's key. */
const longestName = 200;

/** A name that needs no second look, as all of PagerDuty's do not. */
const plainName = /^[\w.-]{1,100}$/;

/** One event, as a webhook tells of it. */
export interface WebhookEvent {
  /** PagerDuty's own, the same whenever the event is sent again. */
  readonly id: string;
  /** `incident.triggered` */
  readonly type: string;
  /** `incident`, `service`, `pagey`; empty where it was not given. */
  readonly resourceType: string;
  /** Milliseconds since 1970; undefined where it was not given. */
  readonly occurredAt: number | undefined;
  /** What it is about; its shape depends on the type. */
  readonly data: JsonObject;
}

/** A body that is no event. */
interface UnreadableEvent {
  /** Made of the body: the same body is the same event. */
  readonly id: string;
  /** Why, for a person; nothing of the body is in it. */
  readonly reason: string;
}

export type ParsedEvent =
  | { readonly event: WebhookEvent; readonly unreadable?: undefined }
  | { readonly event?: undefined; readonly unreadable: UnreadableEvent };

// What is not UTF-8 spoils a text, not the ids that count.
const decoder = new TextDecoder();

/** Reads the envelope of a webhook, `{"event": {…}}`. Whatever the bytes are, it does not throw. */
export function parseEvent(body: Uint8Array): ParsedEvent {
  const refuse = (reason: string): ParsedEvent => ({ unreadable: { id: nameBody(body), reason } });
  let envelope: Json;
  try {
    envelope = parseJson(decoder.decode(body));
  } catch {
    return refuse("The body is not JSON");
  }
  const event = isJsonObject(envelope) ? envelope["event"] : undefined;
  if (!isJsonObject(event)) return refuse("The body has no 'event'");
  const { id, event_type: type, resource_type: resourceType, occurred_at: time, data } = event;
  if (typeof id !== "string" || id === "") return refuse("The event has no 'id'");
  if (typeof type !== "string" || type === "") return refuse("The event has no 'event_type'");
  const occurredAt = typeof time === "string" ? Date.parse(time) : Number.NaN;
  return {
    event: {
      id: shorten(id),
      type: shorten(type),
      resourceType: typeof resourceType === "string" ? shorten(resourceType) : "",
      occurredAt: Number.isNaN(occurredAt) ? undefined : occurredAt,
      data: isJsonObject(data) ? data : {},
    },
  };
}

function shorten(name: string): string {
  if (plainName.test(name)) return name;
  // As the database would have it otherwise, which then gives back another id than it was given.
  const text = name.toWellFormed().replaceAll("\0", "\u{FFFD}");
  return text.length > longestName ? nameBody(new TextEncoder().encode(text)) : text;
}

function nameBody(body: Uint8Array): string {
  return `sha256-${createHash("sha256").update(body).digest("hex")}`;
}
