import { fetchPage, largestPage } from "./fetch-page.ts";
import { listIncidents } from "./incident-list.ts";
import { isIncident, type PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";

/** Around the second of its creation, in milliseconds. */
const margin = 1000;

/**
 * Whether an incident has a key, or one of its alerts has: that only PagerDuty can tell, in the list of
 * those created in the same second.
 */
export async function hasIncidentKey(
  client: PagerDutyClient,
  object: PagerDutyObject,
  key: string,
  signal?: AbortSignal,
): Promise<boolean> {
  if (object["incident_key"] === key) return true;
  if (!isIncident(object)) return false;
  const created = Date.parse(object.created_at);
  const window = { since: created - margin, until: created + margin };
  const list = listIncidents(window, { query: [["incident_key", key]] });
  const position = { offset: 0, limit: largestPage, total: false };
  const { rows } = await fetchPage(client, list, position, signal);
  return rows.some(({ id }) => id === object.id);
}
