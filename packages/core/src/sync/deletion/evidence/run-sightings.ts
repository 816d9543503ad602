import type { KindName } from "../../../source/kinds.ts";
import type { ObjectKey } from "../../../store/freshness.ts";
import type { EntityRef } from "../../../store/produced.ts";
import { listEntities, type MappedEntry } from "../../map-page.ts";
import { readObjectId } from "../../object-key.ts";

/** What the mapping makes of an object now. */
export interface Sighting {
  /** Whether a `query` let it through. */
  readonly isSelected: boolean;
  /** Blueprints that an entity of it is made of. */
  readonly blueprints: readonly string[];
  /** The names of these entities. */
  readonly made: readonly EntityRef[];
  /** Ids of its teams; undefined where its kind has none. */
  readonly teams: readonly string[] | undefined;
}

/** Ids that are kept of a kind, for the control reading: the last, which are the freshest. */
const mostSamples = 2;

/** The objects that one run has seen, by lists and by their ids, as far as deletion depends on them. */
export class RunSightings {
  /** Incidents are too many for more than their names. */
  readonly #incidents = new Set<ObjectKey>();
  readonly #others = new Map<ObjectKey, Sighting>();
  readonly #found = new Set<ObjectKey>();
  readonly #numbers = new Map<ObjectKey, number>();
  readonly #samples = new Map<KindName, readonly string[]>();
  readonly #oldest = new Map<KindName, number>();

  /** Takes in objects of a page that was listed. */
  addListed(kind: KindName, entries: readonly MappedEntry[]): void {
    for (const entry of entries) this.#add(kind, entry);
    const ids = entries.slice(-mostSamples).map(({ key }) => readObjectId(key));
    if (ids.length > 0) {
      const all = [...ids.toReversed(), ...(this.#samples.get(kind) ?? [])];
      this.#samples.set(kind, all.slice(0, mostSamples));
    }
  }

  /**
   * Takes in objects that answered 200 by their ids, whether or not the mapping wants them.
   *
   * @param number of the read, where it was noted
   */
  addFound(
    kind: KindName,
    keys: readonly ObjectKey[],
    entries: readonly MappedEntry[],
    number?: number,
  ): void {
    for (const key of keys) {
      this.#found.add(key);
      if (number !== undefined) this.#numbers.set(key, number);
    }
    for (const entry of entries) this.#add(kind, entry);
  }

  /** What is made of an object; undefined where neither list nor reading by id gave anything for the mapping. */
  find(key: ObjectKey): Sighting | undefined {
    return this.#others.get(key);
  }

  /** Whether the object was listed, or found by id. */
  has(key: ObjectKey): boolean {
    return this.#incidents.has(key) || this.#others.has(key) || this.#found.has(key);
  }

  /** Whether the object answered 200 by its id. */
  isFound(key: ObjectKey): boolean {
    return this.#found.has(key);
  }

  /**
   * What was applied to an object from this number of the store's sequence on is newer than what the run
   * knows of it; undefined where it did not read it by its id.
   */
  numberOf(key: ObjectKey): number | undefined {
    const own = this.#numbers.get(key);
    return own === undefined ? undefined : own + 1;
  }

  /** When the oldest object of a kind was made that was listed, milliseconds since 1970. */
  oldestOf(kind: KindName): number | undefined {
    return this.#oldest.get(kind);
  }

  /** Some ids of a kind that were listed. */
  samplesOf(kind: KindName): readonly string[] {
    return this.#samples.get(kind) ?? [];
  }

  /** Teams of all objects seen that have them. */
  listTeams(): Map<ObjectKey, ReadonlySet<string>> {
    const teams = new Map<ObjectKey, ReadonlySet<string>>();
    for (const [key, sighting] of this.#others) {
      if (sighting.teams !== undefined) teams.set(key, new Set(sighting.teams));
    }
    return teams;
  }

  /** Objects seen by their ids only. */
  get found(): ReadonlySet<ObjectKey> {
    return this.#found;
  }

  #add(kind: KindName, entry: MappedEntry): void {
    const { key, createdAt, teams, results } = entry;
    if (kind === "incidents") {
      this.#incidents.add(key);
      return;
    }
    if (createdAt !== undefined) {
      this.#oldest.set(kind, Math.min(createdAt, this.#oldest.get(kind) ?? Infinity));
    }
    const known = this.#others.get(key);
    const made = listEntities(entry).flatMap(({ blueprint, identifier }) =>
      typeof identifier === "string" ? [{ blueprint, identifier }] : [],
    );
    const blueprints = listEntities(entry).map(({ blueprint }) => blueprint);
    this.#others.set(key, {
      isSelected: known?.isSelected === true || results.some(({ mapped }) => mapped.selected),
      blueprints: [...new Set([...(known?.blueprints ?? []), ...blueprints])],
      made: [...(known?.made ?? []), ...made],
      teams: teams ?? known?.teams,
    });
  }
}
