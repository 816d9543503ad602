import { isJsonObject, type JsonObject } from "../json.ts";
import type { Mapping } from "../map/mapping.ts";
import type { EntityIndex, IndexedEntity } from "../sink/port/entity-index.ts";
import { findEntities } from "../sink/port/find-entities.ts";
import { nameEntity } from "../sink/port/port-entity.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { findIncidentAge } from "./incident-age.ts";
import type { OwnedEntities } from "./load-owned.ts";
import type { MappedResource } from "./map-catalog.ts";
import { type BlueprintDeletions, type FeedingResource, planDeletions } from "./plan-deletions.ts";

/** Entities whose age is looked up together. */
const mostAtOnce = 1000;

export interface FindUnproducedOptions {
  readonly port: PortClient;
  readonly mapping: Mapping;
  readonly owned: OwnedEntities;
  readonly resources: readonly MappedResource[];
  readonly produced: ReadonlyMap<string, ReadonlySet<string>>;
  /** Identifiers that something made relates to; those that aged incidents relate to are added. */
  readonly related: Set<string>;
  /** By Port's clock. */
  readonly startedAt: number;
  readonly signal?: AbortSignal | undefined;
}

/** Sorts out what Port has and nothing makes, by the rules of deletion; how many go does not count. */
export async function findUnproduced(
  options: FindUnproducedOptions,
): Promise<BlueprintDeletions[]> {
  const { mapping, owned, resources, produced, related, startedAt } = options;
  const blueprints = new Map(
    [...owned].map(([blueprint, index]) => {
      const unproduced = listUnproduced(index, produced.get(blueprint));
      return [blueprint, { owned: index.size, unproduced }] as const;
    }),
  );
  const aged = new Set<string>();
  for (const [blueprint, { unproduced }] of blueprints) {
    const identifiers = unproduced.map(({ identifier }) => identifier);
    for (const identifier of await listAged(blueprint, identifiers, options)) {
      aged.add(nameEntity(blueprint, identifier));
    }
  }
  const feeding = resources.map((resource): FeedingResource => ({ ...resource, ran: true }));
  const keepsTargets = mapping.createMissingRelatedEntities || mapping.deleteDependentEntities;
  return planDeletions({
    resources: feeding,
    withheld: resources.flatMap(({ withheld }, place) => {
      const resource = feeding[place];
      if (resource === undefined) return [];
      return withheld.map(({ blueprint, identifier }) => ({ resource, blueprint, identifier }));
    }),
    blueprints,
    startedAt,
    threshold: 1,
    allowed: new Set(blueprints.keys()),
    prune: false,
    isAged: (blueprint, identifier) => aged.has(nameEntity(blueprint, identifier)),
    isNeeded: (_, identifier) => keepsTargets && related.has(identifier),
  });
}

function listUnproduced(
  index: EntityIndex,
  produced: ReadonlySet<string> | undefined,
): IndexedEntity[] {
  return [...index.entries()].filter(({ identifier }) => produced?.has(identifier) !== true);
}

/** Those whose incidents lie outside of what was read; what they relate to is noted. */
async function listAged(
  blueprint: string,
  identifiers: readonly string[],
  { port, mapping, resources, related, signal }: FindUnproducedOptions,
): Promise<string[]> {
  const ranges = new Map(resources.map(({ index, range }) => [index, range]));
  const age = findIncidentAge(mapping, blueprint, ranges);
  if (age === undefined) return [];
  const aged: string[] = [];
  for (let start = 0; start < identifiers.length; start += mostAtOnce) {
    const some = identifiers.slice(start, start + mostAtOnce);
    const fields = ["relations", ...age.fields];
    for (const { identifier, content = {} } of (
      await findEntities(port, blueprint, some, { fields, signal })
    ).values()) {
      if (!age.isAged(content)) continue;
      aged.push(identifier);
      for (const target of listTargets(content)) related.add(target);
    }
  }
  return aged;
}

function listTargets({ relations }: JsonObject): string[] {
  if (!isJsonObject(relations)) return [];
  return Object.values(relations)
    .flat()
    .filter((value) => typeof value === "string");
}
