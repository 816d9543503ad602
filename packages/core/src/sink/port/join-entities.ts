import { nameEntity, type PortEntity } from "./port-entity.ts";

/** One that is found by a search has no name before Port has found it. */
export function nameOf({ blueprint, identifier }: PortEntity): string | undefined {
  return typeof identifier === "string" ? nameEntity(blueprint, identifier) : undefined;
}

/** Groups entities of one name, in the order of the last of each; those without a name stay alone. */
export function groupAlike<Entity extends PortEntity>(
  entities: readonly Entity[],
): [Entity, ...Entity[]][] {
  const groups = new Map<string | number, [Entity, ...Entity[]]>();
  for (const [place, entity] of entities.entries()) {
    const name = nameOf(entity) ?? place;
    const group = groups.get(name);
    groups.delete(name);
    groups.set(name, group === undefined ? [entity] : [...group, entity]);
  }
  return [...groups.values()];
}

/**
 * What writing entities of one name one after the other comes to: the last, and where merging is on what
 * those before it name besides.
 */
export function joinAlike<Entity extends PortEntity>(
  [first, ...others]: readonly [Entity, ...Entity[]],
  { merge }: { readonly merge: boolean },
): Entity {
  let joined = first;
  for (const other of others) {
    const properties = { ...joined.properties, ...other.properties };
    const relations = { ...joined.relations, ...other.relations };
    joined = merge ? { ...joined, ...other, properties, relations } : other;
  }
  return joined;
}
