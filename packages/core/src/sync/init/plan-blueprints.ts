import type { JsonObject } from "../../json.ts";
import type { AddedValues, Blueprint, BlueprintRelation } from "../../sink/port/blueprint.ts";
import type {
  BlueprintPlan,
  DifferingProperty,
  FieldByHand,
  PlannedBlueprint,
  RefusedRelation,
  UnknownBlueprint,
} from "./blueprint-plan.ts";
import {
  findKnown,
  findMissingValues,
  findProperty,
  findRelation,
  isOfOtherType,
  type KnownSet,
  leadsElsewhere,
  orderSets,
} from "./known-blueprints.ts";
import type { MappedBlueprint, MappedNames } from "./mapped-names.ts";

/** Works out what the blueprints in Port lack for a mapping. Changes nothing. */
export function planBlueprints(
  mapped: MappedNames,
  existing: ReadonlyMap<string, Blueprint>,
  knownSets: readonly KnownSet[],
): BlueprintPlan {
  const planner = new BlueprintPlanner(existing, orderSets(knownSets, mapped, existing));
  for (const [identifier, names] of mapped) planner.add(identifier, names);
  return planner.finish();
}

class BlueprintPlanner {
  readonly #existing: ReadonlyMap<string, Blueprint>;
  /** The set that the mapping follows comes first. */
  readonly #sets: readonly KnownSet[];
  readonly #changed: PlannedBlueprint[] = [];
  readonly #created = new Map<
    string,
    { readonly known: Blueprint; readonly plan: PlannedBlueprint }
  >();
  readonly #refused: RefusedRelation[] = [];
  readonly #unknown: UnknownBlueprint[] = [];
  readonly #byHand: FieldByHand[] = [];
  readonly #differing: DifferingProperty[] = [];

  constructor(existing: ReadonlyMap<string, Blueprint>, sets: readonly KnownSet[]) {
    this.#existing = existing;
    this.#sets = sets;
  }

  /** Plans for a blueprint that the mapping names. */
  add(identifier: string, names: MappedBlueprint): void {
    const there = this.#existing.get(identifier);
    if (there === undefined) {
      const known = findKnown(this.#sets, identifier);
      if (known === undefined) {
        this.#unknown.push({ blueprint: identifier, resources: [...names.resources] });
      } else {
        this.#create(known, names);
      }
      return;
    }
    const refused = this.#findRefused(there, names);
    if (refused.length > 0) {
      this.#refused.push(...refused);
      return;
    }
    const properties = this.#findProperties(there, names);
    const relations = this.#findRelations(there, names);
    const values = this.#findValues(there, names);
    if (properties.size + relations.size + values.size === 0) return;
    this.#changed.push({ identifier, create: undefined, properties, relations, values });
  }

  finish(): BlueprintPlan {
    const created = [...this.#created.values()].map(
      ({ known, plan: { identifier, create, properties, relations, values } }) => {
        const all = new Map([...this.#possibleRelations(known), ...relations]);
        return { identifier, create, properties, relations: all, values };
      },
    );
    return {
      blueprints: [...created, ...this.#changed],
      refused: this.#refused,
      unknown: this.#unknown,
      byHand: this.#byHand,
      differing: this.#differing,
    };
  }

  /** A blueprint of ours as we know it, with what else the mapping names. */
  #create(known: Blueprint, names: MappedBlueprint | undefined): void {
    const { identifier } = known;
    if (this.#existing.has(identifier)) return;
    const before = this.#created.get(identifier)?.plan;
    if (before !== undefined && names === undefined) return;
    const properties = new Map(known.properties);
    const relations = new Map<string, BlueprintRelation>();
    const values = new Map<string, AddedValues>();
    const plan = { identifier, create: known.json, properties, relations, values };
    this.#created.set(identifier, { known, plan });
    if (names === undefined) return;
    for (const [name, json] of this.#findProperties(known, names)) properties.set(name, json);
    for (const name of names.relations) {
      const own = known.relations.get(name);
      if (own !== undefined) this.#relate(name, own, relations);
    }
    for (const [name, relation] of this.#findRelations(known, names)) relations.set(name, relation);
  }

  /** Relations of a blueprint of ours whose targets are there in the end, whether mapped or not. */
  #possibleRelations(known: Blueprint): [string, BlueprintRelation][] {
    return [...known.relations].filter(
      ([, { target }]) => this.#existing.has(target) || this.#created.has(target),
    );
  }

  #findProperties(there: Blueprint, names: MappedBlueprint): Map<string, JsonObject> {
    const blueprint = there.identifier;
    const missing = new Map<string, JsonObject>();
    for (const name of names.properties) {
      const field = `properties.${name}`;
      const own = there.properties.get(name);
      const known = findProperty(this.#sets, blueprint, name);
      if (there.computed.has(name)) {
        this.#byHand.push({ blueprint, field, reason: "computed" });
      } else if (own === undefined && known === undefined) {
        this.#byHand.push({ blueprint, field, reason: "unknown" });
      } else if (own === undefined && known !== undefined) {
        missing.set(name, known);
      } else if (isOfOtherType(own, known)) {
        const types = { there: typeOf(own), known: typeOf(known) };
        this.#differing.push({ blueprint, property: name, ...types });
      }
    }
    return missing;
  }

  #findValues(there: Blueprint, names: MappedBlueprint): Map<string, AddedValues> {
    const found = [...names.properties].map((name) => {
      const known = findProperty(this.#sets, there.identifier, name);
      return [name, findMissingValues(there.properties.get(name), known)] as const;
    });
    return new Map(found.filter(([, values]) => values.size > 0));
  }

  #findRelations(there: Blueprint, names: MappedBlueprint): Map<string, BlueprintRelation> {
    const blueprint = there.identifier;
    const missing = new Map<string, BlueprintRelation>();
    for (const name of names.relations) {
      if (there.relations.has(name)) continue;
      const known = findRelation(this.#sets, blueprint, name);
      if (known === undefined) {
        this.#byHand.push({ blueprint, field: `relations.${name}`, reason: "unknown" });
      } else {
        this.#relate(name, known, missing);
      }
    }
    return missing;
  }

  /** Takes a relation, and plans for its target where that is missing. */
  #relate(
    name: string,
    relation: BlueprintRelation,
    relations: Map<string, BlueprintRelation>,
  ): void {
    relations.set(name, relation);
    const target = findKnown(this.#sets, relation.target);
    if (target !== undefined) this.#create(target, undefined);
  }

  /**
   * Relations that stand in the way: one of a name that the mapping writes which leads elsewhere, or one
   * that another of the sets we know has in the place of a missing one, as the blueprint of Port's webhook
   * guide has `microservice` in the place of `pagerdutyService`.
   */
  #findRefused(there: Blueprint, names: MappedBlueprint): RefusedRelation[] {
    const blueprint = there.identifier;
    const followed = this.#sets[0]?.get(blueprint);
    return [...names.relations].flatMap((wantedRelation) => {
      const own = there.relations.get(wantedRelation);
      if (own !== undefined) {
        const known = followed?.relations.get(wantedRelation);
        return known !== undefined && leadsElsewhere(own, known)
          ? [refuse(blueprint, wantedRelation, own, wantedRelation, known)]
          : [];
      }
      const wanted = findRelation(this.#sets, blueprint, wantedRelation);
      if (wanted === undefined) return [];
      return [...there.relations]
        .filter(([name]) => !names.relations.has(name) && followed?.relations.has(name) !== true)
        .filter(([name, { target }]) =>
          this.#sets.some((set) => set.get(blueprint)?.relations.get(name)?.target === target),
        )
        .map(([name, relation]) => refuse(blueprint, name, relation, wantedRelation, wanted));
    });
  }
}

function typeOf(property: JsonObject | undefined): string {
  const type = property?.["type"];
  return typeof type === "string" ? type : "unknown";
}

function refuse(
  blueprint: string,
  relation: string,
  there: BlueprintRelation,
  wantedRelation: string,
  wanted: BlueprintRelation,
): RefusedRelation {
  return {
    blueprint,
    relation,
    there: { target: there.target, many: there.many },
    wantedRelation,
    wanted: { target: wanted.target, many: wanted.many },
  };
}
