/** A rule of PagerDuty's or Port's file that their answers are known to break. */
export interface KnownDefect {
  /** As a violation tells it. */
  readonly rule: string;
  readonly reason: string;
}

function because(reason: string, ...rules: readonly string[]): readonly KnownDefect[] {
  return rules.map((rule) => ({ rule, reason }));
}

/** What Port's file says of an entity that is answered, under each of the routes that answer one. */
const answeredEntities = [
  "/v1/blueprints/{blueprint_identifier}/entities 201/entity",
  "/v1/blueprints/{blueprint_identifier}/entities 200/entities[]",
  "/v1/blueprints/{blueprint_identifier}/entities/{entity_identifier} 200/entity",
  "/v1/entities/search 200/entities[]",
];
const search = "/v1/blueprints/{blueprint_identifier}/entities/search 200/entities[]";

/**
 * Where the files are wrong, so that an answer that breaks a rule is right. One that is not met any more
 * fails the test, as does one that is met and not listed.
 *
 * Other defects of PagerDuty's file are not met, since nothing that we send or that the sandbox answers
 * comes to them: its examples, `min_ackowledgements`, `total_interruptions"`, and the users of
 * `next_oncall_for_user`.
 */
export const knownDefects: readonly KnownDefect[] = [
  ...because(
    "The file seldom flags what may be null; PagerDuty's guide says that any field which is not required may be, and captured answers show these",
    "AnalyticsIncidentMetrics/mean_seconds_to_engage must not be null",
    "AnalyticsIncidentMetrics/mean_seconds_to_first_ack must not be null",
    "AnalyticsIncidentMetrics/mean_seconds_to_mobilize must not be null",
    "AnalyticsIncidentMetrics/mean_seconds_to_resolve must not be null",
    "AnalyticsIncidentMetrics/mean_user_defined_engaged_seconds must not be null",
    "AnalyticsIncidentMetrics/team_id must not be null",
    "AnalyticsIncidentMetrics/team_name must not be null",
    "AnalyticsRawIncident/resolved_at must not be null",
    "AnalyticsRawIncident/resolved_by_user_id must not be null",
    "AnalyticsRawIncident/resolved_by_user_name must not be null",
    "AnalyticsRawIncident/seconds_to_engage must not be null",
    "AnalyticsRawIncident/seconds_to_first_ack must not be null",
    "AnalyticsRawIncident/seconds_to_mobilize must not be null",
    "AnalyticsRawIncident/seconds_to_resolve must not be null",
    "BusinessService/description must not be null",
    "EscalationPolicy/description must not be null",
    "Incident/alert_grouping must not be null",
    "Incident/conference_bridge must not be null",
    "Incident/incident_key must not be null",
    "Incident/last_status_change_by must not be null",
    "Incident/priority must not be null",
    "Incident/resolved_at must not be null",
    "ScheduleLayer/end must not be null",
    "Service/acknowledgement_timeout must not be null",
    "Service/auto_resolve_timeout must not be null",
    "Service/description must not be null",
    "Service/last_incident_timestamp must not be null",
    "Service/support_hours must not be null",
    "Team/description must not be null",
    "User/job_title must not be null",
  ),
  ...because(
    "A person whom a policy names is on call without schedule, start and end",
    "Oncall/end must not be null",
    "Oncall/schedule must not be null",
    "Oncall/start must not be null",
  ),
  ...because(
    "Without since and until there are no entries that a percentage could be of",
    "ScheduleLayer/rendered_coverage_percentage must not be null",
    "SubSchedule/rendered_coverage_percentage must not be null",
  ),
  ...because(
    "include[] puts the object, with its own type, where the file knows the reference only",
    "EscalationPolicyReference/type must be equal to one of the allowed values",
    "Oncall/schedule/type must be equal to one of the allowed values",
    "TeamReference/type must be equal to one of the allowed values",
    "UserReference/type must be equal to one of the allowed values",
  ),
  ...because(
    "The file wraps the value in an object once more; the answer has it plain",
    "CustomFieldsFieldValue/value must match exactly one schema in oneOf",
    "CustomFieldsFieldValue/value must not be null",
    "ServiceCustomFieldsFieldValueReadModel/value must match exactly one schema in oneOf",
    "ServiceCustomFieldsFieldValueReadModel/value must not be null",
  ),
  ...because(
    "The branches of this choice demand nothing, so that every channel is of several",
    "Channel must match exactly one schema in oneOf",
  ),
  ...because(
    "The file says acknowledgement_log_entry in one place and acknowledge_log_entry, as PagerDuty does, in another",
    "/incidents/{id}/log_entries 200/log_entries[]/type must be equal to one of the allowed values",
    "/log_entries 200/log_entries[]/type must be equal to one of the allowed values",
  ),
  ...because(
    "The one refusal whose error is a text: an account's key has no user",
    "components/Conflict/error must be object",
  ),
  ...because(
    "Every request counts against the limit, also where the file forgets to say so",
    "GET /business_services never answers 429",
    "GET /escalation_policies/{id} never answers 429",
    "GET /incidents/{id}/custom_fields/values never answers 429",
    "GET /services never answers 429",
    "GET /services/{id} never answers 429",
    "GET /services/{id}/custom_fields/values never answers 429",
  ),
  ...because(
    "Analytics demands a right of its own, and refuses like every other route",
    "POST /analytics/metrics/incidents/services never answers 403",
  ),
  ...because(
    "Port's file gives an entity as it is sent; what is answered also says of which blueprint it is, and who wrote it when",
    ...answeredEntities.flatMap((answered) =>
      ["blueprint", "createdAt", "createdBy", "updatedAt", "updatedBy"].map(
        (field) => `${answered} must NOT have additional properties: ${field}`,
      ),
    ),
    `${search} must NOT have additional properties: blueprint`,
    `${search} must NOT have additional properties: createdAt`,
    `${search} must NOT have additional properties: updatedAt`,
  ),
  ...because(
    "What Port answers where no icon is set is not documented; the sandbox says null, which must be taken like nothing",
    `${search}/icon must not be null`,
  ),
];
