import type { EventListener } from "../events.ts";
import { createHttpClient, type HttpClient, type HttpClientOptions } from "./client.ts";
import { RateLimiter, type RateLimiterOptions } from "./rate-limiter.ts";

/** A host with its rate limit, and who hears of what goes on with it. */
export type ConnectHostOptions = Omit<HttpClientOptions, "limiter" | "onRequest" | "onRetry"> &
  Omit<RateLimiterOptions, "onWait"> & { readonly onEvent?: EventListener | undefined };

/** Makes a client of one host with a budget of its own, which tells of requests, retries and waits. */
export function connectHost(options: ConnectHostOptions): HttpClient {
  const { host, onEvent } = options;
  return createHttpClient({
    ...options,
    limiter: new RateLimiter({
      ...options,
      onWait: (milliseconds) => onEvent?.({ type: "waiting", host, milliseconds }),
    }),
    onRequest: () => onEvent?.({ type: "request", host }),
    onRetry: (reason) => onEvent?.({ type: "retry", host, reason }),
  });
}
