import type { Clock } from "../clock.ts";
import type { RateLimitReading } from "./rate-headers.ts";

/**
 * Is told what an answer says of a rate limit.
 *
 * @param part what of the host has a limit of its own; undefined for all else
 */
export type OnRateLimit = (
  host: string,
  part: string | undefined,
  reading: RateLimitReading,
) => void;

/** A rate limit as it was told last. */
export interface SeenRateLimit {
  readonly host: string;
  readonly part: string | undefined;
  readonly limit: number;
  readonly remaining: number;
  /** When it was told, milliseconds since 1970. */
  readonly at: number;
}

/** What is known of hosts' rate limits. */
export interface RateMemory {
  readonly onRateLimit: OnRateLimit;
  /** By host and part, the last reading of each. */
  readonly list: () => readonly SeenRateLimit[];
}

/** Makes a memory of what hosts' answers say of their limits. */
export function createRateMemory({ clock }: { readonly clock: Clock }): RateMemory {
  const seen = new Map<string, SeenRateLimit>();
  return {
    onRateLimit(host, part, { limit, remaining }) {
      const at = clock.now();
      seen.set(`${host}\n${part ?? ""}`, { host, part, limit, remaining, at });
    },
    list() {
      return [...seen].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
    },
  };
}
