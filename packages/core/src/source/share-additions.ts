import type { Enrichment } from "./listing-plan.ts";
import type { PlannedResource } from "./share-listings.ts";

/** Resources that want the same added to their objects. */
export interface Additions {
  readonly enrichments: readonly Enrichment[];
  readonly resources: readonly PlannedResource[];
}

/** Groups resources by what they want added: an object is mapped with that, and nothing else. */
export function shareAdditions(resources: readonly PlannedResource[]): Additions[] {
  const groups = Map.groupBy(resources, ({ plan }) => JSON.stringify(plan.enrichments));
  return [...groups.values()].map((group) => ({
    enrichments: group[0]?.plan.enrichments ?? [],
    resources: group,
  }));
}
