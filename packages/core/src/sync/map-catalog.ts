import { createEmitter, type EventListener } from "../events.ts";
import type { JsonObject } from "../json.ts";
import type { Entity, Withheld } from "../map/entity.ts";
import { literalOf } from "../map/expression.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Resource } from "../map/mapping.ts";
import type { TimeRange } from "../source/listing-plan.ts";
import type { ResourceOutcome, Source, SourcePage } from "../source/source.ts";

/** How one resource of the mapping was read and mapped. */
export interface MappedResource {
  /** `incidents[1]`, as messages name it. */
  readonly name: string;
  readonly index: number;
  /** The blueprint that it feeds, where the mapping says it literally. */
  readonly blueprint: string | undefined;
  /** Blueprints that it made entities of. */
  readonly produced: Set<string>;
  readonly withheld: Withheld[];
  range: TimeRange | undefined;
  objects: number;
  /** Why it was not read to its end; empty where it was. */
  incomplete: string;
}

export interface MapCatalogOptions {
  readonly source: Source;
  readonly mapper: Mapper;
  /** Hears of every entity. @param unavailable keys that could not be read: what hangs on them is left out */
  readonly onEntity: (entity: Entity, unavailable: readonly string[]) => void;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener;
}

/** Reads all of the mapping's resources and makes their entities, of which nothing is kept here. */
export async function mapCatalog(options: MapCatalogOptions): Promise<{
  readonly resources: readonly MappedResource[];
  readonly problems: number;
}> {
  const { source, mapper, signal } = options;
  const { resources } = mapper.mapping;
  const mapped = resources.map(createMapped);
  let problems = 0;
  for (const ofKind of Map.groupBy(resources, ({ kind }) => kind).values()) {
    for await (const item of source.pages(ofKind, signal)) {
      if (item.type === "page") {
        problems += await mapPage(item, mapped, options);
        continue;
      }
      for (const { index } of ofKind) {
        const resource = mapped[index];
        const outcome = item.outcomes.get(index);
        if (resource !== undefined && outcome !== undefined) note(resource, outcome);
      }
    }
  }
  return { resources: mapped, problems };
}

/** @returns the number of problems */
async function mapPage(
  page: SourcePage,
  mapped: readonly MappedResource[],
  { mapper, onEntity, onEvent }: MapCatalogOptions,
): Promise<number> {
  const emit = createEmitter(onEvent);
  const { unavailable } = page;
  let count = 0;
  for (const resource of mapped) {
    const objects = page.entries
      .filter(({ resources }) => resources.includes(resource.index))
      .map(({ object }) => object as JsonObject);
    if (objects.length === 0) continue;
    for (const object of await mapper.apply(resource.index, objects, { unavailable })) {
      resource.withheld.push(...object.withheld);
      count += object.problems.length;
      for (const { kind, objectId, field, message } of object.problems) {
        emit({ type: "problem", message: `${kind}/${objectId} ${field}: ${message}` });
      }
      for (const entity of object.entities) {
        resource.produced.add(entity.blueprint);
        onEntity(entity, unavailable);
      }
    }
  }
  return count;
}

function createMapped({ kind, index, entities }: Resource): MappedResource {
  const [template, ...others] = entities;
  const literal = template === undefined ? undefined : literalOf(template.blueprint)?.value;
  return {
    name: `${kind}[${index}]`,
    index,
    blueprint: others.length === 0 && typeof literal === "string" ? literal : undefined,
    produced: new Set(),
    withheld: [],
    range: undefined,
    objects: 0,
    incomplete: "it was not read to its end",
  };
}

function note(resource: MappedResource, { completion, range, objects }: ResourceOutcome): void {
  resource.range = range;
  resource.objects = objects;
  if (completion.state === "complete") resource.incomplete = "";
  else if (completion.state === "incomplete") resource.incomplete = completion.reason;
  else resource.incomplete = completion.error.message;
}
