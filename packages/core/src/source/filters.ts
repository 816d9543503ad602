import { readId, readIds } from "./kinds.ts";
import { isRecord, type PagerDutyObject } from "./objects.ts";
import type { Query } from "./pagerduty-client.ts";

/** Conditions on objects that can be told from an object itself. Sets are ORs; all that are given hold. */
export interface Filters {
  readonly statuses?: readonly string[] | undefined;
  readonly urgencies?: readonly string[] | undefined;
  readonly serviceIds?: readonly string[] | undefined;
  readonly teamIds?: readonly string[] | undefined;
  /** Of the open incidents only: a resolved one is assigned to nobody. */
  readonly assigneeIds?: readonly string[] | undefined;
}

/** Longer sets are not sent: an address has its limits, about 8,000 characters with most servers. */
const mostValuesSent = 100;

/** Whether an object is one that the filters mean. An empty set is no condition, as in the API. */
export function matchesFilters(object: PagerDutyObject, filters: Filters): boolean {
  const { statuses, urgencies, serviceIds, teamIds, assigneeIds } = filters;
  return (
    hasOneOf(statuses, () => [object["status"]]) &&
    hasOneOf(urgencies, () => [object["urgency"]]) &&
    hasOneOf(serviceIds, () => [readId(object["service"])]) &&
    hasOneOf(teamIds, () => readIds(object["teams"])) &&
    hasOneOf(assigneeIds, () => readAssignees(object["assignments"]))
  );
}

/** Reads only where there is a condition: this is asked of every object for every resource. */
function hasOneOf(
  wanted: readonly string[] | undefined,
  readValues: () => readonly unknown[],
): boolean {
  if (wanted === undefined || wanted.length === 0) return true;
  return readValues().some((value) => typeof value === "string" && wanted.includes(value));
}

function readAssignees(assignments: unknown): string[] {
  if (!Array.isArray(assignments)) return [];
  return readIds(assignments.map((one) => (isRecord(one) ? one["assignee"] : undefined)));
}

/** The narrowest filters that let everything through that one of several lets through. */
export function uniteFilters(several: readonly Filters[]): Filters {
  const unite = (name: keyof Filters): string[] | undefined => {
    const sets = several.map((filters) => filters[name] ?? []);
    return sets.some((set) => set.length === 0) ? undefined : [...new Set(sets.flat())].toSorted();
  };
  return {
    statuses: unite("statuses"),
    urgencies: unite("urgencies"),
    serviceIds: unite("serviceIds"),
    teamIds: unite("teamIds"),
    assigneeIds: unite("assigneeIds"),
  };
}

/**
 * What of the filters is sent. What is not is left to {@link matchesFilters}, which is asked in any
 * case. Resolved together with open incidents is not sent: PagerDuty then repeats rows and loses some.
 * {@link https://github.com/PagerDuty/go-pagerduty/issues/496}
 */
export function writeFilters(filters: Filters): Query {
  const { statuses, urgencies, serviceIds, teamIds, assigneeIds } = filters;
  const isMixed = (statuses?.length ?? 0) > 1 && statuses?.includes("resolved") === true;
  return [
    ...write("statuses[]", isMixed ? undefined : statuses),
    ...write("urgencies[]", urgencies),
    ...write("service_ids[]", serviceIds),
    ...write("team_ids[]", teamIds),
    ...write("user_ids[]", assigneeIds),
  ];
}

function write(name: string, values: readonly string[] | undefined): Query {
  if (values === undefined || values.length > mostValuesSent) return [];
  return values.map((value) => [name, value] as const);
}
