import type { EventListener } from "../events.ts";
import { createHttpClient, type HttpClient, type HttpClientOptions } from "./client.ts";
import { RateLimiter, type RateLimiterOptions } from "./rate-limiter.ts";
import type { RateLimitReading } from "./rate-headers.ts";

/** A host with its rate limit, and who hears of what goes on with it. */
export type ConnectHostOptions = Omit<HttpClientOptions, "limiter" | "onRequest" | "onRetry"> &
  Omit<RateLimiterOptions, "onWait"> & {
    readonly onEvent?: EventListener | undefined;
    /** Told what every answer says of the rate limit. */
    readonly onRateLimit?: ((reading: RateLimitReading) => void) | undefined;
  };

/** Makes a client of one host with a budget of its own, which tells of requests, retries and waits. */
export function connectHost(options: ConnectHostOptions): HttpClient {
  const { host, onEvent, onRateLimit } = options;
  return createHttpClient({
    ...options,
    limiter: new RateLimiter({
      ...options,
      readRateLimit(headers, now) {
        const reading = options.readRateLimit(headers, now);
        if (reading !== undefined) onRateLimit?.(reading);
        return reading;
      },
      onWait: (milliseconds, headers) => {
        const told = headers === undefined ? {} : { headers };
        onEvent?.({ type: "waiting", host, milliseconds, ...told });
      },
    }),
    onRequest: () => onEvent?.({ type: "request", host }),
    onRetry: (reason) => onEvent?.({ type: "retry", host, reason }),
  });
}
