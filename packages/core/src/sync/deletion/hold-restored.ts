import { nameEntity } from "../../sink/port/port-entity.ts";
import type { GuardedBlueprint } from "./check-guards.ts";

/** Takes out what was put back by a person, and is held. */
export function holdRestored(
  guarded: readonly GuardedBlueprint[],
  restored: ReadonlySet<string>,
): {
  readonly guarded: readonly GuardedBlueprint[];
  readonly held: ReadonlyMap<string, readonly string[]>;
} {
  if (restored.size === 0) return { guarded, held: new Map() };
  const held = new Map<string, readonly string[]>();
  const others = guarded.map((one) => {
    const isHeld = (identifier: string): boolean =>
      restored.has(nameEntity(one.blueprint, identifier));
    held.set(one.blueprint, one.candidates.filter(isHeld));
    const candidates = one.candidates.filter((identifier) => !isHeld(identifier));
    return Object.assign({}, one, { candidates });
  });
  return { guarded: others, held };
}

/** Says why what was put back stays. */
export function describeHeld(
  blueprint: string,
): (identifier: string) => { readonly identifier: string; readonly why: string } {
  const why = `it was put back; pagerport restore --release ${blueprint} and its identifier let it go`;
  return (identifier) => ({ identifier, why });
}
