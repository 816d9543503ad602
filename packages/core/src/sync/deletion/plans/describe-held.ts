import { findEntities } from "../../../sink/port/find-entities.ts";
import { listBlueprints } from "../../../sink/port/blueprint.ts";
import { nameEntity } from "../../../sink/port/port-entity.ts";
import type { PortClient } from "../../../sink/port/port-client.ts";
import type { HeldGroup } from "../../../store/plans/held-group.ts";
import { findRelationsTo } from "../carry/find-relations-to.ts";

/** Entities of a plan whose title and relations are looked up; a larger one is judged by its size. */
const mostDescribed = 1000;

/**
 * Adds what a person wants to see of entities that are held: their titles, and how many entities in Port
 * relate to them.
 *
 * @param isKnown whether an entity was described before
 */
export async function describeHeld(
  groups: readonly HeldGroup[],
  {
    port,
    isKnown,
    signal,
  }: {
    readonly port: PortClient;
    readonly isKnown: (blueprint: string, identifier: string) => boolean;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<HeldGroup[]> {
  const isNew = groups.map(({ entities }) =>
    entities.filter(({ blueprint, identifier }) => !isKnown(blueprint, identifier)),
  );
  const wanted = isNew.flatMap((entities) => entities.slice(0, mostDescribed));
  if (wanted.length === 0) return [...groups];
  const removals = [...Map.groupBy(wanted, ({ blueprint }) => blueprint)].map(
    ([blueprint, some]) => ({ blueprint, identifiers: some.map(({ identifier }) => identifier) }),
  );
  const titles = new Map<string, string>();
  for (const { blueprint, identifiers } of removals) {
    const fields = ["title"];
    const found = await findEntities(port, blueprint, identifiers, { fields, signal });
    for (const [identifier, { content }] of found) {
      const title = content?.["title"];
      if (typeof title === "string") titles.set(nameEntity(blueprint, identifier), title);
    }
  }
  const blueprints = await listBlueprints(port, signal);
  const relations = await findRelationsTo({ port, blueprints, removals, signal });
  const asked = new Set(wanted.map((ref) => nameEntity(ref.blueprint, ref.identifier)));
  return groups.map((group) => ({
    ...group,
    entities: group.entities.map((entity) => {
      const name = nameEntity(entity.blueprint, entity.identifier);
      if (!asked.has(name)) return entity;
      return { ...entity, title: titles.get(name), related: relations.get(name)?.length ?? 0 };
    }),
  }));
}
