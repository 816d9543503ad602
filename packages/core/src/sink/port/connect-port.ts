import type { Clock } from "../../clock.ts";
import type { EventListener } from "../../events.ts";
import { connectHost } from "../../http/connect-host.ts";
import { readPortRateLimit } from "../../http/rate-headers.ts";
import { createPortClient, type PortClient } from "./port-client.ts";

/** Requests to Port's API at the same time: Ocean's own figure for bulk writes. */
export const mostInFlight = 5;

export interface ConnectPortOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Between 0 and 1, for jitter. */
  readonly random: () => number;
  /** `https://api.getport.io`, `https://api.us.getport.io`, or a test's own. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What the integration is called in Port; entities belong to it. */
  readonly integrationIdentifier: string;
  /** Version of pagerport. */
  readonly version: string;
  /** How often what failed is tried again; 429 does not count. @default 10, and 3 before the first answer */
  readonly retries?: number;
  readonly onEvent?: EventListener;
}

/** Makes a client of Port's API that keeps to its rate limit and repeats what failed. */
export function connectPort(options: ConnectPortOptions): PortClient {
  const { fetch, clock, random, retries, onEvent, ...rest } = options;
  const http = connectHost({
    host: "Port",
    fetch,
    clock,
    random,
    // Port's limit depends on the organisation: what its answers say is what counts.
    requestsPerMinute: 0,
    rateBudget: 1,
    inFlight: mostInFlight,
    readRateLimit: readPortRateLimit,
    retries,
    secrets: [options.clientSecret],
    onEvent,
  });
  return createPortClient({ http, clock, ...rest });
}
