import type { Clock } from "../clock.ts";
import type { EventListener } from "../events.ts";
import { createHttpClient, type HttpClient, type HttpClientOptions } from "../http/client.ts";
import { createDailyQuota } from "../http/daily-quota.ts";
import { readPagerDutyRateLimit } from "../http/rate-headers.ts";
import { RateLimiter } from "../http/rate-limiter.ts";
import { createPagerDutyClient, type PagerDutyClient } from "./pagerduty-client.ts";

export interface ConnectPagerDutyOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Between 0 and 1, for jitter. */
  readonly random: () => number;
  readonly apiUrl: string;
  readonly token: string;
  /** The most requests a minute; 0 = only what the answers' headers say. */
  readonly requestsPerMinute: number;
  /** Share of it that this process may use, 0 to 1. */
  readonly rateBudget: number;
  readonly onEvent?: EventListener;
}

/** Makes a client of PagerDuty's API that keeps to its rate limit and repeats what failed. */
export function connectPagerDuty(options: ConnectPagerDutyOptions): PagerDutyClient {
  const { fetch, clock, random, apiUrl, token, requestsPerMinute, rateBudget, onEvent } = options;
  const host = "PagerDuty";
  const connect = (send = fetch, isFinal?: HttpClientOptions["isFinal"]): HttpClient => {
    const limiter = new RateLimiter({
      clock,
      random,
      requestsPerMinute,
      rateBudget,
      readRateLimit: readPagerDutyRateLimit,
      onWait: (milliseconds) => onEvent?.({ type: "waiting", host, milliseconds }),
    });
    return createHttpClient({
      fetch: send,
      clock,
      random,
      limiter,
      host,
      secrets: [token],
      ...(isFinal === undefined ? {} : { isFinal }),
      onRequest: () => onEvent?.({ type: "request", host }),
      onRetry: (reason) => onEvent?.({ type: "retry", host, reason }),
    });
  };
  const quota = createDailyQuota({ fetch, clock });
  const oncalls = connect();
  const analytics = connect(quota.fetch, quota.isSpent);
  return createPagerDutyClient({
    http: connect(),
    // Their answers tell of limits of their own, which say nothing about the rest.
    httpFor: (path) => {
      if (path === "/oncalls") return oncalls;
      return path.startsWith("/analytics/") ? analytics : undefined;
    },
    apiUrl,
    token,
  });
}
