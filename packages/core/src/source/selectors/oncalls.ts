import { formatTime } from "../incident-list.ts";
import { createPlan, type ListingPlan } from "../listing-plan.ts";
import type { Query } from "../pagerduty-client.ts";
import type { OncallSelector } from "../selection.ts";
import { addMonths } from "./months.ts";
import { warnOfTimeZone, writeInclude } from "./write-include.ts";

/**
 * PagerDuty knows on-calls for 90 days ahead.
 * {@link https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls}
 */
const mostMonthsAhead = 3;

/** So that a clock that is ahead of PagerDuty's does not ask for more than 90 days. Milliseconds. */
const clockTolerance = 60_000;

/** What Ocean asks for where there are parameters; without any, on-calls of this moment are asked for. */
const defaults = { include: ["users"], since: 0, until: 3 };

/**
 * How the on-calls that a selector means are read.
 *
 * @param now milliseconds; from here the selector counts its months
 */
export function planOncalls(selector: OncallSelector, now: number): ListingPlan {
  const parameters = selector.apiQueryParams;
  if (parameters === undefined || parameters === null) return createPlan("oncalls");
  const since = parameters.since ?? defaults.since;
  const asked = parameters.until ?? defaults.until;
  const ahead = Math.min(asked, mostMonthsAhead);
  const end = addMonths(now, ahead) - (ahead === mostMonthsAhead ? clockTolerance : 0);
  const range: Query = [
    ["since", formatTime(addMonths(now, -since))],
    ["until", formatTime(end)],
  ];
  return createPlan("oncalls", {
    query: [...writeInclude(parameters.include ?? defaults.include), ...range],
    warnings: [
      ...warnOfTimeZone(parameters.time_zone),
      ...(ahead < asked
        ? [`until: ${asked} is read as ${ahead} months: PagerDuty knows on-calls 90 days ahead`]
        : []),
    ],
  });
}
