import { HttpError } from "../errors.ts";
import type { Enricher } from "./enricher.ts";
import { hasIncidentKey } from "./incident-key.ts";
import type { ListingPlan } from "./listing-plan.ts";
import type { PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";
import { readIncidentsById } from "./read-incidents-by-id.ts";
import { readObject } from "./read-object.ts";
import { readSchedule } from "./read-schedule.ts";
import { makePages } from "./read-pages.ts";
import type { PlannedResource } from "./share-listings.ts";
import type { ShiftSchedules } from "./shift-schedules.ts";
import type { ObjectsReading, SourcePage } from "./source.ts";

/** Objects asked for by id at the same time; the rate limit decides on the pace. */
const mostAtOnce = 32;

/** From so many incidents on, those still open are taken from their list. */
const fewestForOpenList = 50;

export interface ObjectReader {
  /** Reads objects by id, with the filters and additions of the resources. */
  read(
    resources: readonly PlannedResource[],
    ids: readonly string[],
    signal?: AbortSignal,
  ): Promise<ObjectsReading>;
}

/** Makes what reads single objects just as listings would. */
export function createObjectReader(options: {
  readonly client: PagerDutyClient;
  readonly enricher: Enricher;
  readonly shifts: ShiftSchedules;
}): ObjectReader {
  const { client, enricher, shifts } = options;
  const readAlone: ReadOne = (plan, id, signal) =>
    plan.kind === "schedules" || plan.kind === "v3/schedules"
      ? readSchedule(client, shifts, plan, id, signal)
      : readObject(client, plan, id, signal);
  return {
    async read(resources, ids, signal) {
      const pages: SourcePage[] = [];
      const unavailable = new Map<string, string>();
      let missing: readonly string[] = [];
      const groups = Map.groupBy(resources, ({ plan }) =>
        JSON.stringify([plan.objectQuery, plan.timeZone, plan.leftOut, plan.shifts]),
      );
      for (const group of groups.values()) {
        const [first] = group;
        if (first === undefined) continue;
        const found = await readAll(client, readAlone, first.plan, ids, signal);
        missing = ids.filter((id) => !found.has(id));
        const objects = [...found.values()];
        for (const part of await shareByKey(client, objects, group, signal)) {
          const { kind } = first.plan;
          const made = makePages(kind, part.objects, part.resources, {
            enricher,
            signal,
            mayReuse: false,
          });
          for await (const { page, missing: lacked } of made) {
            pages.push(page);
            for (const [key, reason] of lacked) unavailable.set(key, reason);
          }
        }
      }
      return { pages, missing, unavailable };
    },
  };
}

type ReadOne = (
  plan: ListingPlan,
  id: string,
  signal?: AbortSignal,
) => Promise<PagerDutyObject | undefined>;

async function readAll(
  client: PagerDutyClient,
  readAlone: ReadOne,
  plan: ListingPlan,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, PagerDutyObject>> {
  const found = new Map<string, PagerDutyObject>();
  if (plan.kind === "incidents" && ids.length >= fewestForOpenList) {
    const { objectQuery, timeZone } = plan;
    const incidents = readIncidentsById(client, ids, signal, objectQuery, timeZone);
    for await (const incident of incidents) found.set(incident.id, incident);
    return found;
  }
  for (let start = 0; start < ids.length; start += mostAtOnce) {
    const asked = ids.slice(start, start + mostAtOnce);
    const results = await Promise.allSettled(asked.map((id) => readAlone(plan, id, signal)));
    const hasAnswer = found.size > 0 || results.some(({ status }) => status === "fulfilled");
    const objects = results.map((result) => {
      if (result.status === "fulfilled") return result.value;
      // Another team's: where others are given out, the token is not refused as such.
      if (hasAnswer && isForbidden(result.reason)) return undefined;
      throw result.reason;
    });
    for (const [place, id] of asked.entries()) {
      const object = objects[place];
      if (object !== undefined) found.set(id, object);
    }
  }
  return found;
}

interface Part {
  readonly objects: readonly PagerDutyObject[];
  readonly resources: readonly PlannedResource[];
}

/** A listing by incident key is sorted out by PagerDuty; single objects are asked about one by one. */
async function shareByKey(
  client: PagerDutyClient,
  objects: readonly PagerDutyObject[],
  resources: readonly PlannedResource[],
  signal: AbortSignal | undefined,
): Promise<Part[]> {
  const parts: Part[] = [];
  for (const [key, group] of Map.groupBy(resources, ({ plan }) => plan.incidentKey)) {
    if (key === undefined) {
      parts.push({ objects, resources: group });
      continue;
    }
    const isMeant = await Promise.all(
      objects.map((object) => hasIncidentKey(client, object, key, signal)),
    );
    parts.push({ objects: objects.filter((_, place) => isMeant[place]), resources: group });
  }
  return parts;
}

function isForbidden(error: unknown): boolean {
  return error instanceof HttpError && error.status === 403;
}
