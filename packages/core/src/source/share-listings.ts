import { type Filters, uniteFilters } from "./filters.ts";
import type { ListingPlan, TimeRange } from "./listing-plan.ts";
import type { Query } from "./pagerduty-client.ts";

/** A resource with its plan. */
export interface PlannedResource {
  readonly index: number;
  readonly plan: ListingPlan;
}

/** One listing for all resources that it serves. */
export interface SharedListing {
  readonly query: Query;
  readonly resources: readonly PlannedResource[];
  /** What may be sent without leaving out what one of them wants. */
  readonly filters: Filters;
}

/** Resources whose requests differ only in filters and time ranges share a listing. */
export function shareListings(resources: readonly PlannedResource[]): SharedListing[] {
  const groups = Map.groupBy(resources, ({ plan }) => JSON.stringify(plan.query));
  return [...groups.values()].map((group) => ({
    query: group[0]?.plan.query ?? [],
    resources: group,
    filters: uniteFilters(group.map(({ plan }) => plan.filters)),
  }));
}

/** A stretch of time in which the same resources are wanted. */
export interface Segment {
  readonly range: TimeRange;
  readonly resources: readonly PlannedResource[];
  readonly filters: Filters;
}

/**
 * Cuts the time ranges of resources where one of them begins or ends: what lies in several ranges is
 * read once, for all of them, and what lies in one with the filters of that one only. An incident lies
 * in one segment, however it changes.
 */
export function shareRanges(resources: readonly PlannedResource[]): Segment[] {
  const bounds = resources.flatMap(({ plan: { range } }) =>
    range === undefined ? [] : [range.since ?? -Infinity, range.until],
  );
  const sorted = [...new Set(bounds)].toSorted((one, other) => one - other);
  return sorted.flatMap((since, place): Segment[] => {
    const until = sorted[place + 1];
    if (until === undefined) return [];
    const wanting = resources.filter(
      ({ plan: { range } }) =>
        range !== undefined && (range.since ?? -Infinity) <= since && range.until >= until,
    );
    if (wanting.length === 0) return [];
    const range = { since: since === -Infinity ? undefined : since, until };
    return [
      { range, resources: wanting, filters: uniteFilters(wanting.map(({ plan }) => plan.filters)) },
    ];
  });
}
