import type { IncidentStore } from "../incident-store.ts";
import { hash } from "../random.ts";
import type { World } from "../world.ts";
import { formatUtc } from "../zoned-time.ts";

/** What analytics computes of one incident; times in seconds. */
export interface IncidentFigures {
  readonly toFirstAck: number | null;
  readonly toResolve: number | null;
  readonly engaged: number;
  readonly interruptions: {
    readonly business: number;
    readonly off: number;
    readonly sleep: number;
  };
  readonly escalations: number;
  readonly notifications: number;
}

/** The figures of an incident: functions of its life. */
export function figuresOf(incidents: IncidentStore, index: number): IncidentFigures {
  const createdAt = incidents.createdAt(index);
  const life = incidents.life(index);
  const hour = Math.floor((createdAt % 86_400) / 3600);
  const calls = 1 + (hash(incidents.data.account.key, index, 401) % 3);
  const toFirstAck = life.acknowledgedAt === undefined ? null : life.acknowledgedAt - createdAt;
  const toResolve = life.resolvedAt === undefined ? null : life.resolvedAt - createdAt;
  const isBusiness = hour >= 9 && hour < 18;
  const isSleep = hour < 7;
  return {
    toFirstAck,
    toResolve,
    engaged: toResolve === null ? 0 : toResolve - (toFirstAck ?? toResolve),
    interruptions: {
      business: isBusiness ? calls : 0,
      off: !isBusiness && !isSleep ? calls : 0,
      sleep: isSleep ? calls : 0,
    },
    escalations: calls - 1,
    notifications: calls,
  };
}

/** A row of the raw incidents. */
export function analyticsObject(world: World, index: number): Readonly<Record<string, unknown>> {
  const { incidents } = world;
  const { data } = incidents;
  const service = incidents.service(index);
  const life = incidents.life(index);
  const figures = figuresOf(incidents, index);
  const { reference } = data.person(index);
  const priority = incidents.priority(index);
  const policy = incidents.policy(index);
  const { business, off, sleep } = figures.interruptions;
  const acknowledged = figures.toFirstAck === null ? [] : [reference];
  const resolver = life.status === "resolved" ? reference : undefined;
  return {
    id: data.id(index),
    incident_number: index + 1,
    description: incidents.title(index),
    status: life.status,
    urgency: incidents.urgency(index),
    major: priority?.name === "P1",
    created_at: formatUtc(incidents.createdAt(index)),
    updated_at: formatUtc(life.changedAt),
    resolved_at: life.resolvedAt === undefined ? null : formatUtc(life.resolvedAt),
    service_id: service.id,
    service_name: service.name,
    team_id: service.team?.id ?? null,
    team_name: service.team?.summary ?? null,
    escalation_policy_id: policy.id,
    escalation_policy_name: policy.summary,
    incident_type_id: "incident_default",
    incident_type_name: "Base Incident",
    priority_id: priority?.id ?? null,
    priority_name: priority?.name ?? null,
    priority_order: priority?.order ?? null,
    resolved_by_user_id: resolver?.id ?? null,
    resolved_by_user_name: resolver?.summary ?? null,
    acknowledged_user_ids: acknowledged.map(({ id }) => id),
    acknowledged_user_names: acknowledged.map(({ summary }) => summary),
    assigned_user_ids: [reference.id],
    assigned_user_names: [reference.summary],
    joined_user_ids: [],
    joined_user_names: [],
    acknowledgement_count: acknowledged.length,
    assignment_count: 1,
    escalation_count: figures.escalations,
    manual_escalation_count: 0,
    timeout_escalation_count: figures.escalations,
    reassignment_count: 0,
    active_user_count: acknowledged.length,
    engaged_user_count: acknowledged.length,
    business_hour_interruptions: business,
    off_hour_interruptions: off,
    sleep_hour_interruptions: sleep,
    total_interruptions: business + off + sleep,
    total_notifications: figures.notifications,
    seconds_to_engage: figures.toFirstAck,
    seconds_to_first_ack: figures.toFirstAck,
    // Of one responder there is no mobilizing.
    seconds_to_mobilize: null,
    seconds_to_resolve: figures.toResolve,
    engaged_seconds: figures.engaged,
    snoozed_seconds: 0,
    user_defined_effort_seconds: null,
    auto_resolved: false,
  };
}
