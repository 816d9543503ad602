import type { Expression, SearchExpression } from "./expression.ts";
import type { Kind } from "./parse/kinds.ts";
import type { ResourceSource } from "./parse/mapping-schema.ts";

/** A mapping that has been checked whole: every key, value and expression. */
export interface Mapping {
  /** The file it came from, as the user named it. */
  readonly file: string | undefined;
  /** The document as it was given, for Port's API. */
  readonly document: unknown;
  readonly enableMergeEntity: boolean;
  readonly deleteDependentEntities: boolean;
  readonly createMissingRelatedEntities: boolean;
  /** A share, 0 to 1. */
  readonly entityDeletionThreshold: number;
  readonly resources: readonly Resource[];
}

/** One entry of `resources`. */
export interface Resource {
  /** Its position in `resources`, from 0. */
  readonly index: number;
  readonly kind: Kind;
  /** Its kind and settings, typed by kind, with defaults filled in. */
  readonly selection: Selection;
  /** `selector.query` */
  readonly query: Expression;
  readonly items: ItemsToParse | undefined;
  readonly entities: readonly EntityTemplate[];
}

type SelectionOf<T> = T extends { kind: infer K; selector: infer S }
  ? { readonly kind: K; readonly selector: Readonly<Omit<S, "query">> }
  : never;

/** A kind with the settings that its selector has. */
export type Selection = SelectionOf<ResourceSource>;

/** `itemsToParse` and what belongs to it. */
export interface ItemsToParse {
  readonly list: Expression;
  /** The name under which expressions see an element. */
  readonly name: string;
  /**
   * Where the list lies in the object, when it is to be left out of what expressions see; undefined
   * where it stays.
   */
  readonly leftOut: readonly (string | number)[] | undefined;
}

/** How one entity is made. */
export interface EntityTemplate {
  readonly identifier: Expression | SearchExpression;
  readonly blueprint: Expression;
  readonly title: Expression | undefined;
  readonly icon: Expression | undefined;
  readonly team: Expression | SearchExpression | undefined;
  readonly properties: readonly (readonly [string, Expression])[];
  readonly relations: readonly (readonly [string, Expression | SearchExpression])[];
}
