import type { Clock } from "../clock.ts";
import { createSteadyClock } from "../steady-clock.ts";
import { readDailyRateLimit } from "./rate-headers.ts";

/** However long the host says, it is a day's quota. Milliseconds. */
const day = 86_400_000;

export interface DailyQuota {
  /** Sends a request, or answers 429 in the host's place while the quota is known to be spent. */
  readonly fetch: typeof globalThis.fetch;
  /** Whether a refusal is one that waiting a minute does not mend. */
  readonly isSpent: (status: number, headers: Headers) => boolean;
}

/**
 * Keeps to a quota of a day that a host has besides its limit of a minute. Once an answer says that it
 * is spent nothing more is sent before its end: each refused request would be counted too.
 */
export function createDailyQuota(options: {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
}): DailyQuota {
  const clock = createSteadyClock(options.clock);
  let spentUntil = -Infinity;

  const send = async (
    input: Parameters<typeof options.fetch>[0],
    init?: RequestInit,
  ): Promise<Response> => {
    const now = clock.now();
    if (now < spentUntil) return refuse(spentUntil - now);
    const answer = await options.fetch(input, init);
    const daily = readDailyRateLimit(answer.headers);
    if (daily !== undefined && daily.remaining <= 0) {
      spentUntil = clock.now() + Math.min(daily.resetIn, day);
    }
    return answer;
  };

  return {
    fetch: Object.assign(send, { preconnect: () => undefined }),
    isSpent: (status, headers) => {
      const daily = readDailyRateLimit(headers);
      return status === 429 && daily !== undefined && daily.remaining <= 0;
    },
  };
}

function refuse(resetIn: number): Response {
  const message = `The daily quota is spent, for another ${Math.ceil(resetIn / 60_000)} minutes`;
  return Response.json(
    { error: { message } },
    {
      status: 429,
      headers: {
        "daily-ratelimit-limit": "0",
        "daily-ratelimit-remaining": "0",
        "daily-ratelimit-reset": String(Math.ceil(resetIn / 1000)),
      },
    },
  );
}
