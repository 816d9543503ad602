import type { Mapping } from "../../../map/mapping.ts";
import { mayMake } from "../../may-make.ts";
import type { ResourceCount } from "../../resource-count.ts";

/**
 * Tells of a blueprint whether a run has looked at all that may make entities of it: what it was told to leave
 * out says nothing.
 */
export function createJudgedTest({
  mapping,
  counts,
}: {
  readonly mapping: Pick<Mapping, "resources">;
  /** The resources that were read. */
  readonly counts: readonly ResourceCount[];
}): (blueprint: string) => boolean {
  const read = new Set(counts.map(({ resource }) => resource.index));
  const leftOut = mapping.resources.filter(({ index }) => !read.has(index));
  return (blueprint) =>
    !leftOut.some(({ entities }) => entities.some((template) => mayMake(template, blueprint)));
}
