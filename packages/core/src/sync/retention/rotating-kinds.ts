import type { Mapping, Resource } from "../../map/mapping.ts";
import { mayMake } from "../may-make.ts";

/** Kinds whose objects end by themselves all the time: an on-call ends with its shift. */
const alwaysRotating: ReadonlySet<Resource["kind"]> = new Set(["oncalls"]);

/**
 * Tells blueprints whose entities come and go by themselves: those that nothing but rotating kinds makes.
 * Incidents rotate where those that grow old are deleted, since PagerDuty has them still.
 */
export function createRotatingTest(
  { resources }: Pick<Mapping, "resources">,
  { deletesAged }: { readonly deletesAged: boolean },
): (blueprint: string) => boolean {
  const known = new Map<string, boolean>();
  return (blueprint) => {
    const told = known.get(blueprint);
    if (told !== undefined) return told;
    const kinds = resources
      .filter(({ entities }) => entities.some((entity) => mayMake(entity, blueprint)))
      .map(({ kind }) => kind);
    const rotates =
      kinds.length > 0 &&
      kinds.every((kind) => alwaysRotating.has(kind) || (deletesAged && kind === "incidents"));
    known.set(blueprint, rotates);
    return rotates;
  };
}
