import type { IncidentStatus } from "./incident-data.ts";
import { invalidInput, PagerDutyProblem } from "./pagerduty-errors.ts";
import { addMonths, isTimeZone, parseTime } from "./zoned-time.ts";

/** What `GET /incidents` was asked for, apart from the page. */
export interface IncidentQuery {
  /** Milliseconds since 1970, both inclusive. */
  readonly from: number;
  readonly to: number;
  readonly statuses: ReadonlySet<string> | undefined;
  readonly urgencies: ReadonlySet<string> | undefined;
  readonly serviceIds: ReadonlySet<string> | undefined;
  readonly teamIds: ReadonlySet<string> | undefined;
  readonly userIds: ReadonlySet<string> | undefined;
  readonly incidentKey: string | undefined;
  readonly sort: readonly SortField[];
}

/** One field to sort by. */
export interface SortField {
  readonly field: (typeof sortFields)[number];
  readonly descending: boolean;
}

/** How a range of dates is understood, where the documentation leaves it open. */
export interface RangeRules {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Zone of a time that names none, unless the request names one. */
  readonly timeZone: string;
  readonly untilExclusive: boolean;
  readonly maxRange: "six-months" | "180-days";
}

const sortFields = ["incident_number", "created_at", "resolved_at", "urgency"] as const;
const statuses: readonly IncidentStatus[] = ["triggered", "acknowledged", "resolved"];
const urgencies = ["high", "low"] as const;

/** Limits of the incidents list (PagerDuty's API reference). */
const maxSortFields = 2;
const maxRangeMonths = 6;
const maxRangeDays = 180;
const defaultRangeMonths = 1;

/** Reads the query of `GET /incidents`; throws what PagerDuty answers where it is wrong. */
export function incidentQuery(query: URLSearchParams, rules: RangeRules): IncidentQuery {
  return {
    ...dateRange(query, rules),
    statuses: choices(query, "statuses[]", statuses),
    urgencies: choices(query, "urgencies[]", urgencies),
    serviceIds: choices(query, "service_ids[]"),
    teamIds: choices(query, "team_ids[]"),
    userIds: choices(query, "user_ids[]"),
    incidentKey: query.get("incident_key") ?? undefined,
    sort: sortOf(query.get("sort_by")),
  };
}

/** The zone that a request names; undefined where it names none. */
export function timeZoneOf(query: URLSearchParams): string | undefined {
  const zone = query.get("time_zone") ?? undefined;
  if (zone !== undefined && !isTimeZone(zone)) throw invalidInput("Time zone is invalid.");
  return zone;
}

function dateRange(query: URLSearchParams, rules: RangeRules): { from: number; to: number } {
  const dateRangeName = query.get("date_range");
  if (dateRangeName === "all") return { from: 0, to: rules.now };
  if (dateRangeName !== null) throw invalidInput("Date range is invalid.");

  const zone = timeZoneOf(query) ?? rules.timeZone;
  const since = instantOf(query, "since", zone);
  const until = instantOf(query, "until", zone);
  const from = since ?? addMonths(until ?? rules.now, -defaultRangeMonths);
  const to = until ?? (since === undefined ? rules.now : addMonths(since, defaultRangeMonths));
  if (from > to) {
    throw new PagerDutyProblem(400, 2004, "Invalid Since or Until Parameter Provided", [
      "Since must be before until.",
    ]);
  }
  const longest =
    rules.maxRange === "six-months"
      ? addMonths(from, maxRangeMonths)
      : from + maxRangeDays * 86_400_000;
  // Not said anywhere, but this is what a range of two years was answered with.
  if (to > longest) throw invalidInput(" is invalid.");
  // What lies in the future has not happened yet.
  return { from, to: Math.min(rules.untilExclusive ? to - 1 : to, rules.now) };
}

/** Milliseconds since 1970 of a parameter that is a time. @param zone of a time that names none */
export function instantOf(query: URLSearchParams, name: string, zone: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const time = parseTime(text, zone);
  if (time === undefined) {
    throw new PagerDutyProblem(400, 2004, "Invalid Since or Until Parameter Provided", [
      `${name} is not a valid ISO 8601 time.`,
    ]);
  }
  return time;
}

/** The values of a set filter; undefined where it is not there, which filters nothing. */
export function choices(
  query: URLSearchParams,
  name: string,
  valid?: readonly string[],
): ReadonlySet<string> | undefined {
  const values = query.getAll(name);
  if (values.length === 0) return undefined;
  const wrong = values.find((value) => valid?.includes(value) === false);
  if (wrong !== undefined) throw invalidInput(`${name} has an invalid value: ${wrong}`);
  return new Set(values);
}

function sortOf(text: string | null): SortField[] {
  if (text === null) return [];
  const fields = text.split(",").map((part) => {
    const [name, direction = "asc", ...rest] = part.split(":");
    const field = sortFields.find((known) => known === name);
    if (field === undefined || rest.length > 0 || !/^(?:asc|desc)$/.test(direction)) {
      throw invalidInput(`sort_by has an invalid value: ${part}`);
    }
    return { field, descending: direction === "desc" };
  });
  if (fields.length > maxSortFields) throw invalidInput("sort_by takes at most two fields.");
  return fields;
}
