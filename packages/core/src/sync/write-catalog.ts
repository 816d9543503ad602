import { createEmitter, type EventListener } from "../events.ts";
import type { JsonObject } from "../json.ts";
import type { Entity, Withheld } from "../map/entity.ts";
import { literalOf } from "../map/expression.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Resource } from "../map/mapping.ts";
import type { EntityIndex } from "../sink/port/entity-index.ts";
import { nameEntity } from "../sink/port/port-entity.ts";
import type { EntityWriter, WriteOutcome } from "../sink/port/write-entities.ts";
import type { ResourceOutcome, Source, SourcePage } from "../source/source.ts";
import type { OwnedEntities } from "./load-owned.ts";

/** What one resource of the mapping came to. */
export interface ResourceCount {
  /** `incidents[1]`, as messages name it. */
  readonly name: string;
  readonly index: number;
  /** The blueprint that it feeds, where the mapping says it literally. */
  readonly blueprint: string | undefined;
  outcome: ResourceOutcome;
  /** Entities made, before those that are equal to what Port has were left out. */
  entities: number;
  skipped: number;
  problems: number;
  /** Blueprints that it made entities of. */
  readonly produced: Set<string>;
  readonly withheld: Withheld[];
}

/** What came of writing a catalog. */
export interface CatalogWriting {
  readonly resources: readonly ResourceCount[];
  /** Identifiers made, by blueprint. */
  readonly produced: ReadonlyMap<string, ReadonlySet<string>>;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** What Port refused, after everything else was there. */
  readonly refused: readonly Extract<WriteOutcome, { readonly written: false }>[];
}

export interface WriteCatalogOptions {
  readonly source: Source;
  readonly mapper: Mapper;
  readonly writer: EntityWriter;
  readonly owned: OwnedEntities;
  /** Only these of the mapping's resources; all where not given. */
  readonly resources?: readonly Resource[];
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener;
}

/**
 * Reads the mapping's resources kind by kind, makes entities, and writes those that differ from what
 * Port has. Reading, mapping and writing overlap: a page is written while the next one is read.
 *
 * @throws what reading or writing throws: refused credentials, no answer; kinds that fail alone do not
 */
export async function writeCatalog(options: WriteCatalogOptions): Promise<CatalogWriting> {
  const { source, mapper, signal, resources = mapper.mapping.resources } = options;
  const run = new CatalogRun(options);
  for (const ofKind of Map.groupBy(resources, ({ kind }) => kind).values()) {
    for await (const item of source.pages(ofKind, signal)) {
      if (item.type === "page") {
        await run.write(item);
      } else {
        for (const resource of ofKind) run.end(resource, item.outcomes.get(resource.index));
      }
    }
  }
  return run.finish();
}

/** Pages whose writes are not answered yet; more would only fill memory. */
const mostPagesAhead = 8;

class CatalogRun {
  readonly #options: WriteCatalogOptions;
  readonly #emit: EventListener;
  readonly #counts = new Map<number, ResourceCount>();
  readonly #produced = new Map<string, Set<string>>();
  readonly #writing = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  #created = 0;
  #updated = 0;
  #unchanged = 0;
  #refused: Extract<WriteOutcome, { readonly written: false }>[] = [];

  constructor(options: WriteCatalogOptions) {
    this.#options = options;
    this.#emit = createEmitter(options.onEvent);
  }

  /** Maps a page and begins to write what differs. */
  async write(page: SourcePage): Promise<void> {
    this.#emit({ type: "page", kind: page.kind, rows: page.entries.length });
    const entities = new Map<string, Entity>();
    for (const resource of this.#resourcesOf(page)) {
      const objects = page.entries
        .filter(({ resources }) => resources.includes(resource.index))
        .map(({ object }) => object as JsonObject);
      const { unavailable } = page;
      const mapped = await this.#options.mapper.apply(resource, objects, { unavailable });
      const count = this.#countOf(resource);
      for (const object of mapped) {
        count.skipped += object.skipped;
        count.problems += object.problems.length;
        count.withheld.push(...object.withheld);
        for (const { kind, objectId, field, message } of object.problems) {
          this.#emit({ type: "problem", message: `${kind}/${objectId} ${field}: ${message}` });
        }
        for (const entity of object.entities) {
          count.entities += 1;
          count.produced.add(entity.blueprint);
          entities.set(this.#note(entity), entity);
        }
      }
    }
    const changed = [...entities.values()].filter((entity) => this.#isChanged(entity));
    this.#start(changed);
    while (this.#writing.size >= mostPagesAhead) await Promise.race(this.#writing);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Notes how the reading of a resource ended. */
  end(resource: Resource, outcome: ResourceOutcome | undefined): void {
    const count = this.#countOf(resource);
    if (outcome !== undefined) count.outcome = outcome;
  }

  /** Waits for what is being written, and tries what was refused for want of another once more. */
  async finish(): Promise<CatalogWriting> {
    await Promise.all(this.#writing);
    if (this.#failure !== undefined) throw this.#failure.error;
    await this.#writeRefusedAgain();
    return {
      resources: [...this.#counts.values()],
      produced: this.#produced,
      created: this.#created,
      updated: this.#updated,
      unchanged: this.#unchanged,
      refused: this.#refused,
    };
  }

  #start(entities: readonly Entity[]): void {
    if (entities.length === 0) return;
    const write = async (): Promise<void> => {
      try {
        const { writer, signal } = this.#options;
        for (const outcome of await writer.write(entities, signal)) this.#settle(outcome);
      } catch (error) {
        this.#failure ??= { error };
      }
    };
    const writing = write().finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** As long as another round gets further: what was missing may itself have been refused. */
  async #writeRefusedAgain(): Promise<void> {
    for (;;) {
      const again = this.#refused;
      if (!again.some(isForWantOfAnother)) return;
      this.#refused = again.filter((outcome) => !isForWantOfAnother(outcome));
      const entities = again.filter(isForWantOfAnother).map(({ entity }) => entity);
      const { writer, signal } = this.#options;
      for (const outcome of await writer.write(entities, signal)) this.#settle(outcome);
      if (this.#refused.length >= again.length) return;
    }
  }

  #settle(outcome: WriteOutcome): void {
    if (!outcome.written) {
      this.#refused.push(outcome);
      return;
    }
    if (outcome.created) this.#created += 1;
    else this.#updated += 1;
    this.#emit({ type: "written", kind: outcome.entity.blueprint, objects: 1 });
  }

  #isChanged(entity: Entity): boolean {
    const { owned, mapper } = this.#options;
    const index: EntityIndex | undefined = owned.get(entity.blueprint);
    if (index === undefined || typeof entity.identifier !== "string") return true;
    const merge = mapper.mapping.enableMergeEntity;
    const isEqual = index.compare(entity.identifier, entity, { merge }).action === "unchanged";
    if (isEqual) this.#unchanged += 1;
    return !isEqual;
  }

  /** Notes that an entity was made, and gives the name that tells it from others. */
  #note(entity: Entity): string {
    const { blueprint, identifier } = entity;
    // One that is found by a search has no name before Port has found it.
    if (typeof identifier !== "string") return nameEntity(blueprint, JSON.stringify(identifier));
    const names = this.#produced.get(blueprint) ?? new Set();
    this.#produced.set(blueprint, names.add(identifier));
    return nameEntity(blueprint, identifier);
  }

  #resourcesOf(page: SourcePage): Resource[] {
    const wanted = new Set(page.entries.flatMap(({ resources }) => resources));
    return this.#options.mapper.mapping.resources.filter(({ index }) => wanted.has(index));
  }

  #countOf(resource: Resource): ResourceCount {
    const known = this.#counts.get(resource.index);
    if (known !== undefined) return known;
    const [template] = resource.entities;
    const literal = template === undefined ? undefined : literalOf(template.blueprint)?.value;
    const count: ResourceCount = {
      name: `${resource.kind}[${resource.index}]`,
      index: resource.index,
      blueprint:
        resource.entities.length === 1 && typeof literal === "string" ? literal : undefined,
      outcome: {
        completion: { state: "incomplete", reason: "it was not read to its end" },
        range: undefined,
        objects: 0,
      },
      entities: 0,
      skipped: 0,
      problems: 0,
      produced: new Set(),
      withheld: [],
    };
    this.#counts.set(resource.index, count);
    return count;
  }
}

/** Port answers 404 for an entity that relates to one which is not there. */
function isForWantOfAnother(outcome: WriteOutcome): boolean {
  return !outcome.written && outcome.status === 404;
}
