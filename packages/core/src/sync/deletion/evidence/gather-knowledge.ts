import { isSearch } from "../../../map/expression.ts";
import type { Mapping, Resource } from "../../../map/mapping.ts";
import { nameEntity } from "../../../sink/port/port-entity.ts";
import type { KindName } from "../../../source/kinds.ts";
import type { ObjectKey } from "../../../store/freshness.ts";
import type { EntityRef, ProducedEntity } from "../../../store/produced.ts";
import { isOfKind, readKind, readPlace } from "../../object-key.ts";
import type { OncallAnswer } from "./ask-oncall.ts";
import { type ByIdAnswer, isAskable, isOfTime } from "./ask-by-id.ts";
import { mayMake } from "../../may-make.ts";
import type { ObjectKnowledge } from "./judge-evidence.ts";
import type { RunSightings, Sighting } from "./run-sightings.ts";

/** An entity that nothing made, and the objects that it may be of. */
export interface Candidate extends EntityRef {
  /** What made it before; empty where the store does not know. */
  readonly rows: readonly ProducedEntity[];
  /** The objects that it is of; empty where that is not known. */
  readonly objects: readonly ObjectKey[];
}

/** What was seen of objects. */
export interface Seen {
  readonly sightings: RunSightings;
  /** What those answered that were asked for by id. */
  readonly answers: ReadonlyMap<ObjectKey, ByIdAnswer>;
  /** What PagerDuty tells of on-calls that their list lacked. */
  readonly oncalls: ReadonlyMap<ObjectKey, OncallAnswer>;
  /** Names of entities of incidents that lie outside of what is read. */
  readonly aged: ReadonlySet<string>;
  /** Whether Port had an entity when the run began. @default it had none */
  readonly isKnown?: ((ref: EntityRef) => boolean) | undefined;
  /** How many entities of a blueprint an object made before and makes no more, by {@link nameLoss}. @default 1 */
  readonly losses?: ReadonlyMap<string, number> | undefined;
}

/**
 * Finds the objects of an entity: by what the store remembers, else, where the mapping's identifier is
 * `.id`, by that.
 */
export function findObjects(
  ref: EntityRef,
  rows: readonly ProducedEntity[],
  mapping: Pick<Mapping, "resources">,
): Candidate {
  const known = [...new Set(rows.map(({ object }) => object))];
  if (known.length > 0) return { ...ref, rows, objects: known };
  const kinds = mapping.resources
    .filter((resource) => isNamedById(resource, ref.blueprint))
    .map(({ kind }) => kind);
  const objects = [...new Set(kinds)].map((kind): ObjectKey => `${kind}/${ref.identifier}`);
  return { ...ref, rows, objects };
}

/** Puts together what is known of a candidate's objects. */
export function gatherKnowledge(
  candidate: Candidate,
  mapping: Pick<Mapping, "resources">,
  seen: Seen,
): ObjectKnowledge[] {
  const { blueprint, identifier, objects, rows } = candidate;
  const isAged = seen.aged.has(nameEntity(blueprint, identifier));
  if (objects.length === 0) {
    const feeding = mapping.resources.filter(({ entities }) =>
      entities.some((template) => mayMake(template, blueprint)),
    );
    const isOf = (kind: KindName): boolean =>
      feeding.length > 0 && feeding.every((resource) => resource.kind === kind);
    const sort = isOf("incidents") ? "incident" : isOf("oncalls") ? "oncall" : "other";
    return [{ sort, sight: "unaskable", makes: "nothing", isAged, isAgeUnknown: isAged }];
  }
  return objects.map((object) => {
    const row = rows.find((one) => one.object === object);
    const isSeen = seen.sightings.has(object);
    const place =
      isSeen || row?.place === undefined ? undefined : lookAtPlace(object, row.place, seen);
    const looked = lookAt(object, blueprint, mapping, seen);
    const isAgeUnknown = isAged && row?.createdAt === undefined;
    const isOutgrown = leftBehind(object, row?.createdAt, seen);
    return Object.assign(looked, { endsAt: row?.endsAt, place, isAged, isAgeUnknown, isOutgrown });
  });
}

/** Whether a resource names entities of a blueprint by the object's id. */
function isNamedById({ entities }: Resource, blueprint: string): boolean {
  return entities.some(
    (template) =>
      mayMake(template, blueprint) &&
      !isSearch(template.identifier) &&
      template.identifier.source.trim() === ".id",
  );
}

function lookAt(
  object: ObjectKey,
  blueprint: string,
  mapping: Pick<Mapping, "resources">,
  seen: Seen,
): ObjectKnowledge {
  const { sightings, answers } = seen;
  const kind = readKind(object);
  const sort = isOfKind(object, "incidents")
    ? "incident"
    : isOfKind(object, "oncalls")
      ? "oncall"
      : "other";
  const sighting = sightings.find(object);
  const makes = compareMade(object, blueprint, sighting, seen);
  if (sightings.isFound(object) || answers.get(object) === "found") {
    const isTold = kind === undefined || !hasUntellable(kind, mapping);
    return { sort, sight: isTold || sighting !== undefined ? "found" : "unaskable", makes };
  }
  if (sightings.has(object)) return { sort, sight: "listed", makes };
  const answer = answers.get(object);
  if (answer === "gone") return { sort, sight: "gone", makes };
  if (answer === "forbidden" || answer === "moved") return { sort, sight: "elsewhere", makes };
  if (answer !== undefined) return { sort, sight: "unanswered", makes };
  const canAsk = kind !== undefined && canTellById(kind, mapping);
  return { sort, sight: canAsk ? "unasked" : "unaskable", makes };
}

/** Whether what an object of a kind says by its id tells whether the mapping wants it. */
export function canTellById(kind: KindName, mapping: Pick<Mapping, "resources">): boolean {
  return isAskable(kind) && !hasUntellable(kind, mapping);
}

/**
 * What is made of an object instead of an entity: another of its blueprint, unless that is one of several
 * that it made before, or fewer new ones than it lost.
 */
function compareMade(
  object: ObjectKey,
  blueprint: string,
  sighting: Sighting | undefined,
  { isKnown = () => false, losses }: Seen,
): ObjectKnowledge["makes"] {
  if (sighting === undefined || !sighting.isSelected || sighting.blueprints.length === 0) {
    return "nothing";
  }
  const fresh = sighting.made.filter((ref) => ref.blueprint === blueprint && !isKnown(ref));
  return fresh.length >= (losses?.get(nameLoss(object, blueprint)) ?? 1) ? "another" : "less";
}

/** One text for an object and a blueprint. */
export function nameLoss(object: ObjectKey, blueprint: string): string {
  return `${object}\n${blueprint}`;
}

/** A user may be reached through a schedule, which an escalation policy does not show. */
function hasUntellable(kind: KindName, { resources }: Pick<Mapping, "resources">): boolean {
  return resources.some(
    ({ selection }) =>
      selection.kind === kind &&
      selection.kind === "escalation_policies" &&
      (selection.selector.apiQueryParams?.user_ids ?? []).length > 0,
  );
}

/** Whether a list of a stretch of time has gone on past an object. */
function leftBehind(
  object: ObjectKey,
  createdAt: number | undefined,
  { sightings }: Seen,
): boolean {
  const kind = readKind(object);
  if (kind === undefined || !isOfTime(kind) || createdAt === undefined) return false;
  return createdAt < (sightings.oldestOf(kind) ?? -Infinity);
}

function lookAtPlace(
  object: ObjectKey,
  place: string,
  { oncalls }: Seen,
): ObjectKnowledge["place"] {
  if (readPlace(place).policy === null) return undefined;
  const answer = oncalls.get(object) ?? "unanswered";
  if (answer === "unanswered") return "unknown";
  // Its policy's 404 counts as its own.
  return answer === "gone" ? undefined : answer;
}
