/** An entity that is as it was, and why. */
export interface KeptWithReason {
  readonly identifier: string;
  readonly reason: string;
}

/** What became of the entities of one blueprint. */
export interface CarriedOut {
  readonly blueprint: string;
  readonly deleted: readonly string[];
  /** Became stubs now. */
  readonly stubbed: readonly string[];
  /** Were stubs already, and stay it. */
  readonly already: readonly string[];
  /** Written since the run began, or being written: left alone. */
  readonly recent: readonly string[];
  /** Port's search lacks them: neither there nor gone for certain, so they are asked for again next time. */
  readonly unsure: readonly string[];
  /** Cannot become stubs, as the blueprint demands what a stub has not. */
  readonly withheld: readonly KeptWithReason[];
  /** Port did not do it, or it could not be put into the journal. */
  readonly refused: readonly KeptWithReason[];
}

type Counted<Part> = Part extends readonly (infer Item)[] ? Item[] : Part;
type Growing = { readonly [Name in keyof CarriedOut]: Counted<CarriedOut[Name]> };

/** What became of entities, while they are seen to. */
export class CarriedOutCounts {
  readonly #byBlueprint = new Map<string, Growing>();

  of(blueprint: string): Growing {
    const known = this.#byBlueprint.get(blueprint);
    if (known !== undefined) return known;
    const none: Growing = {
      blueprint,
      deleted: [],
      stubbed: [],
      already: [],
      recent: [],
      unsure: [],
      withheld: [],
      refused: [],
    };
    this.#byBlueprint.set(blueprint, none);
    return none;
  }

  list(): CarriedOut[] {
    return [...this.#byBlueprint.values()];
  }
}
