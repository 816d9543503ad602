import { HttpError } from "../errors.ts";
import { usualZone, writeTimesIn } from "./in-zone.ts";
import { isIncident, type Incident } from "./objects.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";
import { readList } from "./read-list.ts";

/** Incidents asked for by id at the same time; the rate limit decides on the pace. */
const mostAtOnce = 32;

/**
 * Reads incidents by id, in their order, as they are now: those still open from the list of all open
 * ones, the others one by one. One that PagerDuty does not show (any more) is left out: it is gone, or
 * has moved to a team that the token does not see.
 */
export async function* readIncidentsById(
  client: PagerDutyClient,
  ids: readonly string[],
  signal?: AbortSignal,
  /** `include[]` */
  query: Query = [],
  /** In which their times are written. */
  timeZone: string = usualZone,
): AsyncGenerator<Incident, void> {
  if (ids.length === 0) return;
  const open = await readList(
    client,
    {
      path: "/incidents",
      wrapper: "incidents",
      query: [
        ...query,
        ["date_range", "all"],
        ["statuses[]", "triggered"],
        ["statuses[]", "acknowledged"],
        ["sort_by", "incident_number:asc"],
        ["time_zone", timeZone],
      ],
      isRow: isIncident,
      identify: (incident) => incident.id,
    },
    { signal },
  );
  const options = { query, timeZone, signal };
  // What the list did not show, complete or not, is asked for by itself.
  const listed = new Map(open.rows.map((incident) => [incident.id, incident]));
  for (let start = 0; start < ids.length; start += mostAtOnce) {
    const incidents = await Promise.all(
      ids
        .slice(start, start + mostAtOnce)
        .map(async (id) => listed.get(id) ?? (await readIncident(client, id, options))),
    );
    yield* incidents.filter((incident) => incident !== undefined);
  }
}

async function readIncident(
  client: PagerDutyClient,
  id: string,
  {
    query,
    timeZone,
    signal,
  }: {
    readonly query: Query;
    readonly timeZone: string;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Incident | undefined> {
  try {
    const { body } = await client.get(`/incidents/${encodeURIComponent(id)}`, query, signal);
    const incident = body["incident"];
    return isIncident(incident) ? writeTimesIn(incident, timeZone) : undefined;
  } catch (error) {
    if (error instanceof HttpError && [403, 404].includes(error.status)) return undefined;
    throw error;
  }
}
