import { nameEntity } from "../../sink/port/port-entity.ts";
import type { Difference, EntityLook, Removal } from "./entity-look.ts";
import type { Reason } from "./reasons.ts";

/**
 * How long a difference must be seen, with nothing new to be written meanwhile, before it counts: the other
 * integration may be busy with it. Milliseconds.
 */
export const settleTime = 15 * 60_000;

/** Differences that are followed one by one; of more, the number is told. */
const mostFollowed = 20_000;

/** A difference that was seen at the last look. */
export interface OpenDifference {
  readonly blueprint: string;
  readonly identifier: string;
  readonly difference: Difference;
  /** The first look that found just this to be written, milliseconds since 1970. */
  since: number;
  seenAt: number;
  /** The first look at which it counted; undefined as long as it may pass by itself. */
  settledAt: number | undefined;
  /** Port's last write when it was seen last, milliseconds since 1970. */
  updatedAt: number | undefined;
  /** Why it is to be expected, by the last look; undefined where nothing explains it. */
  reason: Reason | undefined;
  /** Whether a full reading shows the entity's object, or only an event told of it; undefined before one. */
  isListed: boolean | undefined;
}

/** Differences of one sort that counted, and are no more. */
export interface EndedDifferences {
  readonly blueprint: string;
  readonly place: string;
  readonly reason: Reason | undefined;
  count: number;
  /** Milliseconds since 1970. */
  first: number;
  last: number;
  readonly example: {
    readonly identifier: string;
    readonly port: string;
    readonly pagerport: string;
  };
}

/** What would have been written to a blueprint; entities, each counted once for each thing to write. */
export interface WouldWrite {
  /** By live events: entities that would be sent, whatever Port has. */
  events: number;
  created: number;
  updated: number;
  deleted: number;
  stubbed: number;
  withheld: number;
}

/** What Port tells of the resyncs of the integration that writes. Milliseconds since 1970. */
export interface WriterState {
  /** The last resync that has come to an end. */
  lastStart: number | undefined;
  lastEnd: number | undefined;
  hasFailed: boolean;
  /** How many ended while this shadow looked, and how many of them not well. */
  resyncs: number;
  failed: number;
}

/** All that a shadow remembers. */
export interface Ledger {
  readonly startedAt: number;
  /** By entity and place. */
  readonly open: Map<string, Map<string, OpenDifference>>;
  readonly ended: Map<string, EndedDifferences>;
  readonly writes: Map<string, WouldWrite>;
  writer: WriterState;
  /** Differences that passed before they counted. */
  passed: number;
  /** Differences that were too many to be followed. */
  dropped: number;
  events: number;
  fullRuns: number;
  deltaRuns: number;
  failedRuns: number;
  lastFull: number | undefined;
  /** PagerDuty's time when the last run began that read all it was to. */
  lastSourceStart: number | undefined;
  lastRun: number | undefined;
  /** Ids of schedules of PagerDuty's newer kind. */
  newerSchedules: readonly string[];
  /** Kinds of which there are more objects than Ocean reads. */
  longKinds: readonly string[];
  /** What could not be looked at in the last run: sentences. */
  unfinished: readonly string[];
}

/** Makes a ledger of a shadow that begins. @param now milliseconds since 1970 */
export function createLedger(now: number): Ledger {
  return {
    startedAt: now,
    open: new Map(),
    ended: new Map(),
    writes: new Map(),
    writer: {
      lastStart: undefined,
      lastEnd: undefined,
      hasFailed: false,
      resyncs: 0,
      failed: 0,
    },
    passed: 0,
    dropped: 0,
    events: 0,
    fullRuns: 0,
    deltaRuns: 0,
    failedRuns: 0,
    lastFull: undefined,
    lastSourceStart: undefined,
    lastRun: undefined,
    newerSchedules: [],
    longKinds: [],
    unfinished: [],
  };
}

/** Says why a difference is to be expected; undefined where nothing explains it. */
export type ExplainDifference = (open: OpenDifference, writer: WriterState) => Reason | undefined;

/**
 * Notes what a look found. A difference counts from the second look on at which just the same would be
 * written, {@link settleTime} after the first at the earliest.
 */
export function noteLook(ledger: Ledger, look: EntityLook, explain: ExplainDifference): void {
  const { blueprint, identifier, at, updatedAt, differences } = look;
  const name = nameEntity(blueprint, identifier);
  const before = ledger.open.get(name);
  const places = new Set(differences.map(({ place }) => place));
  for (const [place, open] of before ?? []) {
    if (!places.has(place)) end(ledger, name, open, at);
  }
  let isNew = false;
  for (const difference of differences) {
    const known = before?.get(difference.place);
    const isSame =
      known?.difference.wanted === difference.wanted &&
      known.difference.removal === difference.removal;
    if (!isSame) isNew = true;
    const open: OpenDifference = {
      blueprint,
      identifier,
      difference,
      since: isSame ? known.since : at,
      seenAt: Math.max(at, known?.seenAt ?? at),
      settledAt: known?.settledAt,
      updatedAt,
      reason: known?.reason,
      isListed: look.isListed ?? known?.isListed,
    };
    settle(open, at);
    open.reason = explain(open, ledger.writer);
    keep(ledger, name, open);
  }
  if (isNew) countWrite(countsOf(ledger, blueprint), differences);
}

/** A difference is still there, and nothing new is to be written. */
export function noteStill(
  ledger: Ledger,
  open: OpenDifference,
  seen: {
    readonly at: number;
    readonly updatedAt: number | undefined;
    readonly isListed?: boolean | undefined;
  },
  explain: ExplainDifference,
): void {
  open.seenAt = Math.max(open.seenAt, seen.at);
  open.updatedAt = seen.updatedAt;
  open.isListed = seen.isListed ?? open.isListed;
  settle(open, seen.at);
  open.reason = explain(open, ledger.writer);
}

/** A difference is no more. */
export function noteEnd(ledger: Ledger, open: OpenDifference, at: number): void {
  end(ledger, nameEntity(open.blueprint, open.identifier), open, at);
}

/** Every difference that was seen at the last look. */
export function listOpen({ open }: Ledger): OpenDifference[] {
  return [...open.values()].flatMap((places) => Array.from(places.values()));
}

/** Notes entities that events would have had written. */
export function noteEvents(ledger: Ledger, blueprint: string, entities: number): void {
  countsOf(ledger, blueprint).events += entities;
}

function settle(open: OpenDifference, at: number): void {
  if (at - open.since >= settleTime) open.settledAt ??= at;
}

function keep(ledger: Ledger, name: string, open: OpenDifference): void {
  const places = ledger.open.get(name);
  if (places !== undefined) places.set(open.difference.place, open);
  else if (ledger.open.size < mostFollowed) {
    ledger.open.set(name, new Map([[open.difference.place, open]]));
  } else ledger.dropped += 1;
}

function end(ledger: Ledger, name: string, open: OpenDifference, at: number): void {
  const places = ledger.open.get(name);
  places?.delete(open.difference.place);
  if (places?.size === 0) ledger.open.delete(name);
  if (open.settledAt === undefined) {
    ledger.passed += 1;
    return;
  }
  const { blueprint, identifier, reason, since } = open;
  const { place, port, pagerport } = open.difference;
  const key = [reason ?? "", blueprint, place].join("\n");
  const known = ledger.ended.get(key);
  if (known === undefined) {
    const example = { identifier, port, pagerport };
    ledger.ended.set(key, { blueprint, place, reason, count: 1, first: since, last: at, example });
    return;
  }
  known.count += 1;
  known.first = Math.min(known.first, since);
  known.last = Math.max(known.last, at);
}

const removals: Readonly<Record<Removal, "deleted" | "stubbed" | "withheld">> = {
  delete: "deleted",
  stub: "stubbed",
  withheld: "withheld",
};

function countWrite(counts: WouldWrite, differences: readonly Difference[]): void {
  const [first] = differences;
  if (first?.removal !== undefined) counts[removals[first.removal]] += 1;
  else if (first?.place === "(missing)") counts.created += 1;
  else counts.updated += 1;
}

function countsOf({ writes }: Ledger, blueprint: string): WouldWrite {
  const known = writes.get(blueprint);
  if (known !== undefined) return known;
  const counts = { events: 0, created: 0, updated: 0, deleted: 0, stubbed: 0, withheld: 0 };
  writes.set(blueprint, counts);
  return counts;
}
