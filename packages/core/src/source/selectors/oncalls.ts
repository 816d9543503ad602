import { formatTime } from "../incident-list.ts";
import { askForZone } from "../in-zone.ts";
import { createPlan, type ListingPlan } from "../listing-plan.ts";
import type { Query } from "../pagerduty-client.ts";
import type { OncallSelector } from "../selection.ts";
import { addMonths } from "./months.ts";
import { writeInclude } from "./write-include.ts";

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
  const asked = parameters.until ?? defaults.until;
  const ahead = Math.min(asked, mostMonthsAhead);
  const { since, until } = rangeOncalls(selector, now);
  const range: Query = [
    ["since", formatTime(since)],
    ["until", formatTime(until)],
  ];
  return createPlan("oncalls", {
    query: [
      ...writeInclude(parameters.include ?? defaults.include),
      ...range,
      ...askForZone(parameters.time_zone),
    ],
    warnings:
      ahead < asked
        ? [`until: ${asked} is read as ${ahead} months: PagerDuty knows on-calls 90 days ahead`]
        : [],
  });
}

/** The time of which a selector means the on-calls, milliseconds since 1970; of this moment where both are `now`. */
export function rangeOncalls(
  selector: OncallSelector,
  now: number,
): { readonly since: number; readonly until: number } {
  const parameters = selector.apiQueryParams;
  if (parameters === undefined || parameters === null) return { since: now, until: now };
  const ahead = Math.min(parameters.until ?? defaults.until, mostMonthsAhead);
  return {
    since: addMonths(now, -(parameters.since ?? defaults.since)),
    until: addMonths(now, ahead) - (ahead === mostMonthsAhead ? clockTolerance : 0),
  };
}
