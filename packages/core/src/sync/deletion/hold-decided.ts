import { nameEntity } from "../../sink/port/port-entity.ts";
import type { GuardedBlueprint } from "./check-guards.ts";

/** Why entities stay by a person's word, by their names. */
export type HeldByPerson = ReadonlyMap<string, string>;

/** An entity that stays by a person's word. */
export interface PersonHeld {
  readonly identifier: string;
  readonly why: string;
}

/** Takes out what a person put back, or rejected the deletion of. */
export function holdDecided(
  guarded: readonly GuardedBlueprint[],
  reasons: HeldByPerson,
): {
  readonly guarded: readonly GuardedBlueprint[];
  readonly held: ReadonlyMap<string, readonly PersonHeld[]>;
} {
  if (reasons.size === 0) return { guarded, held: new Map() };
  const held = new Map<string, readonly PersonHeld[]>();
  const others = guarded.map((one) => {
    const { blueprint, candidates } = one;
    // What a guard holds is held by the person's word first: there is nothing to see to.
    const all = [...candidates, ...one.withheld];
    const reasonOf = (identifier: string): string | undefined =>
      reasons.get(nameEntity(blueprint, identifier));
    held.set(
      blueprint,
      all.flatMap((identifier) => {
        const why = reasonOf(identifier);
        return why === undefined ? [] : [{ identifier, why }];
      }),
    );
    const isFree = (identifier: string): boolean => reasonOf(identifier) === undefined;
    const withheld = one.withheld.filter(isFree);
    return Object.assign({}, one, {
      candidates: candidates.filter(isFree),
      withheld,
      reason: withheld.length === 0 ? "" : one.reason,
    });
  });
  return { guarded: others, held };
}

/** Says why what was put back stays. */
export function describeRestored(blueprint: string): string {
  return `it was put back; pagerport restore --release ${blueprint} and its identifier let it go`;
}
