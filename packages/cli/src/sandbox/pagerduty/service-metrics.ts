import type { World } from "../world.ts";
import { figuresOf, type IncidentFigures } from "./analytics-rows.ts";

/** One row for each service that has incidents among `indexes`. */
export function serviceMetrics(world: World, indexes: readonly number[]): object[] {
  const byService = new Map<number, number[]>();
  for (const index of indexes) {
    const service = world.incidents.serviceIndex(index);
    const others = byService.get(service);
    if (others === undefined) byService.set(service, [index]);
    else others.push(index);
  }
  return [...byService].map(([service, own]) => metricsOf(world, service, own));
}

function metricsOf(world: World, serviceIndex: number, indexes: readonly number[]): object {
  const { id, name, team } = world.services.at(serviceIndex);
  const figures = indexes.map((index) => figuresOf(world.incidents, index));
  const sum = (value: (figures: IncidentFigures) => number): number =>
    figures.reduce((total, each) => total + value(each), 0);
  const business = sum(({ interruptions }) => interruptions.business);
  const off = sum(({ interruptions }) => interruptions.off);
  const sleep = sum(({ interruptions }) => interruptions.sleep);
  const toFirstAck = mean(figures.map((each) => each.toFirstAck));
  const engaged = sum((each) => each.engaged);
  return {
    service_id: id,
    service_name: name,
    team_id: team?.id ?? null,
    team_name: team?.summary ?? null,
    mean_assignment_count: 1,
    mean_engaged_seconds: Math.round(engaged / figures.length),
    mean_engaged_user_count: 1,
    mean_seconds_to_engage: toFirstAck,
    mean_seconds_to_first_ack: toFirstAck,
    mean_seconds_to_mobilize: null,
    mean_seconds_to_resolve: mean(figures.map((each) => each.toResolve)),
    mean_user_defined_engaged_seconds: null,
    total_business_hour_interruptions: business,
    total_engaged_seconds: engaged,
    total_escalation_count: sum((each) => each.escalations),
    total_incident_count: figures.length,
    total_incidents_acknowledged: figures.filter((each) => each.toFirstAck !== null).length,
    total_incidents_auto_resolved: 0,
    total_incidents_manual_escalated: 0,
    total_incidents_reassigned: 0,
    total_incidents_timeout_escalated: figures.filter((each) => each.escalations > 0).length,
    total_interruptions: business + off + sleep,
    total_notifications: sum((each) => each.notifications),
    total_off_hour_interruptions: off,
    total_sleep_hour_interruptions: sleep,
    total_snoozed_seconds: 0,
    total_user_defined_engaged_seconds: 0,
    up_time_pct: 100,
  };
}

/** Rounded; null where there is nothing to take the mean of. */
function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return Math.round(known.reduce((total, value) => total + value, 0) / known.length);
}
