import { nameEntity } from "../../../sink/port/port-entity.ts";
import type { EntityRef, ProducedEntity } from "../../../store/produced.ts";
import { isOfKind } from "../../object-key.ts";
import type { ResourceCount } from "../../resource-count.ts";

/**
 * Finds those of some entities that are of incidents which lie outside of what was read: an incident
 * cannot be deleted in PagerDuty, it only leaves a stretch of time. One of which it is not known when its
 * incident was created counts as such.
 *
 * @param rowsOf what made an entity before
 * @param counts the resources that were read
 * @returns names of entities
 */
export function findAged(
  unproduced: readonly EntityRef[],
  rowsOf: (ref: EntityRef) => readonly ProducedEntity[],
  counts: readonly ResourceCount[],
): ReadonlySet<string> {
  const ofIncidents = counts.filter(({ resource }) => resource.kind === "incidents");
  const candidates = unproduced.filter(({ blueprint }) =>
    ofIncidents.some((count) => count.blueprints?.has(blueprint) ?? true),
  );
  const aged = candidates.filter((entity) => {
    const rows = rowsOf(entity);
    const incidents = rows.filter(({ object }) => isOfKind(object, "incidents"));
    if (rows.length > 0 && incidents.length === 0) return false;
    const feeding = ofIncidents.filter((count) => count.blueprints?.has(entity.blueprint) ?? true);
    return incidents.length === 0 || incidents.some((row) => isOutside(row, feeding));
  });
  return new Set(aged.map(nameRef));
}

/** Whether a resource would take the incident, as far as is known, but for its time. */
function isOutside({ createdAt }: ProducedEntity, counts: readonly ResourceCount[]): boolean {
  if (createdAt === undefined) return true;
  return counts.some(({ outcome: { range } }) => {
    if (range === undefined) return true;
    return createdAt < (range.since ?? -Infinity) || createdAt >= range.until;
  });
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
