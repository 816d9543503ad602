import { z } from "zod";
import { checkMoments, flag, idList, jqCondition, moment, timeZone } from "./fields.ts";
import { customKinds } from "./kinds.ts";

/**
 * What a selector may say, kind by kind: Ocean's settings of the same names, with the values that
 * PagerDuty's API accepts.
 */

const common = {
  query: jqCondition,
  exportEnvVariables: z
    .array(z.string())
    .optional()
    .meta({ description: "Accepted for compatibility and ignored: jq never sees the environment" }),
};

const includeCustomFields = flag
  .default(false)
  .meta({ description: "Adds __custom_fields, one request for each changed object" });

/** Analytics answers for at most one year. */
const maxAnalyticsMonths = 12;

/** On-calls are known for at most 90 days ahead, in months of 30 days. */
const maxOncallMonthsAhead = 3;

/** In months of 30 days; ten years is further than schedules are kept. */
const maxScheduleMonths = 120;

const months = (min: number, max: number) =>
  z
    .int({ error: () => `expected a whole number of months, ${min} to ${max}` })
    .min(min)
    .max(max);

const incidentSort = z
  .string()
  .refine(isIncidentSort, {
    error: () =>
      "expected one or two of incident_number, created_at, resolved_at, urgency, each with :asc or :desc, joined by a comma",
  })
  .meta({ description: "Order of the list, for example created_at:desc" });

const nameSort = z.enum(["name", "name:asc", "name:desc"]);

const incidents = z.strictObject({
  ...common,
  apiQueryParams: z
    .strictObject({
      date_range: z
        .literal("all", { error: () => "expected all, the only date range that PagerDuty knows" })
        .optional(),
      incident_key: z.string().optional(),
      include: z
        .array(
          z.enum([
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
          ]),
        )
        .optional(),
      service_ids: idList.optional(),
      since: moment.optional(),
      sort_by: incidentSort.optional(),
      statuses: z.array(z.enum(["triggered", "acknowledged", "resolved"])).optional(),
      team_ids: idList.optional(),
      time_zone: timeZone.optional(),
      until: moment.optional(),
      urgencies: z.array(z.enum(["high", "low"])).optional(),
      user_ids: idList.optional(),
    })
    .superRefine(checkMoments)
    .nullish(),
  incidentAnalytics: flag.default(false).meta({ description: "Adds __analytics" }),
  includeCustomFields,
});

const services = z.strictObject({
  ...common,
  apiQueryParams: z
    .strictObject({
      include: z
        .array(
          z.enum([
            "escalation_policies",
            "teams",
            "integrations",
            "auto_pause_notifications_parameters",
          ]),
        )
        .optional(),
      sort_by: nameSort.optional(),
      team_ids: idList.optional(),
      time_zone: timeZone.optional(),
    })
    .nullish(),
  serviceAnalytics: flag.default(true).meta({ description: "Adds __analytics" }),
  analyticsMonthsPeriod: months(1, maxAnalyticsMonths)
    .default(3)
    .meta({ description: "Months that the analytics of a service look back" }),
  includeCustomFields,
});

const schedules = z.strictObject({
  ...common,
  apiQueryParams: z
    .strictObject({
      include: z
        .array(z.enum(["schedule_layers", "final_schedule", "overrides_subschedule"]))
        .optional(),
      since: months(0, maxScheduleMonths).optional().meta({ description: "Months ago" }),
      until: months(0, maxScheduleMonths).optional().meta({ description: "Months ahead" }),
      time_zone: timeZone.optional(),
    })
    .nullish(),
});

const oncalls = z.strictObject({
  ...common,
  apiQueryParams: z
    .strictObject({
      include: z.array(z.enum(["escalation_policies", "users", "schedules"])).default(["users"]),
      since: months(0, maxScheduleMonths).default(0).meta({ description: "Months ago" }),
      until: months(1, maxOncallMonthsAhead).default(3).meta({ description: "Months ahead" }),
      time_zone: timeZone.optional(),
    })
    .nullish(),
});

const escalationPolicies = z.strictObject({
  ...common,
  apiQueryParams: z
    .strictObject({
      include: z.array(z.enum(["services", "teams", "targets"])).optional(),
      sort_by: nameSort.optional(),
      team_ids: idList.optional(),
      user_ids: idList.optional(),
    })
    .nullish(),
  attachOncallUsers: flag.default(true).meta({ description: "Adds __oncall_users" }),
});

/** Kind and selector of a resource; `port` is added to each by the schema of the mapping. */
export const selectors = {
  incidents: { kind: z.literal("incidents"), selector: incidents },
  services: { kind: z.literal("services"), selector: services },
  schedules: { kind: z.literal("schedules"), selector: schedules },
  oncalls: { kind: z.literal("oncalls"), selector: oncalls },
  escalation_policies: { kind: z.literal("escalation_policies"), selector: escalationPolicies },
  custom: { kind: z.enum(customKinds), selector: z.strictObject(common) },
} as const;

function isIncidentSort(text: string): boolean {
  const parts = text.split(",");
  return (
    parts.length <= 2 &&
    parts.every((part) =>
      /^(?:incident_number|created_at|resolved_at|urgency)(?::(?:asc|desc))?$/.test(part),
    )
  );
}
