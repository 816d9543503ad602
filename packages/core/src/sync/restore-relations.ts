import { isJsonObject, type Json } from "../json.ts";
import { findEntities } from "../sink/port/find-entities.ts";
import { nameEntity, type PortEntity } from "../sink/port/port-entity.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import type { StoredEntity } from "../sink/port/stored-entity.ts";
import { createEntityWriter } from "../sink/port/write-entities.ts";
import { createOwnedFinder } from "./deletion/carry/create-owned-finder.ts";
import type { JournaledEntity } from "./journal-reader.ts";

/** Entities that are read and written together. */
const mostAtOnce = 100;

export interface RestoreRelationsOptions {
  readonly port: PortClient;
  /** Those of the journal that are in Port. */
  readonly targets: readonly JournaledEntity[];
  /** Whose entities are ours: of others what is written stays theirs. */
  readonly integrationIdentifier: string | undefined;
  /** Only tells what would be set. */
  readonly dryRun: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** An entity whose relations could not be set again. */
export interface UnrelatedEntity {
  readonly blueprint: string;
  readonly identifier: string;
  readonly reason: string;
}

/** What relations of one entity led to, and which of that is back. */
interface Wanted {
  readonly blueprint: string;
  readonly identifier: string;
  readonly relations: Map<
    string,
    { readonly isMany: boolean; led: Set<string>; back: Set<string> }
  >;
}

/**
 * Sets relations that led to what was put back, where Port took them out and nothing else is in their
 * place: of one target, where it is empty; of many, where there is nothing that was not there before.
 */
export async function restoreRelations(options: RestoreRelationsOptions): Promise<{
  readonly restored: number;
  readonly refused: readonly UnrelatedEntity[];
}> {
  const wanted = [...gatherWanted(options.targets).values()];
  let restored = 0;
  const refused: UnrelatedEntity[] = [];
  for (const [blueprint, ofBlueprint] of Map.groupBy(wanted, (one) => one.blueprint)) {
    for (let start = 0; start < ofBlueprint.length; start += mostAtOnce) {
      const part = ofBlueprint.slice(start, start + mostAtOnce);
      const { port, dryRun, signal } = options;
      const fields = [...new Set(part.flatMap(({ relations }) => [...relations.keys()]))];
      const there = await findEntities(
        port,
        blueprint,
        part.map(({ identifier }) => identifier),
        { fields: fields.map((name) => `relations.${name}`), signal },
      );
      const changes = part.flatMap((one) => relate(one, there.get(one.identifier)) ?? []);
      if (dryRun) restored += countRelations(changes);
      else {
        const done = await write(changes, options);
        restored += countRelations(done.written);
        refused.push(...done.refused);
      }
    }
  }
  return { restored, refused };
}

function gatherWanted(targets: readonly JournaledEntity[]): ReadonlyMap<string, Wanted> {
  const all = new Map<string, Wanted>();
  for (const target of targets) {
    for (const { blueprint, identifier, relation, value } of target.relatedBy) {
      const name = nameEntity(blueprint, identifier);
      const one = all.get(name) ?? { blueprint, identifier, relations: new Map() };
      all.set(name, one);
      const isMany = Array.isArray(value);
      const before = one.relations.get(relation) ?? { isMany, led: new Set(), back: new Set() };
      one.relations.set(relation, before);
      for (const led of [value].flat()) before.led.add(led);
      before.back.add(target.identifier);
    }
  }
  return all;
}

/** What is to be written of an entity; undefined where nothing is. */
function relate(wanted: Wanted, stored: StoredEntity | undefined): RelatedEntity | undefined {
  if (stored === undefined) return undefined;
  const { blueprint, identifier } = wanted;
  const relations = [...wanted.relations].flatMap(
    ([name, { isMany, led, back }]): (readonly [string, Json])[] => {
      const now = readNow(stored, name);
      const isOurs = now.every((target) => led.has(target));
      const missing = [...back].filter((target) => !now.includes(target));
      if (missing.length === 0 || (isMany ? !isOurs : now.length > 0)) return [];
      if (!isMany) return missing.slice(-1).map((target) => [name, target] as const);
      return [
        [name, [...led].filter((target) => now.includes(target) || back.has(target))] as const,
      ];
    },
  );
  if (relations.length === 0) return undefined;
  return { blueprint, identifier, properties: {}, relations: Object.fromEntries(relations) };
}

type RelatedEntity = PortEntity & { readonly identifier: string };

/** Others' entities stay theirs. */
async function write(
  entities: readonly RelatedEntity[],
  { port, integrationIdentifier, signal }: RestoreRelationsOptions,
): Promise<{ readonly written: PortEntity[]; readonly refused: UnrelatedEntity[] }> {
  if (entities.length === 0) return { written: [], refused: [] };
  const findOwned =
    integrationIdentifier === undefined
      ? undefined
      : createOwnedFinder({ port, integrationIdentifier, signal });
  const owned = new Set(
    ((await findOwned?.(entities)) ?? []).map((ref) => nameEntity(ref.blueprint, ref.identifier)),
  );
  const written: PortEntity[] = [];
  const refused: UnrelatedEntity[] = [];
  for (const as of ["exporter", "nobody"] as const) {
    const some = entities.filter(
      (one) => owned.has(nameEntity(one.blueprint, one.identifier)) === (as === "exporter"),
    );
    const writer = createEntityWriter({
      port,
      merge: true,
      createMissingRelatedEntities: false,
      as,
    });
    for (const outcome of some.length === 0 ? [] : await writer.write(some, signal)) {
      const { entity } = outcome;
      if (outcome.written) written.push(entity);
      else if (typeof entity.identifier === "string") {
        const { blueprint, identifier } = entity;
        refused.push({ blueprint, identifier, reason: outcome.reason });
      }
    }
  }
  return { written, refused };
}

function countRelations(entities: readonly PortEntity[]): number {
  return entities.reduce((sum, { relations }) => sum + Object.keys(relations).length, 0);
}

function readNow({ content }: StoredEntity, relation: string): string[] {
  const relations = content?.["relations"];
  const value = isJsonObject(relations) ? relations[relation] : undefined;
  return [value].flat().filter((target) => typeof target === "string");
}
