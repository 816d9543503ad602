import type { Json, JsonObject } from "../../../json.ts";
import { listDifferences } from "../../../sink/port/compare-entity.ts";
import type { PortEntity } from "../../../sink/port/port-entity.ts";
import type { StubChanges } from "./journal-marks.ts";

/**
 * Whether what Port has is nothing but the stub that was made of an entity: nobody has written anything
 * else to it since. What its relations lack
 * Port may have taken out itself, when their targets went.
 *
 * @param options.ignored fields that Port computes
 */
export function isStubOf(
  stored: JsonObject,
  options: {
    readonly entity: PortEntity;
    readonly changes: StubChanges;
    readonly ignored: ReadonlySet<string>;
  },
): boolean {
  const { entity, changes, ignored } = options;
  const stub: PortEntity = {
    ...entity,
    properties: { ...entity.properties, ...changes.properties },
    relations: { ...entity.relations, ...changes.relations },
  };
  return listDifferences(stub, stored, { merge: false, ignored }).every(
    ({ field, stored: now, wanted }) => field.startsWith("relations.") && isPartOf(now, wanted),
  );
}

function isPartOf(some: Json | undefined, all: Json | undefined): boolean {
  const targets = new Set([all ?? []].flat());
  return [some ?? []].flat().every((target) => targets.has(target));
}
