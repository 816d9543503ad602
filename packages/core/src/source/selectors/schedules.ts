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
  // PagerDuty may also name it in place of each schedule's own, so without one none is asked for.
  const zone: Query = time_zone === undefined ? [] : [["time_zone", time_zone]];
  // A range means something for what is rendered only.
  const isRendered = include.includes("final_schedule");
  return createPlan("schedules", {
    query: [...writeInclude(include), ...range, ...zone],
    objectQuery: [...range, ...zone],
    leftOut: rendered.filter((name) => !include.includes(name)),
    enrichments: [{ key: "__email" }],
    shifts: isRendered
      ? {
          query: [...writeInclude(["final_schedule"]), ...range, ...zone],
          asked: nameAsked("final_schedule", since ?? null, until ?? null, time_zone),
        }
      : { query: zone, asked: nameAsked("", null, null, time_zone) },
  });
}

/** What is asked of shift-based ones, whatever the time is; as earlier releases wrote it where no zone is named. */
function nameAsked(
  include: string,
  since: number | null,
  until: number | null,
  zone: string | undefined,
): string {
  if (zone !== undefined) return JSON.stringify([include, since, until, zone]);
  return include === "" ? "" : JSON.stringify([include, since, until]);
}

/** How shift-based schedules are read by themselves, in the shape of the others. */
export function planShiftSchedules(): ListingPlan {
  return createPlan("v3/schedules", {
    leftOut: rendered,
    enrichments: [{ key: "__email" }],
  });
}
