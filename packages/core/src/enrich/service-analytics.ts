import type { Clock } from "../clock.ts";
import { readId } from "../source/kinds.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { Addition } from "./addition.ts";
import { askAnalytics, createServiceQuestions } from "./ask-analytics.ts";

const path = "/analytics/metrics/incidents/services";

/** Ocean's month. */
const month = 30 * 24 * 3600 * 1000;

const defaultMonths = 3;

/**
 * Adds `__analytics` to services: figures of their incidents over the last months, or null where there
 * are none.
 */
export function createServiceAnalytics(client: PagerDutyClient, clock: Clock): Addition {
  const questions = createServiceQuestions();
  const now = clock.now();

  return async ({ objects, wanted, signal }) => {
    const months = ("months" in wanted ? wanted.months : undefined) ?? defaultMonths;
    const created_at_start = formatMoment(now - months * month);
    const created_at_end = formatMoment(now);
    const ids = objects.map(readId).filter((id) => id !== null);
    const answers = await questions.split(ids, (service_ids) =>
      askAnalytics(
        client,
        path,
        { filters: { service_ids, created_at_start, created_at_end } },
        signal,
      ),
    );
    const figures = new Map(
      answers.flatMap(({ rows }) => rows.map((row) => [row["service_id"], row] as const)),
    );
    const added = objects.map((object) => ({
      ...object,
      [wanted.key]: figures.get(readId(object)) ?? null,
    }));
    return { objects: added };
  };
}

function formatMoment(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
