import type { Query } from "../pagerduty-client.ts";

/** `include[]` in an order of its own, so that resources that include the same are seen to. */
export function writeInclude(include: readonly string[] | undefined): Query {
  return [...new Set(include)].toSorted().map((name) => ["include[]", name] as const);
}
