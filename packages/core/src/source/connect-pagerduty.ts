import { type Clock, systemClock } from "../clock.ts";
import { createEmitter, type EventListener } from "../events.ts";
import type { HostContact, HttpClient, HttpClientOptions } from "../http/client.ts";
import { connectHost } from "../http/connect-host.ts";
import { createDailyQuota } from "../http/daily-quota.ts";
import { readPagerDutyRateLimit } from "../http/rate-headers.ts";
import type { OnRateLimit } from "../http/rate-memory.ts";
import {
  type AdmitToken,
  createPagerDutyClient,
  type PagerDutyClient,
  type PagerDutySettingNames,
  type PagerDutyWriter,
} from "./pagerduty-client.ts";

/** Of the US region; the EU's is https://api.eu.pagerduty.com. */
const defaultApiUrl = "https://api.pagerduty.com";

/** PagerDuty's REST limit for one key. {@link https://developer.pagerduty.com/docs/rest-api-rate-limits} */
const pagerDutyRequestsPerMinute = 960;

/** Tokens that are left out of errors: of those before, requests may still be under way. */
const mostHidden = 20;

/** Others use the same key. */
const defaultRateBudget = 0.5;

export interface ConnectPagerDutyOptions {
  readonly token: string;
  /** @default "https://api.pagerduty.com" */
  readonly apiUrl?: string;
  /** The token as it is by now: asked for every 30 s, and when PagerDuty refuses the one in use. */
  readonly readToken?: (() => string) | undefined;
  /**
   * Makes sure that a token that takes the place of another is of the same account, before anything else is
   * sent with it. @default every token is good
   */
  readonly admit?: AdmitToken | undefined;
  /** The first token is to be admitted too, with the first request. @default false */
  readonly admitsFirst?: boolean | undefined;
  /** The most requests a minute; 0 = only what the answers' headers say. @default 960 */
  readonly requestsPerMinute?: number;
  /** Share of it that this process may use, 0 to 1. @default 0.5 */
  readonly rateBudget?: number;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Between 0 and 1, for jitter. @default Math.random */
  readonly random?: () => number;
  /** Milliseconds that one attempt may take. @default 60,000 */
  readonly timeout?: number;
  /** What the user calls the token and the address, for errors. @default the environment's names */
  readonly settingNames?: PagerDutySettingNames | undefined;
  /** How often what failed is tried again; 429 does not count. @default 10, and 3 before the first answer */
  readonly retries?: number;
  readonly onEvent?: EventListener;
  /** Told what is left of each of PagerDuty's rate limits, whenever an answer says so. */
  readonly onRateLimit?: OnRateLimit | undefined;
}

/**
 * Makes a client of PagerDuty's API that keeps to its rate limit and repeats what failed.
 *
 * @example
 * ```ts
 * const pagerDuty = connectPagerDuty({ token: "…" });
 * ```
 */
export function connectPagerDuty(
  options: ConnectPagerDutyOptions,
): PagerDutyClient & PagerDutyWriter {
  const { fetch = globalThis.fetch, clock = systemClock, random = Math.random } = options;
  const { apiUrl = defaultApiUrl, token, readToken, timeout, retries, onEvent } = options;
  const { requestsPerMinute = pagerDutyRequestsPerMinute, rateBudget = defaultRateBudget } =
    options;
  const secrets = [token];
  const contact: HostContact = { hasAnswered: false, hasServed: false };
  const connect = (
    part?: string,
    send = fetch,
    isFinal?: HttpClientOptions["isFinal"],
  ): HttpClient =>
    connectHost({
      onRateLimit: (reading) => options.onRateLimit?.("PagerDuty", part, reading),
      host: "PagerDuty",
      fetch: send,
      clock,
      random,
      requestsPerMinute,
      rateBudget,
      readRateLimit: readPagerDutyRateLimit,
      timeout,
      retries,
      secrets,
      contact,
      ...(isFinal === undefined ? {} : { isFinal }),
      onEvent,
    });
  const quota = createDailyQuota({ fetch, clock });
  const oncalls = connect("on-calls");
  const analytics = connect("analytics", quota.fetch, quota.isSpent);
  return createPagerDutyClient({
    http: connect(),
    // Their answers tell of limits of their own, which say nothing about the rest.
    httpFor: (path) => {
      if (path === "/oncalls") return oncalls;
      return path.startsWith("/analytics/") ? analytics : undefined;
    },
    apiUrl,
    token,
    settingNames: options.settingNames,
    clock,
    admit: options.admit,
    admitsFirst: options.admitsFirst,
    onNotice: (message) => createEmitter(onEvent)({ type: "notice", message }),
    readToken:
      readToken === undefined
        ? undefined
        : () => {
            const fresh = readToken();
            if (!secrets.includes(fresh)) secrets.push(fresh);
            if (secrets.length > mostHidden) secrets.shift();
            return fresh;
          },
  });
}
