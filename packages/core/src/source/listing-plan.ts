import type { Filters } from "./filters.ts";
import type { KindName } from "./kinds.ts";
import type { Query } from "./pagerduty-client.ts";

/** What is added to an object, from other lists of PagerDuty. */
export type Enrichment =
  /** On-calls of the escalation policy of a service. */
  | { readonly key: "__oncall_user" }
  /** On-calls of an escalation policy. */
  | { readonly key: "__oncall_users" }
  /** Figures of a service over the last months, or of an incident. */
  | { readonly key: "__analytics"; readonly months?: number }
  /** Addresses of the users of a schedule. */
  | { readonly key: "__email" }
  | { readonly key: "__custom_fields" };

/** A stretch of time by creation. Milliseconds at whole seconds; no `since` = from the beginning. */
export interface TimeRange {
  readonly since: number | undefined;
  readonly until: number;
}

/** How a shift-based schedule is asked for. */
interface ShiftPlan {
  readonly query: Query;
  /** What that comes to for earlier and later runs, in which times are others; empty for the least. */
  readonly asked: string;
}

/** How the objects of one resource are read. */
export interface ListingPlan {
  readonly kind: KindName;
  /** What a listing must carry, besides its filters: resources in which it differs cannot share one. */
  readonly query: Query;
  /** What one object is asked with, so that it looks like a row of the listing. */
  readonly objectQuery: Query;
  /**
   * The zone in which an object that is asked for by itself has its times written, where that request takes none.
   */
  readonly timeZone: string | undefined;
  /** What is told from an object itself: sent where that spares requests, and checked in any case. */
  readonly filters: Filters;
  /** Of incidents only; other lists have no time. */
  readonly range: TimeRange | undefined;
  /**
   * Matched by PagerDuty alone: it also finds the incident of an alert with this key, which the incident
   * does not name.
   */
  readonly incidentKey: string | undefined;
  /** Keys that only some answers have, which are left out so that all look alike. */
  readonly leftOut: readonly string[];
  readonly enrichments: readonly Enrichment[];
  /** Of schedules: how one of the shift-based kind is asked for by its id. */
  readonly shifts: ShiftPlan;
  /** What was asked for and cannot be had as it is written. */
  readonly warnings: readonly string[];
}

/** What most kinds need: everything of a kind as it is. */
export function createPlan(kind: KindName, given: Partial<ListingPlan> = {}): ListingPlan {
  return {
    kind,
    query: [],
    objectQuery: [],
    timeZone: undefined,
    filters: {},
    range: undefined,
    incidentKey: undefined,
    leftOut: [],
    enrichments: [],
    shifts: { query: [], asked: "" },
    warnings: [],
    ...given,
  };
}
