import type { EntityRef } from "../produced.ts";

/** What one brake holds of a blueprint at this moment. */
export interface HeldGroup {
  readonly blueprint: string;
  readonly brake: string;
  /** The parts of the mapping that it hangs on, hashed: see `describeReader`. */
  readonly reader: string;
  /** The first of them is the plan's reason. */
  readonly entities: readonly HeldEntity[];
  /** Identifiers that a changed mapping writes in their place; undefined for none. */
  readonly writes?: readonly string[] | undefined;
}

/** An entity that is held. */
export interface HeldEntity extends EntityRef {
  readonly why: string;
  /** It is held only because it cannot be without another. @default false */
  readonly isDependent?: boolean | undefined;
  readonly title?: string | undefined;
  /** Entities in Port that relate to it, where they were counted. */
  readonly related?: number | undefined;
}
