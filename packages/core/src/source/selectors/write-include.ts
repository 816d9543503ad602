import type { Query } from "../pagerduty-client.ts";

/** `include[]` in an order of its own, so that resources that include the same are seen to. */
export function writeInclude(include: readonly string[] | undefined): Query {
  return [...new Set(include)].toSorted().map((name) => ["include[]", name] as const);
}

/** Why a `time_zone` changes nothing; empty where there is none. */
export function warnOfTimeZone(timeZone: string | undefined): string[] {
  if (timeZone === undefined) return [];
  return [`time_zone ${timeZone} is not asked for: times are read in UTC, and mean the same`];
}
