import type { JsonObject } from "./json-object.ts";

/** What identifies an entity. */
export interface EntityRef {
  readonly blueprint: string;
  readonly identifier: string;
}

/** One entity as the sandbox keeps it: replaced as a whole when it changes. */
export interface StoredEntity extends EntityRef {
  /** Grows with every entity that is created; listings go by it. */
  readonly sequence: number;
  readonly title: string | null;
  readonly icon: string | null;
  readonly team: readonly string[];
  /** Only what is set: a property that was cleared is not there. */
  readonly properties: JsonObject;
  /** Only what is set; identifiers of the target's blueprint. */
  readonly relations: Readonly<Record<string, string | readonly string[]>>;
  /** User-Agent of the owner. */
  readonly datasource: string;
  /** ISO 8601 with milliseconds, by the sandbox's clock. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Tells the targets of an entity's relations, so that the store knows who relates to whom. */
export type TargetsOf = (entity: StoredEntity) => readonly EntityRef[];

/** All entities of all blueprints, and who relates to them. */
export class EntityStore {
  readonly #all = new Map<string, StoredEntity>();
  readonly #byBlueprint = new Map<string, Map<string, StoredEntity>>();
  /** Keys of those that relate to an entity, which need not exist itself. */
  readonly #dependents = new Map<string, Set<string>>();
  readonly #targetsOf: TargetsOf;
  #sequence = 0;

  constructor(targetsOf: TargetsOf) {
    this.#targetsOf = targetsOf;
  }

  /** How many there are. */
  get size(): number {
    return this.#all.size;
  }

  /** The number of the next entity that is created. */
  nextSequence(): number {
    this.#sequence++;
    return this.#sequence;
  }

  get({ blueprint, identifier }: EntityRef): StoredEntity | undefined {
    return this.#byBlueprint.get(blueprint)?.get(identifier);
  }

  /** The entities of one blueprint, in the order they were created in. */
  of(blueprint: string): Iterable<StoredEntity> {
    return this.#byBlueprint.get(blueprint)?.values() ?? [];
  }

  /** How many entities a blueprint has. */
  countOf(blueprint: string): number {
    return this.#byBlueprint.get(blueprint)?.size ?? 0;
  }

  /** Every entity, in the order they were created in. */
  all(): Iterable<StoredEntity> {
    return this.#all.values();
  }

  /** Adds an entity, or puts it in the place of the one it is a newer state of. */
  put(entity: StoredEntity): void {
    const key = keyOf(entity);
    const before = this.#all.get(key);
    if (before !== undefined) this.#unlink(before, key);
    for (const target of this.#targetsOf(entity)) {
      const targetKey = keyOf(target);
      const dependents = this.#dependents.get(targetKey) ?? new Set();
      dependents.add(key);
      this.#dependents.set(targetKey, dependents);
    }
    const siblings = this.#byBlueprint.get(entity.blueprint) ?? new Map<string, StoredEntity>();
    siblings.set(entity.identifier, entity);
    this.#byBlueprint.set(entity.blueprint, siblings);
    this.#all.set(key, entity);
  }

  /** Takes an entity away; those that relate to it still name it. */
  remove(entity: StoredEntity): void {
    const key = keyOf(entity);
    this.#unlink(entity, key);
    this.#all.delete(key);
    this.#byBlueprint.get(entity.blueprint)?.delete(entity.identifier);
  }

  /** The entities that relate to one. */
  dependentsOf(target: EntityRef): StoredEntity[] {
    const keys = this.#dependents.get(keyOf(target)) ?? [];
    return [...keys].flatMap((key) => this.#all.get(key) ?? []);
  }

  #unlink(entity: StoredEntity, key: string): void {
    for (const target of this.#targetsOf(entity)) {
      const targetKey = keyOf(target);
      const dependents = this.#dependents.get(targetKey);
      dependents?.delete(key);
      if (dependents?.size === 0) this.#dependents.delete(targetKey);
    }
  }
}

/** One text for one entity; a blank cannot be in either part. */
export function keyOf({ blueprint, identifier }: EntityRef): string {
  return `${blueprint} ${identifier}`;
}
