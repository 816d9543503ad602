import { readId } from "../source/kinds.ts";
import type { PagerDutyObject } from "../source/objects.ts";
import { formatTime } from "../source/incident-list.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { Addition } from "./addition.ts";
import { type AnalyticsAnswer, askAnalytics, createServiceQuestions } from "./ask-analytics.ts";

const path = "/analytics/raw/incidents";

/**
 * The most rows of one answer.
 * {@link https://developer.pagerduty.com/api-reference/analytics-raw-incidents}
 */
const largestPage = 1000;

/** Analytics may round the moment of creation another way than the list does. Milliseconds. */
const margin = 1000;

/** An incident to look up. */
interface Wanted {
  readonly id: string;
  readonly created: number;
}

/**
 * Adds `__analytics` to incidents: their figures, or null where analytics has not seen them yet, which
 * may take a day.
 */
export function createIncidentAnalytics(client: PagerDutyClient): Addition {
  const questions = createServiceQuestions();

  return async ({ objects, wanted, signal }) => {
    const found = new Map<string, unknown>();
    const byService = Map.groupBy(objects, (object) => readId(object["service"]) ?? "");
    byService.delete("");
    await questions.split([...byService.keys()], async (service_ids) => {
      const incidents = service_ids.flatMap((id) => (byService.get(id) ?? []).flatMap(readWanted));
      await lookUp(client, service_ids, incidents, found, signal);
    });
    const added = objects.map((object) => ({
      ...object,
      [wanted.key]: found.get(readId(object) ?? "") ?? null,
    }));
    return { objects: added };
  };
}

function readWanted(object: PagerDutyObject): Wanted[] {
  const id = readId(object);
  const created = Date.parse(String(object["created_at"]));
  return id === null || Number.isNaN(created) ? [] : [{ id, created }];
}

/**
 * Walks along the incidents' moments of creation: page by page where they are dense, from one to the
 * next where they are far apart. So there are never more requests than incidents, nor more than pages.
 */
async function lookUp(
  client: PagerDutyClient,
  service_ids: readonly string[],
  incidents: readonly Wanted[],
  found: Map<string, unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let left = incidents.toSorted((one, other) => one.created - other.created);
  const end = (left.at(-1)?.created ?? 0) + margin;
  let begin = left[0]?.created;
  let after: string | undefined;
  while (begin !== undefined) {
    const question = {
      filters: {
        service_ids,
        created_at_start: formatTime(begin - margin),
        created_at_end: formatTime(end + margin),
      },
      limit: largestPage,
      order: "asc",
      order_by: "created_at",
      ...(after === undefined ? {} : { starting_after: after }),
    };
    const answer: AnalyticsAnswer = await askAnalytics(client, path, question, signal);
    for (const row of answer.rows) {
      if (typeof row["id"] === "string") found.set(row["id"], row);
    }
    const reached = answer.more ? readCreated(answer) : Infinity;
    left = left.filter(
      ({ id, created }) => !found.has(id) && created + margin >= (reached ?? -Infinity),
    );
    const next = left[0]?.created;
    // What lies within this page's reach may be on the next one; what is further on is gone to.
    const isNear = next !== undefined && (reached === undefined || next - margin <= reached);
    if (isNear && (answer.last === undefined || answer.last === after)) return;
    after = isNear ? answer.last : undefined;
    if (!isNear) begin = next;
  }
}

/** When the last row of a page was created, if it tells. Analytics leaves out the zone, which is the one asked for. */
function readCreated(answer: AnalyticsAnswer): number | undefined {
  const text = String(answer.rows.at(-1)?.["created_at"]);
  const isNaive = !/Z$|[+-]\d\d:?\d\d$/.test(text);
  const created = Date.parse(isNaive ? `${text}Z` : text);
  return Number.isNaN(created) ? undefined : created;
}
