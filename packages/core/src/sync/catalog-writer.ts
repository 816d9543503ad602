import { createEmitter, type EventListener } from "../events.ts";
import type { Entity } from "../map/entity.ts";
import type { Comparison } from "../sink/port/entity-index.ts";
import { type Hash, hashValue } from "../sink/port/hash-value.ts";
import type { WriteGuard } from "../sink/port/guard-writes.ts";
import { groupAlike, joinAlike, nameOf } from "../sink/port/join-entities.ts";
import { nameEntity } from "../sink/port/port-entity.ts";
import type { EntityWriter, WriteOutcome } from "../sink/port/write-entities.ts";
import type { EntityRef } from "../store/produced.ts";
import type { OwnedEntities } from "./load-owned.ts";
import { describeOwner } from "./ownership/describe-ownership.ts";
import { hashEntity, judgeEntities, listTargets } from "./ownership/judge-entities.ts";
import type { OwnershipGate } from "./ownership/ownership-gate.ts";
import { listSearched } from "./catalog-findings.ts";
import type { SearchMemory } from "./searches/search-memory.ts";
import { isForWantOfAnother, writeInOrder } from "./write-in-order.ts";

/** Entities of a blueprint that are read back after they were written. */
export const sampleSize = 20;

/** An entity that Port did not take, and why. */
export type RefusedEntity = Extract<WriteOutcome, { readonly written: false }>;

/** What is done, or would be, about one entity. */
export interface SyncAction {
  readonly action:
    | "create"
    | "update"
    | "unchanged"
    | "delete"
    /** Gone, and named by incidents that stay: it becomes a stub. */
    | "stub"
    /** Another integration owns it: it is not written. */
    | "left"
    | "withheld"
    | "waiting"
    | "needed"
    | "aged";
  readonly blueprint: string;
  readonly identifier: string | Entity["identifier"];
  /** The fields that differ, of an `update`. */
  readonly changed?: readonly string[];
  /** What is written. */
  readonly entity?: Entity;
  /** Why it stays, of what is `withheld`, `waiting` or `needed`, or is not written, of what is `left`. */
  readonly reason?: string;
}

/** What became of the entities of one blueprint. */
export interface WriteCount {
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
  /** Another integration owns them. */
  left: number;
}

export interface CatalogWriterOptions {
  /** Undefined writes nothing, and tells what would be written. */
  readonly writer: EntityWriter | undefined;
  readonly owned: OwnedEntities;
  /** `enableMergeEntity` of the mapping. */
  readonly merge: boolean;
  /** Keeps what other integrations own from being written. @default all is written */
  readonly gate?: OwnershipGate | undefined;
  /** Knows which searches Port need not do again. @default none is known */
  readonly searches?: Pick<SearchMemory, "findSettled"> | undefined;
  readonly onAction?: ((action: SyncAction) => void) | undefined;
  readonly onEvent?: EventListener | undefined;
}

const none: ReadonlySet<string> = new Set();

/** Writes what differs from what Port has. */
export class CatalogWriter {
  /** By blueprint. */
  readonly counts = new Map<string, WriteCount>();
  /** Some entities that were written, by blueprint, to be read back. */
  readonly samples = new Map<string, Entity[]>();
  readonly #options: CatalogWriterOptions;
  readonly #emit: EventListener;
  /**
   * What was last written, hashed, by name; undefined where it was refused. What Port had before the run
   * says nothing any more.
   */
  readonly #written = new Map<string, Hash | undefined>();
  /** What searches for entities have found. */
  readonly found: EntityRef[] = [];
  /** Blueprints of entities that are found by searches whose outcome is not known. */
  readonly unnamed = new Set<string>();
  #refused: RefusedEntity[] = [];
  /** What was last given to entities that are not in the listing of what is owned, hashed, by name. */
  readonly #given = new Map<string, readonly string[]>();
  /** Identifiers of what was written and is not in the listing of what is owned, by blueprint. */
  readonly #added = new Map<string, Set<string>>();
  /** Names of what was left to its owners. */
  readonly #left = new Set<string>();

  constructor(options: CatalogWriterOptions) {
    this.#options = options;
    this.#emit = createEmitter(options.onEvent);
  }

  /** What Port refused, after everything else was there. */
  get refused(): readonly RefusedEntity[] {
    return this.#refused;
  }

  /**
   * Those of some entities that differ from what Port has; the others are counted as unchanged. Entities
   * of one name, as several resources make them, differ or not as one. What another integration owns is
   * not among them.
   */
  async findChanged(entities: readonly Entity[]): Promise<Entity[]> {
    const { searches } = this.#options;
    const guarded = await this.#leaveOut(groupAlike(entities));
    const joined = guarded.map((group) => ({ group, entity: joinAlike(group, this.#options) }));
    const settled = (await searches?.findSettled(joined.map(({ entity }) => entity))) ?? none;
    return joined.flatMap(({ group, entity }) => {
      if (this.#isWritten(entity)) return [];
      const { action, changed } = this.#compare(entity, settled);
      if (action === "unchanged") {
        this.#countOf(entity.blueprint).unchanged += 1;
        this.#noteWanted(entity, undefined);
      }
      this.#tell(entity, action, changed);
      return action === "unchanged" ? [] : group;
    });
  }

  /**
   * Writes entities, whatever Port has, but for those that another integration owns. What is refused for want of another entity is kept for
   * {@link CatalogWriter.finish}.
   *
   * @throws what the writer throws: refused credentials, no answer
   */
  async write(
    entities: readonly Entity[],
    signal?: AbortSignal,
    guard?: WriteGuard,
  ): Promise<void> {
    const { writer } = this.#options;
    const groups = groupAlike([...this.#takeRefused(entities), ...entities]);
    const joined = (await this.#leaveOut(groups))
      .map((group) => joinAlike(group, this.#options))
      .filter((entity) => !this.#isGiven(entity));
    this.#options.gate?.noteTargets(joined.flatMap(listTargets));
    for (const entity of joined) this.#remember(entity);
    if (writer === undefined) {
      for (const entity of joined) {
        this.#count(entity, !this.#isOwned(entity));
        if (typeof entity.identifier !== "string") this.unnamed.add(entity.blueprint);
      }
      return;
    }
    for (const outcome of await writer.write(joined, signal, guard)) this.#settle(outcome);
  }

  /** Leaves out what other integrations own. */
  async #leaveOut(groups: readonly [Entity, ...Entity[]][]): Promise<[Entity, ...Entity[]][]> {
    const { gate } = this.#options;
    const isUnclear = ([entity]: [Entity, ...Entity[]]): boolean =>
      typeof entity.identifier !== "string" ||
      !(this.#isOwned(entity) || this.#written.has(nameOf(entity) ?? ""));
    const unclear = gate === undefined ? [] : groups.filter(isUnclear);
    if (gate === undefined || unclear.length === 0) return [...groups];
    const verdicts = await judgeEntities(
      gate,
      unclear.map(([entity]) => entity),
    );
    return groups.filter(([entity]) => {
      const verdict = verdicts.get(entity);
      const name = nameOf(entity);
      if (verdict?.state === "left") this.#tellLeft(entity, verdict.owner);
      else if (verdict?.state === "open" && name !== undefined) {
        this.#given.set(name, verdict.written);
      }
      return verdict?.state !== "left";
    });
  }

  #tellLeft(entity: Entity, owner: string): void {
    const { blueprint, identifier } = entity;
    const name = nameOf(entity) ?? nameEntity(blueprint, JSON.stringify(identifier));
    if (this.#left.has(name)) return;
    this.#left.add(name);
    this.#countOf(blueprint).left += 1;
    const reason = `${describeOwner(owner)} owns it`;
    this.#options.onAction?.({ action: "left", blueprint, identifier, reason });
  }

  /** Whether an entity that is not in the listing was given just that the last time; notes it then. */
  #isGiven(entity: Entity): boolean {
    const name = nameOf(entity);
    if (name === undefined || this.#written.has(name)) return false;
    const isGiven = this.#given.get(name)?.includes(hashEntity(entity)) === true;
    if (isGiven) this.#noteWanted(entity, undefined);
    return isGiven;
  }

  #noteWanted(entity: Entity, isCreated: boolean | undefined): void {
    const { blueprint, identifier } = entity;
    if (typeof identifier !== "string") return;
    this.#options.gate?.noteWanted({ blueprint, identifier }, hashEntity(entity), isCreated);
  }

  /** Takes out what was refused earlier of entities that are written anew: the later state counts. */
  #takeRefused(entities: readonly Entity[]): Entity[] {
    if (this.#refused.length === 0) return [];
    const names = new Set(entities.map(nameOf));
    names.delete(undefined);
    const isTaken = ({ entity }: RefusedEntity): boolean => names.has(nameOf(entity));
    const taken = this.#refused.filter(isTaken);
    this.#refused = this.#refused.filter((outcome) => !isTaken(outcome));
    return taken.map(({ entity }) => entity);
  }

  /** Entities that were refused for want of another, and wait for {@link CatalogWriter.finish}. */
  get waiting(): readonly Entity[] {
    return this.#refused.filter(isForWantOfAnother).map(({ entity }) => entity);
  }

  /** Forgets what was refused of entities: something newer is written of them. */
  drop(entities: ReadonlySet<Entity>): void {
    this.#refused = this.#refused.filter(({ entity }) => !entities.has(entity));
  }

  /** Writes what was refused for want of another once that is there, in an order that works. */
  async finish(signal?: AbortSignal, guard?: WriteGuard): Promise<void> {
    const { writer } = this.#options;
    const again = this.#refused.filter(isForWantOfAnother);
    if (writer === undefined || again.length === 0) return;
    this.#refused = this.#refused.filter((outcome) => !isForWantOfAnother(outcome));
    for (const outcome of await writeInOrder(writer, again, signal, guard)) this.#settle(outcome);
  }

  /** Notes the refusals in the counts; call it once, at the end. */
  countRefused(): void {
    for (const { entity } of this.#refused) this.#countOf(entity.blueprint).refused += 1;
  }

  /**
   * How many entities of a blueprint are owned now that were not listed. More than are counted as created: what
   * relates to one makes it first, and it is updated then, or it had no owner.
   */
  countAdded(blueprint: string): number {
    return this.#added.get(blueprint)?.size ?? 0;
  }

  #settle(outcome: WriteOutcome): void {
    const { blueprint, identifier } = outcome.entity;
    const isSearched = typeof identifier !== "string";
    if (outcome.written) {
      this.#count(outcome.entity, outcome.created);
      this.#noteWanted(outcome.entity, outcome.created);
      if (!isSearched) return;
      if (outcome.identifier === undefined) this.unnamed.add(blueprint);
      else this.found.push({ blueprint, identifier: outcome.identifier });
      return;
    }
    // A search never creates: where it finds nothing there is nothing to write.
    if (isSearched && outcome.status === 404) return;
    if (isSearched) this.unnamed.add(blueprint);
    this.#refused.push(outcome);
    const name = nameOf(outcome.entity);
    if (name !== undefined) this.#written.set(name, undefined);
  }

  #count(entity: Entity, isCreated: boolean): void {
    const count = this.#countOf(entity.blueprint);
    if (isCreated) count.created += 1;
    else count.updated += 1;
    const { blueprint, identifier } = entity;
    if (typeof identifier === "string" && !this.#isOwned(entity)) {
      const added = this.#added.get(blueprint) ?? new Set();
      this.#added.set(blueprint, added.add(identifier));
    }
    const sample = this.samples.get(entity.blueprint) ?? [];
    if (sample.length < sampleSize && typeof entity.identifier === "string") {
      this.samples.set(entity.blueprint, [...sample, entity]);
    }
    this.#emit({ type: "written", kind: entity.blueprint, objects: 1 });
  }

  /** @param settled names of entities whose searches would find what Port has */
  #compare(entity: Entity, settled: ReadonlySet<string>): Comparison {
    const { blueprint, identifier } = entity;
    // What a search finds is known to Port alone.
    if (typeof identifier !== "string") return { action: "update", changed: [] };
    if (this.#written.has(nameEntity(blueprint, identifier))) {
      return { action: "update", changed: [] };
    }
    const { owned, merge } = this.#options;
    const index = owned.get(blueprint);
    if (index?.has(identifier) === true) {
      const comparison = index.compare(identifier, entity, { merge });
      if (!settled.has(nameEntity(blueprint, identifier))) return comparison;
      const searched = listSearched(entity);
      const changed = comparison.changed.filter((field) => !searched.has(field));
      return { action: changed.length === 0 ? "unchanged" : "update", changed };
    }
    const given = this.#given.get(nameEntity(blueprint, identifier));
    const isGiven = given?.includes(hashEntity(entity)) === true;
    if (isGiven) return { action: "unchanged", changed: [] };
    return { action: (given?.length ?? 0) > 0 ? "update" : "create", changed: [] };
  }

  /** Whether just that was the last that was written of its name. */
  #isWritten(entity: Entity): boolean {
    const name = nameOf(entity);
    const written = name === undefined ? undefined : this.#written.get(name);
    if (written === undefined) return false;
    const [high, low] = hashValue({ ...entity });
    return written[0] === high && written[1] === low;
  }

  #remember(entity: Entity): void {
    const name = nameOf(entity);
    if (name !== undefined) this.#written.set(name, hashValue({ ...entity }));
  }

  #isOwned({ blueprint, identifier }: Entity): boolean {
    if (typeof identifier !== "string") return true;
    return this.#options.owned.get(blueprint)?.has(identifier) === true;
  }

  #tell(entity: Entity, action: SyncAction["action"], changed: readonly string[]): void {
    const { blueprint, identifier } = entity;
    this.#options.onAction?.({ action, blueprint, identifier, changed, entity });
  }

  #countOf(blueprint: string): WriteCount {
    const known = this.counts.get(blueprint);
    if (known !== undefined) return known;
    const count = { created: 0, updated: 0, unchanged: 0, refused: 0, left: 0 };
    this.counts.set(blueprint, count);
    return count;
  }
}
