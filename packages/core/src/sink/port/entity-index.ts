import type { JsonObject } from "../../json.ts";
import { type Hash, hashValue } from "./hash-value.ts";
import {
  type EntityField,
  hasOthers,
  parseField,
  type PortEntity,
  readField,
} from "./port-entity.ts";

/** What writing an entity would do to what Port stores. */
export interface Comparison {
  readonly action: "create" | "update" | "unchanged";
  /** The fields that differ: `title`, `properties.status`, `relations.service`; empty unless `update`. */
  readonly changed: readonly string[];
}

export interface IndexedEntity {
  readonly identifier: string;
  /** When it was last written, milliseconds since 1970; undefined where Port did not say. */
  readonly updatedAt: number | undefined;
  /** When it was made, milliseconds since 1970; undefined where Port did not say. */
  readonly createdAt: number | undefined;
}

const first = 64;

/**
 * What Port stores of one blueprint, small enough to hold all of it: two 32-bit numbers for each field
 * that the mapping names, and whether there is anything else.
 */
export class EntityIndex {
  readonly #fields: readonly EntityField[];
  readonly #known: Readonly<Record<"properties" | "relations", ReadonlySet<string>>>;
  readonly #rows = new Map<string, number>();
  readonly #updatedAt: (number | undefined)[] = [];
  readonly #createdAt: (number | undefined)[] = [];
  /** Rows of one number for "has other content", then two for each field. */
  #hashes: Uint32Array;

  /**
   * @param fields the fields that any resource maps for this blueprint, as `properties.x`
   * @param computed fields that Port computes itself, which no write can change
   */
  constructor(fields: Iterable<string>, computed: ReadonlySet<string> = new Set()) {
    const paths = [...new Set([...fields, "title", "icon", "team"])].filter(
      (path) => !computed.has(path),
    );
    this.#fields = paths.toSorted().map(parseField);
    const known = [...this.#fields, ...[...computed].map(parseField)];
    const namesOf = (wanted: EntityField["group"]): Set<string> =>
      new Set(known.filter(({ group }) => group === wanted).map(({ name }) => name));
    this.#known = { properties: namesOf("properties"), relations: namesOf("relations") };
    this.#hashes = new Uint32Array(this.#width * first);
  }

  get size(): number {
    return this.#rows.size;
  }

  has(identifier: string): boolean {
    return this.#rows.has(identifier);
  }

  /** Everything in the index, in the order in which it was added. */
  *entries(): Generator<IndexedEntity, void> {
    for (const [identifier, row] of this.#rows) {
      yield { identifier, updatedAt: this.#updatedAt[row], createdAt: this.#createdAt[row] };
    }
  }

  /** Takes in an entity as Port gives it. */
  add(
    identifier: string,
    content: JsonObject,
    updatedAt: number | undefined,
    createdAt?: number,
  ): void {
    const row = this.#rows.get(identifier) ?? this.#rows.size;
    this.#rows.set(identifier, row);
    this.#updatedAt[row] = updatedAt;
    this.#createdAt[row] = createdAt;
    this.#grow(row);
    const start = row * this.#width;
    let at = start + 1;
    for (const field of this.#fields) {
      const [high, low] = hashValue(readField(content, field));
      this.#hashes[at] = high;
      this.#hashes[at + 1] = low;
      at += 2;
    }
    this.#hashes[start] = hasOthers(content, this.#known) ? 1 : 0;
  }

  /**
   * Compares an entity that is to be written with what is stored: over the fields that it names where
   * merging is on, over all that is stored otherwise; what Port computes does not count.
   */
  compare(
    identifier: string,
    entity: PortEntity,
    options: { readonly merge: boolean },
  ): Comparison {
    const row = this.#rows.get(identifier);
    if (row === undefined) return { action: "create", changed: [] };
    const changed: string[] = [];
    const start = row * this.#width;
    let at = start - 1;
    for (const field of this.#fields) {
      at += 2;
      const wanted = readField(entity, field);
      const isLeftAlone = wanted === undefined && options.merge;
      if (isLeftAlone) continue;
      const [high, low] = hashValue(wanted);
      if (high !== this.#hashes[at] || low !== this.#hashes[at + 1]) changed.push(field.path);
    }
    if (!options.merge && this.#hashes[start] === 1) changed.push("other fields");
    return { action: changed.length === 0 ? "unchanged" : "update", changed };
  }

  /** The hash of what is stored in a field; undefined where the entity, or the field, is not in the index. */
  findHash(identifier: string, path: string): Hash | undefined {
    const row = this.#rows.get(identifier);
    const place = this.#fields.findIndex((field) => field.path === path);
    if (row === undefined || place === -1) return undefined;
    const at = row * this.#width + 1 + place * 2;
    return [this.#hashes[at] ?? 0, this.#hashes[at + 1] ?? 0];
  }

  get #width(): number {
    return 1 + this.#fields.length * 2;
  }

  #grow(row: number): void {
    const needed = (row + 1) * this.#width;
    if (needed <= this.#hashes.length) return;
    const grown = new Uint32Array(Math.max(needed, this.#hashes.length * 2));
    grown.set(this.#hashes);
    this.#hashes = grown;
  }
}
