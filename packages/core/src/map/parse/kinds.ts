/** Kinds whose selector has settings of its own. */
export const typedKinds = [
  "incidents",
  "services",
  "schedules",
  "oncalls",
  "escalation_policies",
] as const;

/**
 * Every other list of PagerDuty's REST API that can be read as `GET /{kind}` without a parameter in its
 * path. A kind that is not listed is refused, because in practice it is a misspelling.
 */
export const customKinds = [
  "addons",
  "alert_grouping_settings",
  "audit/records",
  "automation_actions/actions",
  "automation_actions/runners",
  "business_services",
  "change_events",
  "event_orchestrations",
  "extension_schemas",
  "extensions",
  "incident_workflows",
  "incident_workflows/actions",
  "incident_workflows/triggers",
  "incidents/custom_fields",
  "incidents/types",
  "license_allocations",
  "licenses",
  "log_entries",
  "maintenance_windows",
  "notifications",
  "priorities",
  "response_plays",
  "rulesets",
  "services/custom_fields",
  "standards",
  "status_dashboards",
  "status_pages",
  "tags",
  "teams",
  "templates",
  "users",
  "v3/schedules",
  "vendors",
  "webhook_subscriptions",
  "workflows/integrations",
  "workflows/integrations/connections",
] as const;

/** A list of PagerDuty, named by its path in the REST API. */
export type Kind = (typeof typedKinds)[number] | (typeof customKinds)[number];

/** All of them. */
export const kinds: readonly Kind[] = [...typedKinds, ...customKinds];
