import { type Clock, systemClock } from "../../clock.ts";
import type { EventListener } from "../../events.ts";
import { connectHost } from "../../http/connect-host.ts";
import { readPortRateLimit } from "../../http/rate-headers.ts";
import { createPortClient, type PortClient, type PortSettingNames } from "./port-client.ts";

/** Requests to Port's API at the same time: Ocean's own figure for bulk writes. */
export const mostInFlight = 5;

/** Of the EU region; the US's is https://api.us.getport.io. */
const defaultBaseUrl = "https://api.getport.io";

const defaultIntegrationIdentifier = "my-pagerduty-integration";

/** What the library says of itself where its user says nothing. */
const libraryVersion = "0.1.0";

export interface ConnectPortOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** @default "https://api.getport.io" */
  readonly baseUrl?: string;
  /** What the integration is called in Port; entities belong to it. @default "my-pagerduty-integration" */
  readonly integrationIdentifier?: string;
  /** Version of what uses this, for Port's logs. @default that of the library */
  readonly version?: string;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Between 0 and 1, for jitter. @default Math.random */
  readonly random?: () => number;
  /** How often what failed is tried again; 429 does not count. @default 10, and 3 before the first answer */
  readonly retries?: number;
  /** What the user calls the credentials and the address, for errors. @default the environment's names */
  readonly settingNames?: PortSettingNames | undefined;
  readonly onEvent?: EventListener;
}

/** Makes a client of Port's API that keeps to its rate limit and repeats what failed. */
export function connectPort(options: ConnectPortOptions): PortClient {
  const { fetch = globalThis.fetch, clock = systemClock, random = Math.random } = options;
  const { clientId, clientSecret, baseUrl = defaultBaseUrl, retries, onEvent } = options;
  const { integrationIdentifier = defaultIntegrationIdentifier, version = libraryVersion } =
    options;
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
    secrets: [clientSecret],
    onEvent,
  });
  return createPortClient({
    http,
    clock,
    baseUrl,
    clientId,
    clientSecret,
    integrationIdentifier,
    version,
    settingNames: options.settingNames,
  });
}
