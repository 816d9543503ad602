import { isJsonObject } from "../json.ts";
import { joinAlike, nameOf } from "../sink/port/join-entities.ts";
import { nameEntity, type PortEntity } from "../sink/port/port-entity.ts";
import type { SyncAction } from "./catalog-writer.ts";
import { createGroupedSample, createSample, type Sample } from "./choose-sample.ts";

/** Entities of each sort that are kept, to be looked at again; of more, the names are. */
const mostKept = 10_000;

/** An entity as it should be. */
export interface WantedEntity {
  readonly entity: PortEntity & { readonly identifier: string };
  /** Fields whose value only Port can tell: it searches for it. */
  readonly ignored: ReadonlySet<string>;
}

/** Entities that seem to differ, by name; undefined for those that are too many to be kept. */
export type Differing = ReadonlyMap<string, WantedEntity | undefined>;

/** What the actions of a resync that writes nothing tell of a catalog. */
export class CatalogFindings {
  /** Identifiers that the mapping makes, by blueprint. */
  readonly produced = new Map<string, Set<string>>();
  /** Made, and not in Port. */
  readonly missing = new Map<string, WantedEntity | undefined>();
  /** In Port, and made by nothing: identifiers by blueprint. */
  readonly extra = new Map<string, string[]>();
  readonly #changed = new Map<string, WantedEntity | undefined>();
  readonly #merge: boolean;
  readonly #sample: Sample<WantedEntity> | undefined;

  constructor(options: {
    /** `enableMergeEntity` of the mapping. */
    readonly merge: boolean;
    readonly sample: number | undefined;
    /** In place of `sample`: so many of every blueprint. @default no such sample */
    readonly samplePerBlueprint?: number | undefined;
    readonly seed: number;
  }) {
    const { merge, sample, samplePerBlueprint, seed } = options;
    this.#merge = merge;
    if (samplePerBlueprint !== undefined) {
      this.#sample = createGroupedSample(
        samplePerBlueprint,
        seed,
        ({ entity }) => entity.blueprint,
      );
    } else if (sample !== undefined) {
      this.#sample = createSample(sample, seed);
    }
  }

  add({ action, blueprint, identifier, changed = [], entity }: SyncAction): void {
    // One that is found by a search has no name before Port has found it.
    if (typeof identifier !== "string") return;
    if (entity !== undefined) {
      this.#addMade(action, { ...entity, identifier }, changed);
    } else if (action === "delete" || action === "stub") {
      this.extra.set(blueprint, [...(this.extra.get(blueprint) ?? []), identifier]);
    }
  }

  /** What is to be compared with Port field by field: all that seems to differ, or the sample. */
  get compared(): Differing {
    return this.#sample?.values() ?? this.#changed;
  }

  /** How many entities of a blueprint were compared, or will be. */
  countCompared(blueprint: string): number {
    const prefix = nameEntity(blueprint, "");
    const countOf = (names: Iterable<string>): number =>
      [...names].filter((name) => name.startsWith(prefix)).length;
    if (this.#sample !== undefined) return countOf(this.#sample.values().keys());
    return (this.produced.get(blueprint)?.size ?? 0) - countOf(this.missing.keys());
  }

  #addMade(
    action: SyncAction["action"],
    entity: WantedEntity["entity"],
    changed: readonly string[],
  ): void {
    const { blueprint, identifier } = entity;
    const name = nameOf(entity);
    if (name === undefined) return;
    const ofBlueprint = this.produced.get(blueprint) ?? new Set();
    this.produced.set(blueprint, ofBlueprint.add(identifier));
    const isMissing = action === "create" || this.missing.has(name);
    const known = isMissing ? this.missing.get(name) : this.#findCompared(name);
    const wanted = this.#join(known, entity);
    if (isMissing) {
      keep(this.missing, name, wanted);
    } else if (this.#sample !== undefined) {
      this.#sample.offer(name, wanted);
    } else if (known !== undefined || (action === "update" && !isIgnored(changed, wanted))) {
      keep(this.#changed, name, wanted);
    }
  }

  #findCompared(name: string): WantedEntity | undefined {
    return this.#sample === undefined ? this.#changed.get(name) : this.#sample.get(name);
  }

  /** Several resources may make one entity, each a part of it. */
  #join(known: WantedEntity | undefined, entity: WantedEntity["entity"]): WantedEntity {
    const parts = known === undefined ? ([entity] as const) : ([known.entity, entity] as const);
    const joined = joinAlike(parts, { merge: this.#merge });
    return { entity: joined, ignored: listSearched(joined) };
  }
}

/** Where no field is named, what the entity is in Port was not compared. */
function isIgnored(changed: readonly string[], { ignored }: WantedEntity): boolean {
  return changed.length > 0 && changed.every((field) => ignored.has(field));
}

function keep(
  entities: Map<string, WantedEntity | undefined>,
  name: string,
  wanted: WantedEntity,
): void {
  entities.set(name, entities.size < mostKept || entities.has(name) ? wanted : undefined);
}

const none: ReadonlySet<string> = new Set();

/** Fields of an entity whose value only Port can tell: it searches for it. */
export function listSearched({ team, relations }: PortEntity): ReadonlySet<string> {
  const searched = Object.entries(relations)
    .filter(([, value]) => isJsonObject(value))
    .map(([name]) => `relations.${name}`);
  if (isJsonObject(team)) searched.push("team");
  return searched.length === 0 ? none : new Set(searched);
}
