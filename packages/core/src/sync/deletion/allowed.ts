import { nameEntity } from "../../sink/port/port-entity.ts";
import type { EntityRef } from "../../store/produced.ts";

/** What a person lets go of: all that a run would delete of some blueprints, and single entities. */
export interface Allowed {
  /** Whether all of a blueprint may go. */
  hasBlueprint(blueprint: string): boolean;
  /** Whether an entity may go, by itself or with its blueprint. */
  has(ref: EntityRef): boolean;
}

/** Joins what flags name with what plans approve. */
export function createAllowed({
  blueprints,
  entities,
}: {
  readonly blueprints: Iterable<string>;
  readonly entities: Iterable<EntityRef>;
}): Allowed {
  const whole = new Set(blueprints);
  const names = new Set(
    Array.from(entities, ({ blueprint, identifier }) => nameEntity(blueprint, identifier)),
  );
  return {
    hasBlueprint: (blueprint) => whole.has(blueprint),
    has: ({ blueprint, identifier }) =>
      whole.has(blueprint) || names.has(nameEntity(blueprint, identifier)),
  };
}

/** The same, but for blueprints that are not written. */
export function leaveOutBlocked(
  allowed: Allowed,
  blocked: { has(blueprint: string): boolean },
): Allowed {
  return {
    hasBlueprint: (blueprint) => !blocked.has(blueprint) && allowed.hasBlueprint(blueprint),
    has: (ref) => !blocked.has(ref.blueprint) && allowed.has(ref),
  };
}
