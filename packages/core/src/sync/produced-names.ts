import type { Entity } from "../map/entity.ts";
import type { EntityRef } from "../store/produced.ts";

/** The names of all entities that a run made. */
export class ProducedNames {
  readonly #byBlueprint = new Map<string, Set<string>>();

  addAll(entities: readonly Entity[]): void {
    for (const { blueprint, identifier } of entities) {
      // One that is found by a search has no name before Port has found it.
      if (typeof identifier === "string") this.add({ blueprint, identifier });
    }
  }

  add({ blueprint, identifier }: EntityRef): void {
    const names = this.#byBlueprint.get(blueprint) ?? new Set();
    this.#byBlueprint.set(blueprint, names.add(identifier));
  }

  /** Takes in all of another. */
  merge(other: ProducedNames): void {
    for (const [blueprint, names] of other.#byBlueprint) {
      for (const identifier of names) this.add({ blueprint, identifier });
    }
  }

  has({ blueprint, identifier }: EntityRef): boolean {
    return this.#byBlueprint.get(blueprint)?.has(identifier) === true;
  }

  get size(): number {
    return [...this.#byBlueprint.values()].reduce((sum, names) => sum + names.size, 0);
  }
}
