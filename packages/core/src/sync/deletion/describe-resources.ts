import type { Mapping } from "../../map/mapping.ts";
import type { KindName } from "../../source/kinds.ts";
import { createResourceCount, type ResourceCount } from "../resource-count.ts";
import type { FeedingResource, GuardsInput } from "./check-guards.ts";

/**
 * The resources of the whole mapping: those that the run left out forbid deletion as well.
 *
 * @param short kinds whose lists turned out not to be whole, with the reason
 */
export function describeResources(
  mapping: Pick<Mapping, "resources">,
  counts: readonly ResourceCount[],
  short: ReadonlyMap<KindName, string> = new Map(),
): Pick<GuardsInput, "resources" | "unmade"> {
  const byIndex = new Map(counts.map((count) => [count.resource.index, count]));
  const described = mapping.resources.map((resource) => {
    const count = byIndex.get(resource.index);
    const { name, blueprints, produced, withheld } = count ?? createResourceCount(resource);
    const feeding: FeedingResource = {
      name,
      blueprints,
      produced,
      ran: count !== undefined,
      incomplete:
        count === undefined ? "" : describeCompletion(count) || (short.get(resource.kind) ?? ""),
    };
    return { feeding, withheld };
  });
  return {
    resources: described.map(({ feeding }) => feeding),
    unmade: described.flatMap(({ feeding, withheld }) =>
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
