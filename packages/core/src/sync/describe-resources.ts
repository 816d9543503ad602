import type { Mapping } from "../map/mapping.ts";
import type { FeedingResource, PlanDeletionsInput } from "./plan-deletions.ts";
import { createResourceCount, type ResourceCount } from "./resource-count.ts";

/** The resources of the whole mapping: those that the run left out forbid deletion as well. */
export function describeResources(
  mapping: Mapping,
  counts: readonly ResourceCount[],
): Pick<PlanDeletionsInput, "resources" | "withheld"> {
  const byIndex = new Map(counts.map((count) => [count.resource.index, count]));
  const described = mapping.resources.map((resource) => {
    const count = byIndex.get(resource.index);
    const { name, blueprints, produced, outcome, withheld } =
      count ?? createResourceCount(resource);
    const feeding: FeedingResource = {
      name,
      blueprints,
      produced,
      ran: count !== undefined,
      incomplete: count === undefined ? "" : describeCompletion(count),
      objects: outcome.objects,
      rotates: resource.kind === "oncalls",
    };
    return { feeding, withheld };
  });
  return {
    resources: described.map(({ feeding }) => feeding),
    withheld: described.flatMap(({ feeding, withheld }) =>
      withheld.map(({ blueprint, identifier }) => ({ resource: feeding, blueprint, identifier })),
    ),
  };
}

/** Why a resource was not read to its end; empty where it was. */
export function describeCompletion({ outcome: { completion } }: ResourceCount): string {
  switch (completion.state) {
    case "complete":
      return "";
    case "incomplete":
      return completion.reason;
    default:
      return completion.error.message;
  }
}
