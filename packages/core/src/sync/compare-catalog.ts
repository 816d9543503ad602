import { isJsonObject } from "../json.ts";
import type { Entity } from "../map/entity.ts";
import type { Mapping } from "../map/mapping.ts";
import { nameEntity, type PortEntity } from "../sink/port/port-entity.ts";
import { createSample, type Sample } from "./choose-sample.ts";
import type { OwnedEntities } from "./load-owned.ts";

/** Entities that differ and are kept, to be looked at again; of more, the names are. */
const mostKept = 1000;

/** An entity as it should be. */
export interface WantedEntity {
  readonly entity: PortEntity & { readonly identifier: string };
  /** Whether only what it names counts. */
  readonly merge: boolean;
  /** Fields whose value only Port can tell: it searches for it. */
  readonly ignored: ReadonlySet<string>;
}

/** Entities that differ by name; undefined for those that are too many to be kept. */
export type Differing = ReadonlyMap<string, WantedEntity | undefined>;

/** Compares entities, as they are made, with what Port has. */
export class CatalogComparison {
  /** Identifiers made, by blueprint. */
  readonly produced = new Map<string, Set<string>>();
  /** Identifiers that anything made relates to. */
  readonly related = new Set<string>();
  /** How many were compared field by field, by blueprint. */
  readonly compared = new Map<string, number>();
  /** Made, and not in Port. */
  readonly missing = new Map<string, WantedEntity | undefined>();
  readonly #changed = new Map<string, WantedEntity | undefined>();
  readonly #merge: boolean;
  readonly #owned: OwnedEntities;
  readonly #sample: Sample<WantedEntity> | undefined;

  constructor(
    mapping: Mapping,
    owned: OwnedEntities,
    options: { readonly sample: number | "all"; readonly seed: number },
  ) {
    this.#merge = mapping.enableMergeEntity;
    this.#owned = owned;
    const { sample, seed } = options;
    this.#sample = sample === "all" ? undefined : createSample(sample, seed);
  }

  add(made: Entity, unavailable: readonly string[]): void {
    const { blueprint, identifier } = made;
    for (const value of Object.values(made.relations)) {
      for (const target of [value].flat()) {
        if (typeof target === "string") this.related.add(target);
      }
    }
    // One that is found by a search has no name before Port has found it.
    if (typeof identifier !== "string") return;
    const ofBlueprint = this.produced.get(blueprint) ?? new Set();
    const isNew = !ofBlueprint.has(identifier);
    this.produced.set(blueprint, ofBlueprint.add(identifier));
    const name = nameEntity(blueprint, identifier);
    const wanted: WantedEntity = {
      entity: { ...made, identifier },
      merge: this.#merge || unavailable.length > 0,
      ignored: listSearched(made),
    };
    if (this.#owned.get(blueprint)?.has(identifier) !== true) {
      keep(this.missing, name, wanted);
    } else if (this.#sample === undefined) {
      this.#compare(name, wanted, isNew);
    } else {
      this.#sample.offer(name, wanted);
    }
  }

  /** What differs of those that were compared. Called once, when everything was added. */
  findChanged(): Differing {
    for (const [name, wanted] of this.#sample?.values() ?? []) this.#compare(name, wanted, true);
    return this.#changed;
  }

  #compare(name: string, { entity, merge, ignored }: WantedEntity, isNew: boolean): void {
    const { blueprint, identifier } = entity;
    if (isNew) this.compared.set(blueprint, (this.compared.get(blueprint) ?? 0) + 1);
    const index = this.#owned.get(blueprint);
    const action = index?.compare(identifier, entity, { merge, computed: ignored }).action;
    if (action === "update") keep(this.#changed, name, { entity, merge, ignored });
    // Made twice, it is what was made of it last.
    else this.#changed.delete(name);
  }
}

function keep(
  entities: Map<string, WantedEntity | undefined>,
  name: string,
  wanted: WantedEntity,
): void {
  entities.set(name, entities.size < mostKept || entities.has(name) ? wanted : undefined);
}

const none: ReadonlySet<string> = new Set();

function listSearched({ team, relations }: Entity): ReadonlySet<string> {
  const searched = Object.entries(relations)
    .filter(([, value]) => isJsonObject(value))
    .map(([name]) => `relations.${name}`);
  if (isJsonObject(team)) searched.push("team");
  return searched.length === 0 ? none : new Set(searched);
}
