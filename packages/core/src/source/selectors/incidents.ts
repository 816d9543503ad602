import { ConfigError } from "../../errors.ts";
import { parseMoment } from "../../zones/parse-moment.ts";
import { askForZone, usualZone } from "../in-zone.ts";
import { createPlan, type ListingPlan, type TimeRange } from "../listing-plan.ts";
import type { IncidentSelector } from "../selection.ts";
import { writeInclude } from "./write-include.ts";

type Parameters = NonNullable<IncidentSelector["apiQueryParams"]>;

/** So that incidents of the second in which a run begins are read. Milliseconds. */
const second = 1000;

/**
 * How the incidents that a selector means are read. Its order is left out: all are read in one that is
 * stable, and a catalog has none.
 *
 * @param now PagerDuty's time when the run began, milliseconds
 * @throws {ConfigError} when `since` is not before `until`
 */
export function planIncidents(selector: IncidentSelector, now: number): ListingPlan {
  const parameters = selector.apiQueryParams ?? {};
  const { include, incident_key } = parameters;
  return createPlan("incidents", {
    query: [
      ...writeInclude(include),
      ...askForZone(parameters.time_zone),
      ...(incident_key === undefined ? [] : ([["incident_key", incident_key]] as const)),
    ],
    objectQuery: writeInclude(include),
    timeZone: parameters.time_zone ?? usualZone,
    filters: {
      statuses: parameters.statuses,
      urgencies: parameters.urgencies,
      serviceIds: parameters.service_ids,
      teamIds: parameters.team_ids,
      assigneeIds: parameters.user_ids,
    },
    range: planRange(parameters, now),
    incidentKey: incident_key,
    enrichments: [
      ...(selector.incidentAnalytics === true ? ([{ key: "__analytics" }] as const) : []),
      ...(selector.includeCustomFields === true ? ([{ key: "__custom_fields" }] as const) : []),
    ],
    warnings: warnOfZone(parameters),
  });
}

/**
 * PagerDuty's own rule, but for `since` alone: to PagerDuty that is one month from then on, to whoever
 * writes it everything since.
 * {@link https://github.com/PagerDuty/pdpyras/issues/46}
 */
function planRange(parameters: Parameters, now: number): TimeRange {
  const end = Math.floor(now / second) * second + second;
  const { date_range, time_zone = usualZone } = parameters;
  if (date_range === "all") return { since: undefined, until: end };
  const until = parameters.until === undefined ? end : parseMoment(parameters.until, time_zone);
  if (parameters.since === undefined) {
    // The month before this second, though what is created within it is read as well.
    const from = parameters.until === undefined ? end - second : until;
    return { since: subtractMonth(from), until };
  }
  const since = parseMoment(parameters.since, time_zone);
  if (parameters.until !== undefined && since >= until) {
    throw new ConfigError(
      `since must be before until: they are '${parameters.since}' and '${parameters.until}'`,
      { setting: "apiQueryParams.since" },
    );
  }
  return { since, until };
}

/** The same day of the month before, or its last day: PagerDuty's default range. */
function subtractMonth(moment: number): number {
  const date = new Date(moment);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() - 1);
  if (date.getUTCDate() !== day) date.setUTCDate(0);
  return date.getTime();
}

function warnOfZone(parameters: Parameters): string[] {
  const { since, until, time_zone: zone } = parameters;
  const isNaive = [since, until].some(
    (text) => text !== undefined && !/Z$|[+-]\d\d:?\d\d$/.test(text),
  );
  return zone === undefined && isNaive
    ? ["since and until without a zone are read in UTC; end them with Z, or name a time_zone"]
    : [];
}
