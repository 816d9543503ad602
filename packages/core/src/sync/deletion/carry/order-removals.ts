import type { Blueprint } from "../../../sink/port/blueprint.ts";

/**
 * Puts blueprints into the order in which their entities are deleted: those that relate to others before
 * those. Where blueprints relate in a circle, the order among them does not matter.
 */
export function orderRemovals(
  names: readonly string[],
  blueprints: ReadonlyMap<string, Blueprint>,
): string[] {
  const ordered: string[] = [];
  const wanted = new Set(names);
  const visited = new Set<string>();
  // Depth first, targets first; turned round at the end.
  const visit = (name: string): void => {
    if (visited.has(name)) return;
    visited.add(name);
    for (const { target } of blueprints.get(name)?.relations.values() ?? []) visit(target);
    if (wanted.has(name)) ordered.push(name);
  };
  for (const name of names.toSorted()) visit(name);
  return ordered.toReversed();
}
