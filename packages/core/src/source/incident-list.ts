import { isIncident, type Incident } from "./objects.ts";
import { type ListRequest, readRows } from "./fetch-page.ts";
import { withZone } from "./in-zone.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";

/** A time slice of incidents by `created_at`, in milliseconds at whole seconds. */
export interface IncidentWindow {
  readonly since: number;
  /** Inclusive or exclusive: PagerDuty does not say, so neighbours share this second. */
  readonly until: number;
  /** How many incidents it is thought to hold. */
  readonly expected: number;
}

/** Whole seconds, UTC: a time without zone would be read in the account's. */
export function formatTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** `2024-01-01T00:00:00Z … 2024-06-29T00:00:00Z`, for messages. */
export function formatWindow(window: Pick<IncidentWindow, "since" | "until">): string {
  return `${formatTime(window.since)} … ${formatTime(window.until)}`;
}

export interface ListIncidentsOptions {
  readonly order?: "asc" | "desc";
  /** `include[]` and filters. */
  readonly query?: Query;
  /** See {@link ListRequest.trim}. */
  readonly trim?: ((incident: Incident) => Incident) | undefined;
}

/**
 * The incidents of a window in the one order that is stable while they change: by number.
 * {@link https://github.com/PagerDuty/pd-live-react/issues/484}
 */
export function listIncidents(
  window: Pick<IncidentWindow, "since" | "until">,
  options: ListIncidentsOptions = {},
): ListRequest<Incident> {
  return {
    path: "/incidents",
    wrapper: "incidents",
    query: withZone([
      ["since", formatTime(window.since)],
      ["until", formatTime(window.until)],
      ["sort_by", `incident_number:${options.order ?? "asc"}`],
      ...(options.query ?? []),
    ]),
    isRow: isIncident,
    identify: (incident) => incident.id,
    ...(options.trim === undefined ? {} : { trim: options.trim }),
    // The window next to be passed on is finished before later ones are begun.
    priority: window.since,
  };
}

/** Where an account's history begins, and how much of it there is. */
export interface History {
  /** Creation of the first incident; undefined where there is none. */
  readonly start: number | undefined;
  /** Incidents ever, as far as the token sees them. */
  readonly count: number;
  /** PagerDuty's time when it answered. */
  readonly date: number | undefined;
  readonly firstIncident: Incident | undefined;
}

/** Asks for the oldest incident and for the number of all: one request. */
export async function findHistory(client: PagerDutyClient, signal?: AbortSignal): Promise<History> {
  const { body, date } = await client.get(
    "/incidents",
    [
      ["date_range", "all"],
      // The number makes the order a stable one, as it does for the windows.
      ["sort_by", "created_at:asc,incident_number:asc"],
      ["time_zone", "UTC"],
      ["limit", "1"],
      ["total", "true"],
    ],
    signal,
  );
  const path = "/incidents";
  const [firstIncident] = readRows(body, { path, wrapper: "incidents", isRow: isIncident });
  const total = body["total"];
  return {
    start: firstIncident === undefined ? undefined : Date.parse(firstIncident.created_at),
    count: typeof total === "number" ? total : 0,
    date,
    firstIncident,
  };
}
