import { fetchPage } from "./fetch-page.ts";
import { listIncidents } from "./incident-list.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";
import { planWindows } from "./plan-windows.ts";

/** Counts the incidents created in a stretch of time: one request for every 180 days. */
export async function countIncidents(
  client: PagerDutyClient,
  range: { readonly since: number; readonly until: number },
  signal?: AbortSignal,
): Promise<number> {
  const counts = await Promise.all(
    planWindows(range.since, range.until, 0).map(async (window) => {
      const position = { offset: 0, limit: 1, total: true };
      const page = await fetchPage(client, listIncidents(window), position, signal);
      return page.total ?? page.rows.length;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
