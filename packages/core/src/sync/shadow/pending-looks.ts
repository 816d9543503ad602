import { nameEntity } from "../../sink/port/port-entity.ts";
import type { EntityRef } from "../../store/produced.ts";
import type { WantedEntity } from "../catalog-findings.ts";

/** What events told of, and Port is still to be asked for. */
export interface DueLooks {
  readonly wanted: readonly WantedEntity[];
  /** Entities whose object is gone. */
  readonly gone: readonly EntityRef[];
}

/** Entities that wait for a look: whoever writes them needs a moment, and many are asked for at once. */
export class PendingLooks {
  readonly #waiting = new Map<
    string,
    { readonly at: number; readonly wanted: WantedEntity | undefined; readonly ref: EntityRef }
  >();

  get size(): number {
    return this.#waiting.size;
  }

  /** What would be written at a moment, in place of what an earlier event told. */
  addWanted(wanted: WantedEntity, at: number): void {
    const { blueprint, identifier } = wanted.entity;
    this.#put({ blueprint, identifier }, wanted, at);
  }

  addGone(ref: EntityRef, at: number): void {
    this.#put(ref, undefined, at);
  }

  /** Takes out what has waited since a moment or longer. */
  take(until: number): DueLooks {
    const wanted: WantedEntity[] = [];
    const gone: EntityRef[] = [];
    for (const [name, one] of this.#waiting) {
      if (one.at > until) continue;
      this.#waiting.delete(name);
      if (one.wanted === undefined) gone.push(one.ref);
      else wanted.push(one.wanted);
    }
    return { wanted, gone };
  }

  /** Puts back what could not be looked at, unless something newer waits by now. */
  putBack({ wanted, gone }: DueLooks, at: number): void {
    for (const one of wanted) {
      const { blueprint, identifier } = one.entity;
      if (!this.#waiting.has(nameEntity(blueprint, identifier))) this.addWanted(one, at);
    }
    for (const ref of gone) {
      if (!this.#waiting.has(nameEntity(ref.blueprint, ref.identifier))) this.addGone(ref, at);
    }
  }

  #put(ref: EntityRef, wanted: WantedEntity | undefined, at: number): void {
    this.#waiting.set(nameEntity(ref.blueprint, ref.identifier), { at, wanted, ref });
  }
}
