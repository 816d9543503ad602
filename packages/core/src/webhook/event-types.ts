/** A kind of objects that webhooks tell of. */
export type EventKind = "incidents" | "services";

/** What is known of a type of event. */
export interface EventType {
  /** The kind of the object that it is about; undefined where it is about none. */
  readonly kind: EventKind | undefined;
  /** It changes the object as PagerDuty's API gives it: worth a subscription. */
  readonly changesObject: boolean;
  /** It changes an incident's status or service, and with it the status of that service. */
  readonly changesService: boolean;
}

const incident: EventType = { kind: "incidents", changesObject: true, changesService: false };
/** A reassigned, escalated or delegated incident is triggered again, where it was acknowledged. */
const incidentStatus: EventType = { ...incident, changesService: true };
/** What stands beside an incident, and not in it. */
const besideIncident: EventType = { ...incident, changesObject: false };
const service: EventType = { kind: "services", changesObject: true, changesService: false };
const ping: EventType = { kind: undefined, changesObject: false, changesService: false };

/** What PagerDuty sends to see whether anybody is there. */
export const pingType = "pagey.ping";

/**
 * Every type of event that PagerDuty's webhooks have; there may be more one day.
 * {@link https://developer.pagerduty.com/docs/webhooks-overview#event-types}
 */
const eventTypes: ReadonlyMap<string, EventType> = new Map([
  ["incident.triggered", incidentStatus],
  ["incident.acknowledged", incidentStatus],
  ["incident.unacknowledged", incidentStatus],
  ["incident.resolved", incidentStatus],
  ["incident.reopened", incidentStatus],
  ["incident.escalated", incidentStatus],
  ["incident.delegated", incidentStatus],
  ["incident.reassigned", incidentStatus],
  ["incident.priority_updated", incident],
  ["incident.service_updated", incidentStatus],
  ["incident.incident_type.changed", incident],
  ["incident.annotated", besideIncident],
  ["incident.status_update_published", besideIncident],
  ["incident.responder.added", incident],
  ["incident.responder.replied", incident],
  ["incident.conference_bridge.updated", incident],
  ["incident.custom_field_values.updated", incident],
  ["incident.role.assigned", besideIncident],
  ["incident.task.created", besideIncident],
  ["incident.task.updated", besideIncident],
  ["incident.task.completed", besideIncident],
  ["incident.workflow.started", besideIncident],
  ["incident.workflow.completed", besideIncident],
  ["incident.action_invocation.created", besideIncident],
  ["incident.action_invocation.updated", besideIncident],
  ["incident.action_invocation.terminated", besideIncident],
  ["service.created", service],
  ["service.updated", service],
  ["service.deleted", service],
  ["service.custom_field_values.updated", service],
  [pingType, ping],
]);

/** What is known of a type; undefined for one that is not known. */
export function findEventType(name: string): EventType | undefined {
  return eventTypes.get(name);
}

/** Every type that a subscription can name: all but the ping, which comes unasked. */
export function listEventTypes(): string[] {
  return [...eventTypes.keys()].filter((name) => name !== pingType);
}

/** The types of which anything in the catalog depends: what a subscription names unless told otherwise. */
export function listMappedEventTypes(): string[] {
  return [...eventTypes].filter(([, type]) => type.changesObject).map(([name]) => name);
}
