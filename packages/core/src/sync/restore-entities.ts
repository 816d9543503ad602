import { createEmitter, type EventListener } from "../events.ts";
import type { JsonObject } from "../json.ts";
import { type Blueprint, listComputed, readBlueprint } from "../sink/port/blueprint.ts";
import { listIntegrationNames } from "../sink/port/integration.ts";
import { findForeign } from "../sink/port/find-foreign.ts";
import { findEntities } from "../sink/port/find-entities.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { nameEntity, type PortEntity } from "../sink/port/port-entity.ts";
import type { StoredEntity } from "../sink/port/stored-entity.ts";
import { createEntityWriter, type EntityWriter } from "../sink/port/write-entities.ts";
import type { Sql } from "../store/sql.ts";
import { keepRestored } from "../store/restored.ts";
import { forgetStubs } from "../store/stubs.ts";
import { isStubOf } from "./deletion/carry/is-stub-of.ts";
import { describeOwner } from "./ownership/describe-ownership.ts";
import { restoreRelations, type UnrelatedEntity } from "./restore-relations.ts";
import { type Layer, orderByRelations } from "./order-by-relations.ts";
import type { JournaledEntity, JournalReader } from "./journal-reader.ts";
import { openJournalFile } from "./read-journal-file.ts";
import { openJournalFiles } from "./retention/open-journal-files.ts";
import { openStoreJournal, type StoredJournal } from "./read-store-journal.ts";
import { toPortEntity } from "./to-port-entity.ts";

/** Entities that are looked up, read and written together: five bulk requests side by side. */
const mostAtOnce = 100;

/** Where a journal of deletions is: a file, `deleted-<run>.ndjson`, several that are one, or the store. */
export type JournalPlace =
  | { readonly path: string }
  | { readonly paths: readonly string[] }
  | { readonly stored: StoredJournal };

interface RestoreOptions {
  readonly port: PortClient;
  /**
   * Puts an entity back also where Port has a newer one of its name.
   * @default false
   */
  readonly overwrite?: boolean;
  /** Only entities of this blueprint, and of these identifiers where some are given. @default all */
  readonly only?:
    | { readonly blueprint: string; readonly identifiers: ReadonlySet<string> | undefined }
    | undefined;
  /** Writes nothing, and tells what it would do. @default false */
  readonly dryRun?: boolean | undefined;
  /** Whose entities are ours: another integration's are not overwritten. @default not looked at */
  readonly integrationIdentifier?: string | undefined;
  /** The store of the runs, which forgets that what is put back was a stub. @default that of `stored` */
  readonly sql?: Sql | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener;
}

export type RestoreEntitiesOptions = RestoreOptions & JournalPlace;

/** An entity of the journal, and where it is in it. */
export interface RestoredName {
  readonly blueprint: string;
  readonly identifier: string;
  readonly line: number;
}

/** What came of putting entities back. */
export interface RestoreReport {
  /** Entities in the journal. */
  readonly entities: number;
  /** Written, those in the place of newer ones included. */
  readonly restored: number;
  /** Port has them, as new as in the journal or newer, and not only as stubs: left alone. */
  readonly alreadyThere: readonly RestoredName[];
  /** Whether runs know of it, and let it stay; false where the store of the runs is not known. */
  readonly isHeld: boolean;
  readonly refused: readonly (RestoredName & {
    readonly status: number;
    readonly reason: string;
  })[];
  /** Blueprints that Port does not have (any more): none of their entities was written. */
  readonly missingBlueprints: readonly {
    readonly blueprint: string;
    readonly entities: number;
    /** For a person: what is missing, and what to do. */
    readonly message: string;
  }[];
  /** Relations of other entities that led to these and were empty: set again. */
  readonly relations: number;
  /** Relations that Port did not take back. */
  readonly unrelated: readonly UnrelatedEntity[];
  /** The journal's last line, where a crash cut it off and its entity is lost. */
  readonly cutOff: number | undefined;
}

/**
 * Puts back what a run deleted or made stubs of. The journal is checked whole before anything is written; entities come
 * after those that they relate to, and where some relate to one another, they are made first and
 * related then.
 *
 * @throws {ConfigError} with `file:line` of every line that is wrong
 * @throws {FileError} when the journal cannot be read
 * @throws {HttpError} {@link NetworkError} when Port refuses for reasons that are not about entities
 */
export async function restoreEntities(options: RestoreEntitiesOptions): Promise<RestoreReport> {
  const { port, signal } = options;
  const whole = await openJournal(options);
  const { only } = options;
  const journal: JournalReader = {
    ...whole,
    entities: whole.entities.filter(
      ({ blueprint, identifier }) =>
        only === undefined ||
        (only.blueprint === blueprint && only.identifiers?.has(identifier) !== false),
    ),
  };
  try {
    const names = new Set(journal.entities.map(({ blueprint }) => blueprint));
    const read = await Promise.all([...names].map((name) => readBlueprint(port, name, signal)));
    const blueprints = new Map(
      read.flatMap((blueprint) =>
        blueprint === undefined ? [] : [[blueprint.identifier, blueprint] as const],
      ),
    );
    const restore = new Restore(options, journal, blueprints);
    for (const layer of restore.layers) await restore.write(layer);
    await restore.relate();
    return restore.report();
  } finally {
    await journal[Symbol.asyncDispose]();
  }
}

function openJournal(place: JournalPlace): Promise<JournalReader> {
  if ("paths" in place) return openJournalFiles(place.paths);
  return "path" in place ? openJournalFile(place.path) : openStoreJournal(place.stored);
}

class Restore {
  readonly layers: readonly Layer[];
  readonly #options: RestoreEntitiesOptions;
  readonly #journal: JournalReader;
  readonly #blueprints: ReadonlyMap<string, Blueprint>;
  readonly #entities: readonly JournaledEntity[];
  readonly #writer: EntityWriter;
  readonly #emit: EventListener;
  readonly #alreadyThere: RestoredName[] = [];
  readonly #refused: (RestoredName & { status: number; reason: string })[] = [];
  /** Entities of the journal that Port has now. */
  readonly #back: JournaledEntity[] = [];
  #restored = 0;
  #relations = 0;
  #unrelated: readonly UnrelatedEntity[] = [];

  constructor(
    options: RestoreEntitiesOptions,
    journal: JournalReader,
    blueprints: ReadonlyMap<string, Blueprint>,
  ) {
    this.#options = options;
    this.#journal = journal;
    this.#blueprints = blueprints;
    this.#entities = journal.entities.filter(({ blueprint }) => blueprints.has(blueprint));
    const { port } = options;
    // What stood there is replaced, and what nobody deleted is not made up.
    this.#writer = createEntityWriter({ port, merge: false, createMissingRelatedEntities: false });
    this.#emit = createEmitter(options.onEvent);
    this.layers = orderByRelations(listTargets(this.#entities, blueprints));
  }

  /** Writes entities whose targets are there, unless they relate to one another. */
  async write({ members, isCyclic }: Layer): Promise<void> {
    const entities = members.flatMap((place) => this.#entities[place] ?? []);
    const inCycle = new Set(
      isCyclic ? entities.map((entity) => nameEntity(entity.blueprint, entity.identifier)) : [],
    );
    const unrelated: JournaledEntity[] = [];
    for (const some of cutIntoParts(entities)) {
      // Before it is there: a run that comes in between must not take it away again.
      if (this.#options.dryRun !== true) await this.#hold(some);
      const wanted = await this.#leaveOutNewer(some);
      const written = await this.#writeSome(wanted, inCycle);
      for (const { blueprint } of written) {
        this.#emit({ type: "written", kind: blueprint, objects: 1 });
      }
      this.#restored += written.length;
      if (this.#options.dryRun !== true) await this.#forgetStubs(written);
      this.#back.push(...written);
      unrelated.push(...written);
    }
    if (!isCyclic || this.#options.dryRun === true) return;
    for (const some of cutIntoParts(unrelated)) {
      await this.#writeSome(some, new Set(), "It is back, without its relations: ");
    }
  }

  /** Sets relations again that led to what Port has now. */
  async relate(): Promise<void> {
    const { port, integrationIdentifier, dryRun = false, signal } = this.#options;
    const targets = this.#back;
    const related = await restoreRelations({
      port,
      targets,
      integrationIdentifier,
      dryRun,
      signal,
    });
    this.#relations = related.restored;
    this.#unrelated = related.refused;
  }

  /** Where the runs remember; undefined where that is not known. */
  get #sql(): Sql | undefined {
    return this.#options.sql ?? ("stored" in this.#options ? this.#options.stored.sql : undefined);
  }

  /** What is put back is held until it is made again, and what is back already as well. */
  async #hold(entities: readonly JournaledEntity[]): Promise<void> {
    if (this.#sql !== undefined) await keepRestored(this.#sql, entities);
  }

  /** What was put back is no stub any more. */
  async #forgetStubs(written: readonly JournaledEntity[]): Promise<void> {
    if (this.#sql !== undefined) await forgetStubs(this.#sql, written);
  }

  report(): RestoreReport {
    const missing = this.#journal.entities.filter(
      ({ blueprint }) => !this.#blueprints.has(blueprint),
    );
    return {
      entities: this.#journal.entities.length,
      restored: this.#restored,
      isHeld: this.#sql !== undefined,
      alreadyThere: this.#alreadyThere,
      refused: this.#refused,
      missingBlueprints: [...Map.groupBy(missing, ({ blueprint }) => blueprint)].map(
        ([blueprint, { length }]) => ({
          blueprint,
          entities: length,
          message: `Cannot restore ${length} ${length === 1 ? "entity" : "entities"} of '${blueprint}' as Port has no blueprint of that name. Make it again, then restore once more`,
        }),
      ),
      relations: this.#relations,
      unrelated: this.#unrelated,
      cutOff: this.#journal.cutOff,
    };
  }

  /** Those that Port does not have, or has in an older state. */
  async #leaveOutNewer(entities: readonly JournaledEntity[]): Promise<JournaledEntity[]> {
    const { port, overwrite = false, signal } = this.#options;
    const [first] = entities;
    if (first === undefined) return [];
    if (overwrite) return this.#leaveOutForeign(first.blueprint, entities);
    const identifiers = entities.map(({ identifier }) => identifier);
    // What became a stub is compared whole.
    const only = entities.some(({ changes }) => changes !== undefined) ? {} : { fields: ["title"] };
    const there = await findEntities(port, first.blueprint, identifiers, { ...only, signal });
    const wanted: JournaledEntity[] = [];
    for (const entity of entities) {
      const stored = there.get(entity.identifier);
      const isOlder =
        stored === undefined || (stored.updatedAt ?? Infinity) < (entity.updatedAt ?? -Infinity);
      if (isOlder || (await this.#isOnlyStub(entity, stored))) wanted.push(entity);
      else {
        this.#alreadyThere.push(nameOf(entity));
        this.#back.push(entity);
      }
    }
    const isThere = wanted.some(({ identifier }) => there.has(identifier));
    return isThere ? this.#leaveOutForeign(first.blueprint, wanted) : wanted;
  }

  /** Those that no other integration has made meanwhile. */
  async #leaveOutForeign(
    blueprint: string,
    entities: readonly JournaledEntity[],
  ): Promise<JournaledEntity[]> {
    const { port, integrationIdentifier, signal } = this.#options;
    if (integrationIdentifier === undefined) return [...entities];
    const foreign = await findForeign({
      port,
      integrationIdentifier,
      blueprint,
      identifiers: entities.map(({ identifier }) => identifier),
      listNames: () => listIntegrationNames(port, signal),
      signal,
    });
    for (const entity of entities) {
      if (!foreign.has(entity.identifier)) continue;
      const reason = `${describeOwner(foreign.get(entity.identifier) ?? "")} owns it by now`;
      this.#refused.push({ ...nameOf(entity), status: 409, reason });
    }
    return entities.filter(({ identifier }) => !foreign.has(identifier));
  }

  /** Whether Port has nothing newer than the stub that was made of an entity. */
  async #isOnlyStub(entity: JournaledEntity, { content: stored }: StoredEntity): Promise<boolean> {
    const { blueprint, changes } = entity;
    if (changes === undefined || stored === undefined) return false;
    const made = this.#make(entity, await this.#journal.read(entity), new Set());
    const ignored = listComputed(this.#blueprints.get(blueprint));
    return isStubOf(stored, { entity: made, changes, ignored });
  }

  /** Writes entities without what of their relations leads to `leftOut`, and tells which Port took. */
  async #writeSome(
    entities: readonly JournaledEntity[],
    leftOut: ReadonlySet<string>,
    prefix = "",
  ): Promise<JournaledEntity[]> {
    if (entities.length === 0) return [];
    if (this.#options.dryRun === true) return [...entities];
    const whole = await Promise.all(entities.map((entity) => this.#journal.read(entity)));
    const written: JournaledEntity[] = [];
    const made = new Map<PortEntity, JournaledEntity>();
    for (const [place, entity] of entities.entries()) {
      made.set(this.#make(entity, whole[place] ?? {}, leftOut), entity);
    }
    for (const outcome of await this.#writer.write([...made.keys()], this.#options.signal)) {
      const entity = made.get(outcome.entity);
      if (entity === undefined) continue;
      if (outcome.written) {
        written.push(entity);
        continue;
      }
      const { status, reason } = outcome;
      this.#refused.push({ ...nameOf(entity), status, reason: prefix + reason });
    }
    return written;
  }

  #make(entity: JournaledEntity, content: JsonObject, leftOut: ReadonlySet<string>): PortEntity {
    const blueprint = this.#blueprints.get(entity.blueprint);
    const isLeftOut = (relation: string, identifier: string): boolean =>
      leftOut.has(nameEntity(blueprint?.relations.get(relation)?.target ?? "", identifier));
    const computed = blueprint?.computed ?? new Set();
    return toPortEntity(entity, content, { computed, isLeftOut });
  }
}

/** For each entity, the places of those that it relates to. */
function listTargets(
  entities: readonly JournaledEntity[],
  blueprints: ReadonlyMap<string, Blueprint>,
): number[][] {
  const places = new Map(
    entities.map(({ blueprint, identifier }, place) => [nameEntity(blueprint, identifier), place]),
  );
  return entities.map(({ blueprint, related }) =>
    [...related].flatMap(([relation, identifiers]) => {
      const target = blueprints.get(blueprint)?.relations.get(relation)?.target;
      if (target === undefined) return [];
      return identifiers.flatMap((identifier) => places.get(nameEntity(target, identifier)) ?? []);
    }),
  );
}

/** Parts of one blueprint each. */
function cutIntoParts(entities: readonly JournaledEntity[]): JournaledEntity[][] {
  return [...Map.groupBy(entities, ({ blueprint }) => blueprint).values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / mostAtOnce) }, (_, place) =>
      group.slice(place * mostAtOnce, (place + 1) * mostAtOnce),
    ),
  );
}

function nameOf({ blueprint, identifier, line }: JournaledEntity): RestoredName {
  return { blueprint, identifier, line };
}
