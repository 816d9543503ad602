import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { type EventKind, findEventType } from "./event-types.ts";
import type { WebhookEvent } from "./parse-event.ts";

/** What an id of PagerDuty's looks like; it becomes part of an address and of a database's key. */
const resourceId = /^[\w-]{1,64}$/;

/** The objects that an event is a reason to read again, by key (`incidents/Q1…`). */
export interface TouchedObjects {
  /**
   * The object that the event is about: events of one key are worked on one after another. Undefined
   * where it is about none, or none can be found.
   */
  readonly key: string | undefined;
  /** Others that have changed with it. */
  readonly others: readonly string[];
}

/** What an event touches; nothing where its type is not known. */
export function findTouched({ type, data }: WebhookEvent): TouchedObjects {
  const known = findEventType(type);
  if (known?.kind === undefined) return { key: undefined, others: [] };
  const keys = findSubjects(data);
  if (known.changesService) keys.push(...nameObject("services", data["service"]));
  const [key, ...others] = new Set(keys);
  return { key, others };
}

/**
 * What an event is about, from where its id is: that depends on what `data` is. A note's `data.id`, say,
 * is that of the note.
 */
function findSubjects(data: JsonObject): string[] {
  if (data["type"] === "incident") return nameObject("incidents", data);
  if (data["type"] === "service") return nameObject("services", data);
  const incident = nameObject("incidents", data["incident"]);
  if (incident.length > 0) return incident;
  const roles = data["incident_role_assignments"];
  const incidents = (Array.isArray(roles) ? roles : []).flatMap((role) =>
    isJsonObject(role) ? nameObject("incidents", role["incident"]) : [],
  );
  return incidents.length > 0 ? incidents : nameObject("services", data["service"]);
}

function nameObject(kind: EventKind, reference: Json | undefined): string[] {
  const id = isJsonObject(reference) ? reference["id"] : undefined;
  return typeof id === "string" && resourceId.test(id) ? [`${kind}/${id}`] : [];
}
