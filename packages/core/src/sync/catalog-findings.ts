import { isJsonObject } from "../json.ts";
import type { Entity } from "../map/entity.ts";
import { nameEntity, type PortEntity } from "../sink/port/port-entity.ts";
import type { SyncAction } from "./catalog-writer.ts";
import { createSample, type Sample } from "./choose-sample.ts";

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
  /** Why it is not certain of some that they should go, by blueprint. */
  readonly reasons = new Map<string, string>();
  readonly #changed = new Map<string, WantedEntity | undefined>();
  readonly #sample: Sample<WantedEntity> | undefined;

  constructor({ sample, seed }: { readonly sample: number | "all"; readonly seed: number }) {
    this.#sample = sample === "all" ? undefined : createSample(sample, seed);
  }

  add({ action, blueprint, identifier, changed = [], entity, reason = "" }: SyncAction): void {
    // One that is found by a search has no name before Port has found it.
    if (typeof identifier !== "string") return;
    if (entity !== undefined) {
      this.#addMade(action, { ...entity, identifier }, changed);
    } else if (action === "delete") {
      this.extra.set(blueprint, [...(this.extra.get(blueprint) ?? []), identifier]);
    } else if (action === "withheld" && !this.reasons.has(blueprint)) {
      this.reasons.set(blueprint, reason);
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
    const ofBlueprint = this.produced.get(blueprint) ?? new Set();
    this.produced.set(blueprint, ofBlueprint.add(identifier));
    const name = nameEntity(blueprint, identifier);
    const wanted: WantedEntity = { entity, ignored: listSearched(entity) };
    // Made twice, it is what was made of it last.
    if (action === "create" || this.missing.has(name)) {
      keep(this.missing, name, wanted);
    } else if (this.#sample !== undefined) {
      this.#sample.offer(name, wanted);
    } else if (action === "update" && !isIgnored(changed, wanted)) {
      keep(this.#changed, name, wanted);
    } else {
      this.#changed.delete(name);
    }
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

function listSearched({
  team,
  relations,
}: Pick<Entity, "team" | "relations">): ReadonlySet<string> {
  const searched = Object.entries(relations)
    .filter(([, value]) => isJsonObject(value))
    .map(([name]) => `relations.${name}`);
  if (isJsonObject(team)) searched.push("team");
  return searched.length === 0 ? none : new Set(searched);
}
