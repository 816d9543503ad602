import type { JsonObject } from "../../json.ts";
import type { AddedValues, BlueprintRelation } from "../../sink/port/blueprint.ts";

/** What blueprints need for a mapping. */
export interface BlueprintPlan {
  /** Only those that need something. */
  readonly blueprints: readonly PlannedBlueprint[];
  readonly refused: readonly RefusedRelation[];
  readonly unknown: readonly UnknownBlueprint[];
  readonly byHand: readonly FieldByHand[];
  readonly differing: readonly DifferingProperty[];
}

/** A blueprint that is to be created, or exists and lacks something. */
export interface PlannedBlueprint {
  readonly identifier: string;
  /** The definition that it is created from; undefined for one that exists. */
  readonly create: JsonObject | undefined;
  /** All properties of one that is created; those that are missing of one that exists. */
  readonly properties: ReadonlyMap<string, JsonObject>;
  /** All relations of one that is created; those that are missing of one that exists. */
  readonly relations: ReadonlyMap<string, BlueprintRelation>;
  /** Values that ours did not have from the beginning, by property; none of one that is created. */
  readonly values: ReadonlyMap<string, AddedValues>;
}

/** A relation that exists and is not what the mapping needs. Init changes no relation. */
export interface RefusedRelation {
  readonly blueprint: string;
  /** The name of the relation that is there. */
  readonly relation: string;
  readonly there: RelationEnd;
  /** The name that the mapping writes: the same, or that of the one in whose place the other stands. */
  readonly wantedRelation: string;
  readonly wanted: RelationEnd;
}

/** Where a relation leads. */
export interface RelationEnd {
  readonly target: string;
  readonly many: boolean;
}

/** A blueprint that the mapping names, that Port has not, and that we do not know. */
export interface UnknownBlueprint {
  readonly blueprint: string;
  /** The resources that name it, as `incidents[1]`. */
  readonly resources: readonly string[];
}

/** A field that only a person can put right: entities that carry it cannot be written until then. */
export interface FieldByHand {
  readonly blueprint: string;
  /** `properties.tier`, `relations.team` */
  readonly field: string;
  /** It is missing and nothing tells what it should be, or Port computes it and takes no value. */
  readonly reason: "unknown" | "computed";
}

/** A property that exists with another type than the one we know. It stays, and may well be right. */
export interface DifferingProperty {
  readonly blueprint: string;
  readonly property: string;
  readonly there: string;
  readonly known: string;
}
