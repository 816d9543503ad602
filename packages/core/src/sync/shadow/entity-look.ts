/** What would become of an entity that nothing makes any more. */
export type Removal = "delete" | "stub" | "withheld";

/** The place of a difference that is of the whole entity, and of no field. */
export const wholeEntity = { missing: "(missing)", extra: "(extra)" } as const;

/** One way in which an entity in Port differs from what would be written. */
export interface Difference {
  /** `(missing)`: Port has no such entity. `(extra)`: nothing makes it. Else the field: `properties.status`. */
  readonly place: string;
  /** What Port has, as JSON, shortened; empty for the whole entity. */
  readonly port: string;
  /** What would be written, as JSON, shortened; empty for the whole entity. */
  readonly pagerport: string;
  /** Tells what would be written from anything else. */
  readonly wanted: string;
  /** Port has nothing where something would be written. */
  readonly isEmptied?: boolean;
  /** Port has the same, but for numbers in the place of text and nulls in lists. */
  readonly isAlike?: boolean;
  /** Of an entity that nothing makes. */
  readonly removal?: Removal;
  /** Something that is made relates to the entity. */
  readonly isNamed?: boolean;
}

/** What one look at one entity in Port found. */
export interface EntityLook {
  readonly blueprint: string;
  readonly identifier: string;
  /** When Port was asked, milliseconds since 1970. */
  readonly at: number;
  /** When Port's entity was last written, milliseconds since 1970; undefined where there is none. */
  readonly updatedAt: number | undefined;
  /** Whether a full reading shows the object of which it is made; undefined where none was made. */
  readonly isListed?: boolean | undefined;
  /** Empty where Port has just what would be written, or neither has anything. */
  readonly differences: readonly Difference[];
}
