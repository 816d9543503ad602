import { type Clock, systemClock } from "../../clock.ts";
import { createEmitter, type EventListener } from "../../events.ts";
import { connectHost } from "../../http/connect-host.ts";
import { readPortRateLimit } from "../../http/rate-headers.ts";
import type { OnRateLimit } from "../../http/rate-memory.ts";
import {
  type AdmitCredentials,
  createPortClient,
  type PortClient,
  type PortCredentials,
  type PortSettingNames,
} from "./port-client.ts";

/** Requests to Port's API at the same time: Ocean's own figure for bulk writes. */
export const mostInFlight = 5;

/** Secrets that are left out of errors: of those before, requests may still be under way. */
const mostHidden = 20;

/** Of the EU region; the US's is https://api.us.getport.io. */
const defaultBaseUrl = "https://api.getport.io";

const defaultIntegrationIdentifier = "my-pagerduty-integration";

/** What the library says of itself where its user says nothing. */
const libraryVersion = "0.1.0";

export interface ConnectPortOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Both as they are by now: asked for every 30 s, and when Port refuses those in use. */
  readonly readCredentials?: (() => PortCredentials) | undefined;
  /**
   * Makes sure that credentials that take the place of others are of the same organisation, before anything
   * else is sent with them. @default all credentials are good
   */
  readonly admit?: AdmitCredentials | undefined;
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
  /** Told what is left of Port's rate limit, whenever an answer says so. */
  readonly onRateLimit?: OnRateLimit | undefined;
}

/** Makes a client of Port's API that keeps to its rate limit and repeats what failed. */
export function connectPort(options: ConnectPortOptions): PortClient {
  const { fetch = globalThis.fetch, clock = systemClock, random = Math.random } = options;
  const { clientId, clientSecret, baseUrl = defaultBaseUrl, retries, onEvent } = options;
  const { readCredentials } = options;
  const { integrationIdentifier = defaultIntegrationIdentifier, version = libraryVersion } =
    options;
  const secrets = [clientSecret];
  const http = connectHost({
    host: "Port",
    onRateLimit: (reading) => options.onRateLimit?.("Port", undefined, reading),
    fetch,
    clock,
    random,
    // Port's limit depends on the organisation: what its answers say is what counts.
    requestsPerMinute: 0,
    rateBudget: 1,
    inFlight: mostInFlight,
    readRateLimit: readPortRateLimit,
    retries,
    secrets,
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
    admit: options.admit,
    onNotice: (message) => createEmitter(onEvent)({ type: "notice", message }),
    readCredentials:
      readCredentials === undefined
        ? undefined
        : () => {
            const fresh = readCredentials();
            if (!secrets.includes(fresh.clientSecret)) secrets.push(fresh.clientSecret);
            if (secrets.length > mostHidden) secrets.shift();
            return fresh;
          },
  });
}
