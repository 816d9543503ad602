import { mostPostsInFlight } from "../sink/connect-ingest.ts";
import { countIncidents } from "../source/count-incidents.ts";
import { largestPage } from "../source/fetch-page.ts";
import { findHistory } from "../source/incident-list.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import { planWindows } from "../source/plan-windows.ts";
import { countServices } from "../source/read-services.ts";
import type { Clock } from "../clock.ts";
import type { ImportKind } from "./import-history.ts";

/** A post to Port is taken to last this long: its pace is only known from its answers. Milliseconds. */
const assumedPostLatency = 100;

/** What an import would cost. */
export interface ImportEstimate {
  readonly objects: Readonly<Record<string, number>>;
  readonly hosts: Readonly<
    Record<"pagerduty" | "port", { readonly requests: number; readonly minutes: number }>
  >;
}

export interface EstimateImportOptions {
  readonly pagerDuty: PagerDutyClient;
  readonly kinds: readonly ImportKind[];
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Requests a minute to PagerDuty that this process may send; 0 = not known before the import. */
  readonly requestsPerMinute: number;
  /** False where nothing would be posted. */
  readonly toPort: boolean;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Counts what an import would read and post, with a few requests; writes nothing. */
export async function estimateImport(options: EstimateImportOptions): Promise<ImportEstimate> {
  const { pagerDuty, kinds, since, until, requestsPerMinute, toPort, clock, signal } = options;
  const objects: Record<string, number> = {};
  let requests = 0;
  if (kinds.includes("services")) {
    objects["services"] = await countServices(pagerDuty, signal);
    requests += countPages(objects["services"]);
  }
  if (kinds.includes("incidents")) {
    const history = await findHistory(pagerDuty, signal);
    // Without a first incident there is nothing between the two.
    const start = Math.max(since ?? 0, history.start ?? Infinity);
    const end = Math.min(until ?? Infinity, history.date ?? clock.now());
    const isWhole = since === undefined && until === undefined;
    const count = isWhole
      ? history.count
      : await countIncidents(pagerDuty, { since: start, until: end }, signal);
    objects["incidents"] = count;
    const windows = planWindows(start, end, count);
    requests += 1 + windows.reduce((sum, window) => sum + countPages(window.expected), 0);
  }
  const posts = toPort ? Object.values(objects).reduce((sum, count) => sum + count, 0) : 0;
  const postsPerMinute = (60_000 / assumedPostLatency) * mostPostsInFlight;
  return {
    objects,
    hosts: {
      pagerduty: {
        requests,
        minutes: requestsPerMinute === 0 ? 0 : requests / requestsPerMinute,
      },
      port: { requests: posts, minutes: posts / postsPerMinute },
    },
  };
}

/** Pages overlap by one row, and an empty list is a page too. */
function countPages(rows: number): number {
  return Math.max(1, Math.ceil((rows - 1) / (largestPage - 1)));
}
