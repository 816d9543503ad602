import type { Sandbox } from "@pagerport/cli/sandbox";

/** Everything that a selector may say, each once at least; every row is a resource read by itself. */
export async function listSelectors(
  sandbox: Sandbox,
): Promise<readonly { readonly kind: string; readonly selector: object }[]> {
  const services = [...sandbox.pagerduty.allServices()];
  const serviceIds = services.slice(0, 2).map(({ id }) => id);
  const teamIds = (await sandbox.pagerduty.list("/teams")).slice(0, 1).map(({ id }) => String(id));
  const incidents = [...sandbox.pagerduty.allIncidents()];
  const userIds = incidents
    .flatMap(({ assignments }) => assignments.map(({ assignee }) => assignee.id))
    .slice(0, 1);
  const incident = incidents.find(({ incident_key }) => incident_key !== null);
  if (teamIds.length === 0 || userIds.length === 0) throw new Error("The account is too small");
  return [
    {
      kind: "incidents",
      selector: {
        incidentAnalytics: true,
        includeCustomFields: true,
        apiQueryParams: {
          date_range: "all",
          include: [
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
          ],
          statuses: ["triggered", "acknowledged", "resolved"],
          urgencies: ["high", "low"],
          sort_by: "created_at:desc,urgency",
          time_zone: "Europe/Oslo",
        },
      },
    },
    {
      kind: "incidents",
      selector: {
        apiQueryParams: {
          since: "2026-05-01",
          until: "2026-05-20T12:00:00+02:00",
          service_ids: serviceIds,
          urgencies: ["high"],
          statuses: ["triggered", "acknowledged"],
          team_ids: teamIds,
        },
      },
    },
    { kind: "incidents", selector: { apiQueryParams: { user_ids: userIds, date_range: "all" } } },
    {
      kind: "incidents",
      selector: { apiQueryParams: { incident_key: incident?.incident_key, date_range: "all" } },
    },
    { kind: "incidents", selector: {} },
    {
      kind: "services",
      selector: {
        serviceAnalytics: true,
        analyticsMonthsPeriod: 12,
        includeCustomFields: true,
        apiQueryParams: {
          include: [
            "escalation_policies",
            "teams",
            "integrations",
            "auto_pause_notifications_parameters",
          ],
          sort_by: "name:desc",
          team_ids: teamIds,
          time_zone: "Europe/Oslo",
        },
      },
    },
    { kind: "services", selector: {} },
    {
      kind: "schedules",
      selector: {
        apiQueryParams: {
          include: ["schedule_layers", "final_schedule", "overrides_subschedule"],
          since: 1,
          until: 1,
          time_zone: "Europe/Oslo",
        },
      },
    },
    { kind: "schedules", selector: {} },
    {
      kind: "oncalls",
      selector: {
        apiQueryParams: {
          include: ["escalation_policies", "users", "schedules"],
          since: 1,
          until: 3,
          time_zone: "Europe/Oslo",
        },
      },
    },
    { kind: "oncalls", selector: { apiQueryParams: {} } },
    { kind: "oncalls", selector: {} },
    {
      kind: "escalation_policies",
      selector: {
        attachOncallUsers: true,
        apiQueryParams: {
          include: ["services", "teams", "targets"],
          sort_by: "name:desc",
          team_ids: teamIds,
          user_ids: userIds,
        },
      },
    },
    { kind: "escalation_policies", selector: {} },
  ];
}
