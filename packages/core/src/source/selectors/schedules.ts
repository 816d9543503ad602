import { formatTime } from "../incident-list.ts";
import { createPlan, type ListingPlan } from "../listing-plan.ts";
import type { Query } from "../pagerduty-client.ts";
import type { ScheduleSelector } from "../selection.ts";
import { addMonths } from "./months.ts";
import { writeInclude } from "./write-include.ts";

/** One schedule is always answered with all of them, a list only with what it includes. */
const rendered = ["final_schedule", "overrides_subschedule", "schedule_layers"];

/**
 * How the schedules that a selector means are read.
 *
 * @param now milliseconds; from here the selector counts its months
 */
export function planSchedules(selector: ScheduleSelector, now: number): ListingPlan {
  const { include = [], since, until, time_zone } = selector.apiQueryParams ?? {};
  const range: Query = [
    ...(since === undefined ? [] : ([["since", formatTime(addMonths(now, -since))]] as const)),
    ...(until === undefined ? [] : ([["until", formatTime(addMonths(now, until))]] as const)),
  ];
  // A range means something for what is rendered only.
  const isRendered = include.includes("final_schedule");
  return createPlan("schedules", {
    query: [...writeInclude(include), ...range],
    objectQuery: range,
    leftOut: rendered.filter((name) => !include.includes(name)),
    enrichments: [{ key: "__email" }],
    shifts: isRendered
      ? {
          query: [...writeInclude(["final_schedule"]), ...range],
          asked: JSON.stringify(["final_schedule", since ?? null, until ?? null]),
        }
      : { query: [], asked: "" },
    warnings:
      time_zone === undefined
        ? []
        : [
            `time_zone ${time_zone} is not asked for: it would take the place of each schedule's own, and times mean the same`,
          ],
  });
}

/** How shift-based schedules are read by themselves, in the shape of the others. */
export function planShiftSchedules(): ListingPlan {
  return createPlan("v3/schedules", {
    leftOut: rendered,
    enrichments: [{ key: "__email" }],
  });
}
