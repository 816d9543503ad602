import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { readDefaultFile } from "../../map/defaults.ts";
import {
  type AddedValues,
  type Blueprint,
  type BlueprintRelation,
  parseBlueprint,
} from "../../sink/port/blueprint.ts";
import type { MappedNames } from "./mapped-names.ts";

/** Blueprints that were made for one another. Every target of a relation is in the same set. */
export type KnownSet = ReadonlyMap<string, Blueprint>;

/** What we know of blueprints: our own first, then those of Port's guides. */
export function readKnownSets(): readonly KnownSet[] {
  const guide = readKnownSet("guide/blueprints.json");
  const analytics = readKnownSet("guide/blueprint-incident-analytics.json");
  return [
    readKnownSet("blueprints.json"),
    guide,
    new Map([...guide, ...analytics]),
    readKnownSet("guide/webhook-blueprints.json"),
  ];
}

/** The blueprints of one of the files that come with us. */
export function readKnownSet(name: Parameters<typeof readDefaultFile>[0]): KnownSet {
  const parsed = JSON.parse(readDefaultFile(name)) as JsonObject | JsonObject[];
  const blueprints = (Array.isArray(parsed) ? parsed : [parsed]).map(parseBlueprint);
  return new Map(
    blueprints.flatMap((known) =>
      known === undefined ? [] : [[known.identifier, known] as const],
    ),
  );
}

/**
 * The sets in the order in which a mapping follows them. First those that have all of its names that any
 * set has; of these, the one that what is in Port differs least from; then the one that lacks the fewest
 * names.
 */
export function orderSets(
  sets: readonly KnownSet[],
  mapped: MappedNames,
  existing: ReadonlyMap<string, Blueprint>,
): readonly KnownSet[] {
  const ranked = sets.map((set) => {
    const lacking = countLacking(set, sets, mapped);
    return { set, lacking, differing: countDiffering(set, mapped, existing) };
  });
  return ranked
    .toSorted(
      (one, other) =>
        Number(one.lacking > 0) - Number(other.lacking > 0) ||
        one.differing - other.differing ||
        one.lacking - other.lacking,
    )
    .map(({ set }) => set);
}

/** The first definition of a property that any set has. */
export function findProperty(
  sets: readonly KnownSet[],
  blueprint: string,
  name: string,
): JsonObject | undefined {
  return sets.map((set) => set.get(blueprint)?.properties.get(name)).find(isThere);
}

/** The first definition of a relation that any set has. */
export function findRelation(
  sets: readonly KnownSet[],
  blueprint: string,
  name: string,
): BlueprintRelation | undefined {
  return sets.map((set) => set.get(blueprint)?.relations.get(name)).find(isThere);
}

/** The first definition of a blueprint that any set has. */
export function findKnown(sets: readonly KnownSet[], identifier: string): Blueprint | undefined {
  return sets.map((set) => set.get(identifier)).find(isThere);
}

function countLacking(set: KnownSet, sets: readonly KnownSet[], mapped: MappedNames): number {
  let lacking = 0;
  for (const [blueprint, { properties, relations }] of mapped) {
    const own = set.get(blueprint);
    for (const name of properties) {
      if (own?.properties.has(name) !== true && findProperty(sets, blueprint, name)) lacking += 1;
    }
    for (const name of relations) {
      if (own?.relations.has(name) !== true && findRelation(sets, blueprint, name)) lacking += 1;
    }
  }
  return lacking;
}

function countDiffering(
  set: KnownSet,
  mapped: MappedNames,
  existing: ReadonlyMap<string, Blueprint>,
): number {
  let differing = 0;
  for (const [blueprint, { properties, relations }] of mapped) {
    const there = existing.get(blueprint);
    const own = set.get(blueprint);
    for (const name of properties) {
      if (isOfOtherType(there?.properties.get(name), own?.properties.get(name))) differing += 1;
    }
    for (const name of relations) {
      if (leadsElsewhere(there?.relations.get(name), own?.relations.get(name))) differing += 1;
    }
  }
  return differing;
}

/** Whether a property that exists takes other values than the one we know. */
export function isOfOtherType(
  there: JsonObject | undefined,
  known: JsonObject | undefined,
): boolean {
  return there !== undefined && known !== undefined && there["type"] !== known["type"];
}

/** Values that properties of ours take since a later version: `deleted` of a service that is gone. */
const laterValues: ReadonlySet<Json> = new Set(["deleted"]);

/**
 * Values that a property lacks which has all others that ours takes. One that lacks more is somebody
 * else's, and so is one that takes any.
 */
export function findMissingValues(
  there: JsonObject | undefined,
  known: JsonObject | undefined,
): AddedValues {
  const has = there?.["enum"];
  const wanted = known?.["enum"];
  if (!Array.isArray(has) || !Array.isArray(wanted)) return new Map();
  const missing = wanted.filter((value) => !has.includes(value));
  if (!missing.every((value) => laterValues.has(value))) return new Map();
  const colors = known?.["enumColors"];
  return new Map(
    missing
      .map(String)
      .map((value) => [value, isJsonObject(colors) ? colors[value] : undefined] as const),
  );
}

/** Whether a relation that exists has another target than the one we know, or another number of them. */
export function leadsElsewhere(
  there: BlueprintRelation | undefined,
  known: BlueprintRelation | undefined,
): boolean {
  if (there === undefined || known === undefined) return false;
  return there.target !== known.target || there.many !== known.many;
}

function isThere<Value>(value: Value | undefined): value is Value {
  return value !== undefined;
}
