import { askForZone, usualZone } from "../in-zone.ts";
import { createPlan, type ListingPlan } from "../listing-plan.ts";
import type { ServiceSelector } from "../selection.ts";
import { writeInclude } from "./write-include.ts";

/**
 * Analytics take a stretch of at most one year, which is twelve months of 30 days.
 * {@link https://developer.pagerduty.com/api-reference/analytics-metrics-incidents-services}
 */
const mostAnalyticsMonths = 12;

const defaultAnalyticsMonths = 3;

/** How the services that a selector means are read. */
export function planServices(selector: ServiceSelector): ListingPlan {
  const { include, team_ids, time_zone } = selector.apiQueryParams ?? {};
  const asked = selector.analyticsMonthsPeriod ?? defaultAnalyticsMonths;
  const months = Math.min(asked, mostAnalyticsMonths);
  const isClamped = (selector.serviceAnalytics ?? true) && months < asked;
  return createPlan("services", {
    query: [...writeInclude(include), ...askForZone(time_zone)],
    objectQuery: writeInclude(include),
    timeZone: time_zone ?? usualZone,
    filters: { teamIds: team_ids },
    enrichments: [
      { key: "__oncall_user" },
      ...((selector.serviceAnalytics ?? true) ? ([{ key: "__analytics", months }] as const) : []),
      ...(selector.includeCustomFields === true ? ([{ key: "__custom_fields" }] as const) : []),
    ],
    warnings: isClamped
      ? [`analyticsMonthsPeriod ${asked} is read as ${months}: PagerDuty answers for one year`]
      : [],
  });
}
