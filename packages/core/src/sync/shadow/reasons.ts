import type { Expression, SearchExpression } from "../../map/expression.ts";
import type { EntityTemplate, Mapping } from "../../map/mapping.ts";
import { mayMake } from "../may-make.ts";
import { wholeEntity } from "./entity-look.ts";
import type { ExplainDifference, OpenDifference, WriterState } from "./ledger.ts";

/** Rows of a list that Ocean reads. */
export const oceanLongestList = 10_000;

/**
 * How long a difference may last where Port does not tell when the other integration resyncs: as many have it
 * do so once a day. Milliseconds.
 */
export const longestUntold = 26 * 3_600_000;

/** By how much the other integration's clock may be ahead of ours, milliseconds. */
const clockMargin = 2 * 60_000;

/** Why a difference from Ocean is to be expected, each with what a report says of it. */
export const reasons = {
  "next-resync":
    "changed since its last resync, and its live events did not bring it: its next one does",
  "live-emptied":
    "its live events empty what only its lists include, and analytics: its next resync fills them again",
  "failed-resync":
    "its last resync did not end well: it leaves out a kind at an error, and deletes nothing",
  stubs:
    "gone, and named by what stays: it leaves it as it was; pagerport makes stubs of services, or holds back many",
  unlisted: "incidents that no list shows any more: its resyncs delete them, pagerport keeps them",
  "beyond-10000": "beyond the 10,000th of a list: it does not read them, and deletes them",
  "newer-schedules": "schedules of PagerDuty's newer kind: they are not in the list that it reads",
  icon: "icons: it does not compare them, so a changed one stays until something else of the entity changes",
  "relation-values": "relations: pagerport makes numbers text, and drops nulls in lists",
  environment: "the mapping reads the container's environment: pagerport's mappings never see one",
} as const;

export type Reason = keyof typeof reasons;

/** What a full reading of PagerDuty tells of how Ocean reads it. */
export interface KnownLists {
  /** Ids of schedules of the newer kind. */
  readonly newerSchedules: ReadonlySet<string>;
  /** Kinds of which a resource has more objects than Ocean reads. */
  readonly longKinds: ReadonlySet<string>;
}

/** Makes what explains differences, by where Ocean is known to differ. */
export function createExplainer(mapping: Mapping, lists: KnownLists): ExplainDifference {
  const kinds = new Map<string, ReadonlySet<string>>();
  const kindsOf = (blueprint: string): ReadonlySet<string> => {
    const known = kinds.get(blueprint) ?? new Set(findKinds(mapping, blueprint));
    kinds.set(blueprint, known);
    return known;
  };
  return (open, writer) =>
    explain(open, writer, { mapping, lists, kinds: kindsOf(open.blueprint) });
}

interface Context {
  readonly mapping: Mapping;
  readonly lists: KnownLists;
  readonly kinds: ReadonlySet<string>;
}

function explain(open: OpenDifference, writer: WriterState, context: Context): Reason | undefined {
  const { difference, identifier } = open;
  const { place } = difference;
  const { kinds, lists, mapping } = context;
  if (difference.isAlike === true) return "relation-values";
  if (place === "icon") return "icon";
  if (readsEnvironment(mapping, open.blueprint, place)) return "environment";
  if (kinds.has("schedules") && lists.newerSchedules.has(identifier)) return "newer-schedules";
  const isMissing = place === wholeEntity.missing;
  if (isMissing && [...kinds].some((kind) => lists.longKinds.has(kind))) return "beyond-10000";
  const isProtected = difference.isNamed === true && mapping.createMissingRelatedEntities;
  if (difference.removal === "stub" || isProtected) return "stubs";

  const isLive = kinds.has("incidents") || kinds.has("services");
  const hadChance = hasResynced(open, writer);
  const { lastEnd } = writer;
  const isWrittenSince = lastEnd !== undefined && (open.updatedAt ?? 0) > lastEnd;
  // It may have been filled by a resync and emptied again, with no look in between.
  if (
    isLive &&
    difference.isEmptied === true &&
    (isWrittenSince || (!hadChance && open.updatedAt !== undefined))
  ) {
    return "live-emptied";
  }
  if (!hadChance) return "next-resync";
  if (writer.hasFailed) return "failed-resync";
  if (!isMissing || !kinds.has("incidents") || open.isListed === true) return undefined;
  // Before a full reading nobody knows whether its lists should have shown it.
  return open.isListed === false ? "unlisted" : "next-resync";
}

/** Whether the other integration has read everything since the difference was first seen. */
function hasResynced(
  { since, seenAt }: OpenDifference,
  { lastStart, lastEnd }: WriterState,
): boolean {
  if (lastStart === undefined || lastEnd === undefined) return seenAt - since >= longestUntold;
  return lastStart >= since + clockMargin && seenAt >= lastEnd;
}

/** Kinds of which a mapping makes entities of a blueprint, or could. */
export function findKinds(mapping: Mapping, blueprint: string): string[] {
  return mapping.resources
    .filter(({ entities }) => entities.some((template) => mayMake(template, blueprint)))
    .map(({ kind }) => kind);
}

function readsEnvironment(mapping: Mapping, blueprint: string, place: string): boolean {
  return mapping.resources.some(({ entities }) =>
    entities.some(
      (template) =>
        mayMake(template, blueprint) &&
        expressionsOf(template, place).some((source) => /\$ENV\b|(?<![.\w$])env\b/.test(source)),
    ),
  );
}

function expressionsOf(template: EntityTemplate, place: string): string[] {
  const { title, icon, team, properties, relations } = template;
  const fields: readonly (readonly [string, Expression | SearchExpression | undefined])[] = [
    ["title", title],
    ["icon", icon],
    ["team", team],
    ...properties.map(([name, value]) => [`properties.${name}`, value] as const),
    ...relations.map(([name, value]) => [`relations.${name}`, value] as const),
  ];
  return fields.flatMap(([name, value]) =>
    name === place && value !== undefined && "source" in value ? [value.source] : [],
  );
}
