import type { PlainEntity } from "./plain-entity.ts";
import type { Account, Incident, Oncall } from "./read-account.ts";

/** What mapping.yaml means, written down field by field. */
export function defaultCatalog(account: Account): PlainEntity[] {
  return [
    ...listServices(account),
    ...listIncidents(account),
    ...listGoneServices(account),
    ...listSchedules(account),
    ...listOncalls(account),
    ...listPolicies(account),
    ...listUsers(account),
  ];
}

function listServices({ services, oncallsNow, serviceFigures }: Account): PlainEntity[] {
  return services.map((service) => {
    const oncalls = listByLevel(oncallsNow, service.escalation_policy.id);
    const figures = serviceFigures.find(({ service_id }) => service_id === service.id);
    return {
      blueprint: "pagerdutyService",
      identifier: service.id,
      title: service.name,
      properties: {
        status: service.status,
        url: service.html_url,
        description: service.description,
        oncall: oncalls[0]?.user.email ?? null,
        secondaryOncall: oncalls[1]?.user.email ?? null,
        escalationLevels: new Set(oncalls.map((oncall) => oncall.escalation_level)).size,
        teams: service.teams.map((team) => team.summary),
        meanSecondsToResolve: figures?.mean_seconds_to_resolve ?? null,
        meanSecondsToFirstAck: figures?.mean_seconds_to_first_ack ?? null,
        meanSecondsToEngage: figures?.mean_seconds_to_engage ?? null,
      },
      relations: { pagerdutyEscalationPolicy: service.escalation_policy.id },
    };
  });
}

/** Open ones of any age, and of the last month those that are resolved. */
function findIncidents({ openIncidents, monthIncidents }: Account): Incident[] {
  return [...openIncidents, ...monthIncidents.filter(({ status }) => status === "resolved")];
}

function listIncidents(account: Account): PlainEntity[] {
  return findIncidents(account).map((incident) => ({
    blueprint: "pagerdutyIncident",
    identifier: incident.id,
    title: incident.title,
    properties: {
      status: incident.status,
      url: incident.html_url,
      urgency: incident.urgency,
      priority: incident.priority?.summary ?? null,
      description: incident.description,
      assignees: incident.assignments.flatMap(({ assignee }) => assignee.email ?? []),
      escalation_policy: incident.escalation_policy.summary,
      teams: incident.teams.map((team) => team.summary),
      created_at: incident.created_at,
      updated_at: incident.updated_at,
    },
    relations: { pagerdutyService: incident.service.id },
  }));
}

/** Services that are no longer listed: incidents relate to them, so Port makes them, empty. */
function listGoneServices(account: Account): PlainEntity[] {
  const listed = new Set(account.services.map(({ id }) => id));
  const named = new Set(findIncidents(account).map(({ service }) => service.id));
  return [...named]
    .filter((id) => !listed.has(id))
    .map((id) => ({
      blueprint: "pagerdutyService",
      identifier: id,
      title: null,
      properties: {
        status: null,
        url: null,
        description: null,
        oncall: null,
        secondaryOncall: null,
        escalationLevels: null,
        teams: null,
        meanSecondsToResolve: null,
        meanSecondsToFirstAck: null,
        meanSecondsToEngage: null,
      },
      relations: { pagerdutyEscalationPolicy: null },
    }));
}

function listSchedules({ schedules, users }: Account): PlainEntity[] {
  return schedules.map((schedule) => ({
    blueprint: "pagerdutySchedule",
    identifier: schedule.id,
    title: schedule.name,
    properties: {
      url: schedule.html_url,
      timezone: schedule.time_zone,
      description: schedule.description,
      users: schedule.users.flatMap(({ id }) => users.find((user) => user.id === id)?.email ?? []),
      teams: schedule.teams.map((team) => team.summary),
    },
    relations: {},
  }));
}

function listOncalls({ oncalls }: Account): PlainEntity[] {
  return oncalls.map(({ escalation_policy, escalation_level, schedule, user, start, end }) => ({
    blueprint: "pagerdutyOncall",
    identifier: [
      escalation_policy.id,
      String(escalation_level),
      user.id,
      schedule === null ? "direct" : schedule.id,
      start === null ? "always" : start,
    ].join("-"),
    title: user.summary,
    properties: {
      user: user.email ?? null,
      escalationLevel: escalation_level,
      startDate: start,
      endDate: end,
      url: schedule === null ? null : schedule.html_url,
    },
    relations: {
      pagerdutySchedule: schedule === null ? null : schedule.id,
      pagerdutyEscalationPolicy: escalation_policy.id,
    },
  }));
}

function listPolicies({ policies, oncallsNow }: Account): PlainEntity[] {
  return policies.map((policy) => ({
    blueprint: "pagerdutyEscalationPolicy",
    identifier: policy.id,
    title: policy.name,
    properties: {
      url: policy.html_url,
      description: policy.description,
      primaryOncall: listByLevel(oncallsNow, policy.id)[0]?.user.email ?? null,
      escalationRules: policy.escalation_rules,
      teams: policy.teams.map((team) => team.summary),
    },
    relations: {},
  }));
}

function listUsers({ users }: Account): PlainEntity[] {
  return users.map((user) => ({
    blueprint: "pagerdutyUser",
    identifier: user.id,
    title: user.name,
    properties: {
      url: user.html_url,
      email: user.email,
      role: user.role,
      job_title: user.job_title,
      timezone: user.time_zone,
      description: user.description,
      teams: user.teams.map((team) => team.summary),
      contact_methods: user.contact_methods.map((method) => method.summary),
    },
    relations: {},
  }));
}

/** The on-calls of a policy, the first to be called first. */
function listByLevel(oncalls: readonly Oncall[], policy: string): Oncall[] {
  return oncalls
    .filter((oncall) => oncall.escalation_policy.id === policy)
    .toSorted((one, other) => one.escalation_level - other.escalation_level);
}
