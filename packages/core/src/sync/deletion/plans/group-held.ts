import type { Mapping } from "../../../map/mapping.ts";
import type { HeldEntity, HeldGroup } from "../../../store/plans/held-group.ts";
import type { EntityRef } from "../../../store/produced.ts";
import { describeReader } from "../brakes/describe-reader.ts";
import type { Reconciliation } from "../reconciliation.ts";
import type { WithheldByBrake } from "../withheld-by-brake.ts";
import { plannedBrakes } from "./planned-brakes.ts";

/** What a mapping makes of blueprints that are not written, as it names things otherwise than before. */
export type LeftOutNames = ReadonlyMap<string, ReadonlySet<string>>;

/** Groups what a run withholds as plans have it: by blueprint and brake. */
export function groupHeld(
  reconciliations: readonly Reconciliation[],
  {
    mapping,
    leftOut,
    isOwned,
  }: {
    readonly mapping: Pick<Mapping, "resources">;
    readonly leftOut: LeftOutNames;
    readonly isOwned: (blueprint: string, identifier: string) => boolean;
  },
): HeldGroup[] {
  return reconciliations.flatMap(({ blueprint, withheld }) =>
    plannedBrakes.flatMap((brake): HeldGroup[] => {
      const entities = withheld
        .filter((one) => one.brake === brake)
        .flatMap(({ reason, identifiers, dependents = [] }): HeldEntity[] => {
          const held: HeldEntity[] = identifiers.map((identifier) => ({
            blueprint,
            identifier,
            why: reason,
          }));
          return held.concat(dependents.map(describeDependent));
        });
      if (entities.length === 0) return [];
      const made = brake === "reader" ? leftOut.get(blueprint) : undefined;
      const writes =
        made && [...made].filter((identifier) => !isOwned(blueprint, identifier)).toSorted();
      const reader = describeReader(mapping, blueprint);
      return [{ blueprint, brake, reader, entities: unite(entities), writes }];
    }),
  );
}

function describeDependent({ blueprint, identifier }: EntityRef): HeldEntity {
  return { blueprint, identifier, why: "it cannot be without them", isDependent: true };
}

/** Groups what a live event left withheld. */
export function groupHeldLive(
  withheld: readonly WithheldByBrake[],
  mapping: Pick<Mapping, "resources">,
): HeldGroup[] {
  const planned = withheld.filter(({ brake }) => plannedBrakes.some((name) => name === brake));
  const entities = planned.flatMap(({ brake, reason, entities: refs }) =>
    refs.map((ref) => ({ ...ref, brake, why: reason })),
  );
  const groups = Map.groupBy(entities, ({ blueprint, brake }) =>
    JSON.stringify([blueprint, brake]),
  );
  return [...groups.values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    const { blueprint, brake } = first;
    const reader = describeReader(mapping, blueprint);
    const held = some.map(({ identifier, why }) => ({ blueprint, identifier, why }));
    return [{ blueprint, brake, reader, entities: unite(held) }];
  });
}

/** Each once: several may need the same dependent. */
function unite(entities: readonly HeldEntity[]): HeldEntity[] {
  const byName = new Map<string, HeldEntity>();
  for (const entity of entities) {
    const name = JSON.stringify([entity.blueprint, entity.identifier]);
    if (!byName.has(name)) byName.set(name, entity);
  }
  return [...byName.values()];
}
