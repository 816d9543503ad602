import { ConfigError } from "../errors.ts";
import type { Mapping, Resource } from "../map/mapping.ts";
import type { ImportKind } from "./import-history.ts";

/**
 * The resources of a mapping that an import of some kinds goes through.
 *
 * @throws {ConfigError} when there are none
 */
export function chooseResources(mapping: Mapping, kinds: readonly ImportKind[]): Resource[] {
  const chosen = mapping.resources.filter(({ kind }) => kinds.some((wanted) => wanted === kind));
  if (chosen.length > 0) return chosen;
  const known = [...new Set(mapping.resources.map(({ kind }) => kind))].join(", ");
  throw new ConfigError(
    `The mapping has no resource of kind ${kinds.join(" or ")}, so there is nothing to import; it has ${known}`,
    { setting: "--kinds" },
  );
}
