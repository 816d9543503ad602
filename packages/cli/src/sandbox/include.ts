import type { Reference } from "./account-data.ts";
import { fullTeam, fullUser } from "./full-objects.ts";
import type { IncidentJson } from "./incident-json.ts";
import { policyObject } from "./pagerduty/policies.ts";
import { invalidInput } from "./pagerduty-errors.ts";
import type { ServiceJson } from "./service-json.ts";
import { serviceObject, type World } from "./world.ts";

/** What `include[]` may name for incidents (PagerDuty's API reference). */
export const incidentIncludes = [
  "acknowledgers",
  "agents",
  "assignees",
  "conference_bridge",
  "escalation_policies",
  "first_trigger_log_entries",
  "priorities",
  "services",
  "teams",
  "users",
] as const;

/** What `include[]` may name for services. */
export const serviceIncludes = [
  "escalation_policies",
  "teams",
  "integrations",
  "auto_pause_notifications_parameters",
] as const;

/** The `include[]` values of a request; those that do not exist are left out, or refused. */
export function includesOf(
  query: URLSearchParams,
  valid: readonly string[],
  unknown: "ignore" | "reject",
): ReadonlySet<string> {
  const asked = query.getAll("include[]");
  const wrong = asked.find((value) => !valid.includes(value));
  if (wrong !== undefined && unknown === "reject") {
    throw invalidInput(`include[] has an invalid value: ${wrong}`);
  }
  return new Set(asked);
}

/** An incident with full objects where they were asked for. */
export function expandIncident(
  world: World,
  incident: IncidentJson,
  includes: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const user = (reference: Reference): unknown => expandUser(world, reference);
  const withUsers = includes.has("users");
  const changes: Record<string, unknown> = {};
  if (includes.has("services")) {
    const service = world.services.find(incident.service.id);
    changes["service"] =
      service === undefined ? incident.service : serviceObject(world, service, "UTC");
  }
  if (includes.has("escalation_policies")) {
    changes["escalation_policy"] = policyObject(world, incident.escalation_policy);
  }
  if (includes.has("teams")) changes["teams"] = incident.teams.map(fullTeam);
  if (includes.has("assignees") || withUsers) {
    changes["assignments"] = incident.assignments.map(({ at, assignee }) => ({
      at,
      assignee: user(assignee),
    }));
  }
  if (includes.has("acknowledgers") || withUsers) {
    changes["acknowledgements"] = incident.acknowledgements.map(({ at, acknowledger }) => ({
      at,
      acknowledger: user(acknowledger),
    }));
  }
  if (includes.has("agents") || withUsers) {
    const agent = incident.last_status_change_by;
    changes["last_status_change_by"] = agent?.type === "user_reference" ? user(agent) : agent;
  }
  if (includes.has("first_trigger_log_entries")) {
    changes["first_trigger_log_entry"] = fullLogEntry(incident);
  }
  if (includes.has("conference_bridge")) {
    const bridge = world.incidents.details(incident.incident_number - 1)?.bridge;
    changes["conference_bridge"] = bridge ?? null;
  }
  return { ...incident, ...changes };
}

/** A service with full objects where they were asked for. */
export function expandService(
  world: World,
  service: ServiceJson,
  includes: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const changes: Record<string, unknown> = {};
  if (includes.has("escalation_policies")) {
    changes["escalation_policy"] = policyObject(world, service.escalation_policy);
  }
  const team = world.services.find(service.id)?.team;
  if (includes.has("teams") && team !== undefined) changes["teams"] = [fullTeam(team)];
  if (includes.has("auto_pause_notifications_parameters")) {
    changes["auto_pause_notifications_parameters"] = {
      enabled: false,
      timeout: 0,
      recommended_timeout: 300,
    };
  }
  return { ...service, ...changes };
}

function expandUser(world: World, reference: Reference): unknown {
  const person = world.directory.findUser(reference.id);
  return person === undefined ? reference : fullUser(world, person);
}

function fullLogEntry(incident: IncidentJson): object {
  return {
    ...incident.first_trigger_log_entry,
    type: "trigger_log_entry",
    created_at: incident.created_at,
    agent: incident.service,
    channel: { type: "api", summary: incident.title, details: incident.title },
    service: incident.service,
    incident: {
      id: incident.id,
      type: "incident_reference",
      summary: `[#${incident.incident_number}] ${incident.title}`,
      self: incident["self"],
      html_url: incident.html_url,
    },
    teams: incident.teams,
    contexts: [],
    event_details: { description: incident.title },
  };
}
