import type { KindName } from "./kinds.ts";
import type { TimeRange } from "./listing-plan.ts";

/**
 * What a resource of the mapping says about reading: the part of its parsed selector that stands for
 * requests. Everything may be left out.
 */
export type Selection =
  | { readonly kind: "incidents"; readonly selector: IncidentSelector }
  | { readonly kind: "services"; readonly selector: ServiceSelector }
  | { readonly kind: "schedules"; readonly selector: ScheduleSelector }
  | { readonly kind: "oncalls"; readonly selector: OncallSelector }
  | { readonly kind: "escalation_policies"; readonly selector: EscalationPolicySelector }
  | { readonly kind: OtherKind; readonly selector: object };

type TypedKind = "incidents" | "services" | "schedules" | "oncalls" | "escalation_policies";

/** A list whose selector has no settings of its own. */
type OtherKind = Exclude<KindName, TypedKind>;

/** A resource to be read: its place in the mapping and what it selects. */
export interface SourceResource {
  readonly index: number;
  readonly selection: Selection;
  /** Incidents created in here, whatever stretch of time the selector names. */
  readonly range?: TimeRange | undefined;
}

export interface IncidentSelector {
  readonly apiQueryParams?: {
    readonly date_range?: "all" | undefined;
    readonly incident_key?: string | undefined;
    readonly include?: readonly string[] | undefined;
    readonly service_ids?: readonly string[] | undefined;
    /** ISO 8601; without a zone it is in `time_zone`. */
    readonly since?: string | undefined;
    /** Has no meaning for a catalog. */
    readonly sort_by?: string | undefined;
    readonly statuses?: readonly string[] | undefined;
    readonly team_ids?: readonly string[] | undefined;
    readonly time_zone?: string | undefined;
    readonly until?: string | undefined;
    readonly urgencies?: readonly string[] | undefined;
    readonly user_ids?: readonly string[] | undefined;
  } | null;
  readonly incidentAnalytics?: boolean;
  readonly includeCustomFields?: boolean;
}

export interface ServiceSelector {
  readonly apiQueryParams?: {
    readonly include?: readonly string[] | undefined;
    readonly sort_by?: string | undefined;
    readonly team_ids?: readonly string[] | undefined;
    readonly time_zone?: string | undefined;
  } | null;
  readonly serviceAnalytics?: boolean;
  /** Months of 30 days. */
  readonly analyticsMonthsPeriod?: number;
  readonly includeCustomFields?: boolean;
}

/** A stretch of time around now, as the lists that know no history take it. */
interface AroundNow {
  readonly include?: readonly string[] | undefined;
  /** Months of 30 days ago. */
  readonly since?: number | undefined;
  /** Months of 30 days ahead. */
  readonly until?: number | undefined;
  readonly time_zone?: string | undefined;
}

export interface ScheduleSelector {
  readonly apiQueryParams?: AroundNow | null;
}

export interface OncallSelector {
  readonly apiQueryParams?: AroundNow | null;
}

export interface EscalationPolicySelector {
  readonly apiQueryParams?: {
    readonly include?: readonly string[] | undefined;
    readonly sort_by?: string | undefined;
    readonly team_ids?: readonly string[] | undefined;
    readonly user_ids?: readonly string[] | undefined;
  } | null;
  readonly attachOncallUsers?: boolean;
}
