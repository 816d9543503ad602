/** The types of events that a subscription may name (PagerDuty's guide to webhooks). */
export const eventTypes = [
  "incident.acknowledged",
  "incident.action_invocation.created",
  "incident.action_invocation.terminated",
  "incident.action_invocation.updated",
  "incident.annotated",
  "incident.conference_bridge.updated",
  "incident.custom_field_values.updated",
  "incident.delegated",
  "incident.escalated",
  "incident.incident_type.changed",
  "incident.priority_updated",
  "incident.reassigned",
  "incident.reopened",
  "incident.resolved",
  "incident.responder.added",
  "incident.responder.replied",
  "incident.role.assigned",
  "incident.service_updated",
  "incident.status_update_published",
  "incident.task.completed",
  "incident.task.created",
  "incident.task.updated",
  "incident.triggered",
  "incident.unacknowledged",
  "incident.workflow.completed",
  "incident.workflow.started",
  "service.created",
  "service.custom_field_values.updated",
  "service.deleted",
  "service.updated",
] as const;

/** One of PagerDuty's 30 types of events. */
export type EventType = (typeof eventTypes)[number];

/** Sent when a subscription is pinged; no subscription names it. */
export const pingType = "pagey.ping";

/** Whether PagerDuty documents events of that type. */
export function isEventType(name: string): name is EventType {
  return eventTypes.some((known) => known === name);
}
