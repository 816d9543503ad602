import type { EventListener } from "../events.ts";
import type { MappedObject, Withheld } from "../map/entity.ts";
import { literalOf } from "../map/expression.ts";
import type { Resource } from "../map/mapping.ts";
import type { ResourceOutcome } from "../source/source.ts";
import { nameResource } from "./map-page.ts";

/** What one resource of the mapping came to. */
export interface ResourceCount {
  /** `incidents[1]`, as messages name it. */
  readonly name: string;
  readonly resource: Resource;
  /** The blueprints that it feeds; undefined where the mapping does not say all of them literally. */
  readonly blueprints: ReadonlySet<string> | undefined;
  outcome: ResourceOutcome;
  /** Entities made, before those that are equal to what Port has were left out. */
  entities: number;
  /** Objects that its `query` let through. */
  passed: number;
  skipped: number;
  problems: number;
  /** Blueprints that it made entities of. */
  readonly produced: Set<string>;
  readonly withheld: Withheld[];
}

/** The counts of a resource of which nothing has been read. */
export function createResourceCount(resource: Resource): ResourceCount {
  return {
    name: nameResource(resource),
    resource,
    blueprints: findBlueprints(resource),
    outcome: {
      completion: { state: "incomplete", reason: "it was not read to its end" },
      range: undefined,
      objects: 0,
    },
    entities: 0,
    passed: 0,
    skipped: 0,
    problems: 0,
    produced: new Set(),
    withheld: [],
  };
}

/** Counts what a resource made of one object, and tells its problems. */
export function countMapped(count: ResourceCount, mapped: MappedObject, emit: EventListener): void {
  count.entities += mapped.entities.length;
  if (mapped.selected) count.passed += 1;
  count.skipped += mapped.skipped;
  countProblems(count, mapped, emit);
}

/** Counts what a resource could not do with an object, and tells it. */
export function countProblems(
  count: ResourceCount,
  mapped: MappedObject,
  emit: EventListener,
): void {
  count.problems += mapped.problems.length;
  count.withheld.push(...mapped.withheld);
  for (const { blueprint } of mapped.entities) count.produced.add(blueprint);
  for (const { kind, objectId, field, message } of mapped.problems) {
    emit({ type: "problem", message: `${kind}/${objectId} ${field}: ${message}` });
  }
}

function findBlueprints({ entities }: Resource): ReadonlySet<string> | undefined {
  const names = entities.map(({ blueprint }) => literalOf(blueprint)?.value);
  return names.every((name) => typeof name === "string") ? new Set(names) : undefined;
}
