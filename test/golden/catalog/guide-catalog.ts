import type { PlainEntity } from "./plain-entity.ts";
import type { Account, Incident } from "./read-account.ts";

/** What guide/mapping.yaml means, written down field by field. */
export function guideCatalog(account: Account): PlainEntity[] {
  return [
    ...listSchedules(account),
    ...listServices(account),
    ...listIncidents(account),
    ...listGoneServices(account),
  ];
}

/** What guide/mapping-analytics.yaml means for a Port that has nothing yet: services are named only. */
export function analyticsCatalog(account: Account): PlainEntity[] {
  const services = new Set(account.monthIncidents.map(({ service }) => service.id));
  return [...listAnalysedIncidents(account), ...Array.from(services, nameService)];
}

/** The same for a Port that guide/mapping.yaml was brought to before. */
export function guideAndAnalyticsCatalog(account: Account): PlainEntity[] {
  return [
    ...listSchedules(account),
    ...listServices(account),
    ...listAnalysedIncidents(account),
    ...listGoneServices(account),
  ];
}

function listSchedules({ schedules }: Account): PlainEntity[] {
  return schedules.map((schedule) => ({
    blueprint: "pagerdutySchedule",
    identifier: schedule.id,
    title: schedule.name,
    properties: {
      url: schedule.html_url,
      timezone: schedule.time_zone,
      description: schedule.description,
      users: schedule.users.map((user) => user.summary),
    },
    relations: {},
  }));
}

function listServices({ services, oncallsNow }: Account): PlainEntity[] {
  return services.map((service) => ({
    blueprint: "pagerdutyService",
    identifier: service.id,
    title: service.name,
    properties: {
      status: service.status,
      url: service.html_url,
      oncall: oncallsNow
        .filter((oncall) => oncall.escalation_policy.id === service.escalation_policy.id)
        .map((oncall) => oncall.user.email),
    },
    relations: {},
  }));
}

function listIncidents({ monthIncidents }: Account): PlainEntity[] {
  return monthIncidents.map((incident) => incidentEntity(incident, {}));
}

function listAnalysedIncidents({ monthIncidents, incidentFigures }: Account): PlainEntity[] {
  return monthIncidents.map((incident) => {
    const analytics = incidentFigures.find(({ id }) => id === incident.id) ?? null;
    return incidentEntity(incident, { analytics });
  });
}

function incidentEntity(incident: Incident, more: object): PlainEntity {
  return {
    blueprint: "pagerdutyIncident",
    identifier: incident.id,
    title: incident.title,
    properties: {
      status: incident.status,
      url: incident.self,
      urgency: incident.urgency,
      responder: incident.assignments[0]?.assignee.summary ?? null,
      escalation_policy: incident.escalation_policy.summary,
      created_at: incident.created_at,
      updated_at: incident.updated_at,
      ...more,
    },
    // The guide's relation is one of many.
    relations: { pagerdutyService: [incident.service.id] },
  };
}

/** Services that are no longer listed: incidents relate to them, so Port makes them, empty. */
function listGoneServices({ services, monthIncidents }: Account): PlainEntity[] {
  const listed = new Set(services.map(({ id }) => id));
  const named = new Set(monthIncidents.map(({ service }) => service.id));
  return [...named].filter((id) => !listed.has(id)).map(nameService);
}

function nameService(id: string): PlainEntity {
  return {
    blueprint: "pagerdutyService",
    identifier: id,
    title: null,
    properties: { status: null, url: null, oncall: null },
    relations: {},
  };
}
