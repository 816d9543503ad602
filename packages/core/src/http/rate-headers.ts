/** What an answer's headers say of the rate limit it was counted against. */
export interface RateLimitReading {
  /** Requests in one window. */
  readonly limit: number;
  /** Requests left in this window; negative where the host has counted beyond its limit. */
  readonly remaining: number;
  /** Milliseconds until the window ends, rounded up to whole seconds by the host. */
  readonly resetIn: number;
}

/** Reads one host's dialect of rate limit headers; undefined where they are absent or unreadable. */
export type ReadRateLimit = (headers: Headers, now: number) => RateLimitReading | undefined;

/**
 * PagerDuty: `ratelimit-limit`, `-remaining`, and `-reset` as seconds from now.
 * {@link https://developer.pagerduty.com/docs/rest-api-rate-limits}
 */
export const readPagerDutyRateLimit: ReadRateLimit = (headers) => {
  const resetSeconds = readNumber(headers, "ratelimit-reset");
  return reading(headers, "ratelimit", resetSeconds);
};

/**
 * PagerDuty's analytics count a day's requests too. Only seen in answers; no document tells of it.
 * {@link https://github.com/port-labs/ocean/pull/3175}
 */
export const readDailyRateLimit = (headers: Headers): RateLimitReading | undefined =>
  reading(headers, "daily-ratelimit", readNumber(headers, "daily-ratelimit-reset"));

/**
 * Port: `x-ratelimit-limit`, `-remaining`, and `-reset` as seconds since 1970. The answer's own `Date`
 * is taken as now where there is one, so that a wrong local clock does not matter.
 * {@link https://docs.port.io/api-reference/rate-limits}
 */
export const readPortRateLimit: ReadRateLimit = (headers, now) => {
  const resetAt = readNumber(headers, "x-ratelimit-reset");
  if (resetAt === undefined) return undefined;
  const date = Date.parse(headers.get("date") ?? "");
  const answeredAt = Number.isNaN(date) ? now : date;
  return reading(headers, "x-ratelimit", resetAt - answeredAt / 1000);
};

/** What an answer says of limits and waits, as it says it: `ratelimit-reset: 3600`. */
export function quoteRateHeaders(headers: Headers): string {
  const names = ["retry-after", "ratelimit-", "x-ratelimit-"].flatMap((name) =>
    name.endsWith("-") ? [`${name}limit`, `${name}remaining`, `${name}reset`] : [name],
  );
  return names
    .flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [`${name}: ${value.slice(0, longestQuote)}`];
    })
    .join(", ");
}

/** Characters of a header's value that are shown: more than any number has. */
const longestQuote = 40;

function reading(
  headers: Headers,
  prefix: string,
  resetSeconds: number | undefined,
): RateLimitReading | undefined {
  const limit = readNumber(headers, `${prefix}-limit`);
  const remaining = readNumber(headers, `${prefix}-remaining`);
  if (limit === undefined || remaining === undefined || resetSeconds === undefined)
    return undefined;
  return { limit, remaining, resetIn: Math.max(0, resetSeconds * 1000) };
}

function readNumber(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  if (text === null || text.trim() === "") return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/**
 * `Retry-After` in milliseconds from now: seconds or an HTTP date.
 * {@link https://www.rfc-editor.org/rfc/rfc9110#name-retry-after}
 */
export function readRetryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && text.trim() !== "") return Math.max(0, seconds * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
