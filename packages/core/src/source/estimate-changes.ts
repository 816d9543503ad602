import { HttpError } from "../errors.ts";
import { countPages } from "./estimate-listings.ts";
import { fetchPage } from "./fetch-page.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";
import { requestLog } from "./read-changes.ts";
import { listAll } from "./read-incident-range.ts";

/** Counts the requests that {@link readChanges} would be, with one or two. */
export async function estimateChanges(
  client: PagerDutyClient,
  range: { readonly since: number; readonly until: number },
  signal?: AbortSignal,
): Promise<number> {
  const position = { offset: 0, limit: 1, total: true };
  try {
    const { total } = await fetchPage(client, requestLog(range), position, signal);
    return countPages(total ?? 0);
  } catch (error) {
    const isRefused = error instanceof HttpError && [402, 403].includes(error.status);
    if (!isRefused) throw error;
    // Asked and refused; then the open ones, those created since, and those resolved last.
    const open = listAll([
      ["statuses[]", "triggered"],
      ["statuses[]", "acknowledged"],
    ]);
    const { total } = await fetchPage(client, open, position, signal);
    return 3 + countPages(total ?? 0);
  }
}
