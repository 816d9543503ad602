import { findEntities } from "../../sink/port/find-entities.ts";
import { type Integration, readIntegration } from "../../sink/port/integration.ts";
import { nameEntity } from "../../sink/port/port-entity.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import type { StoredEntity } from "../../sink/port/stored-entity.ts";
import { CatalogFindings, type Differing, type WantedEntity } from "../catalog-findings.ts";
import { listTargets } from "../ownership/judge-entities.ts";
import { rememberDate } from "../remember-date.ts";
import type { ResyncOptions } from "../resync.ts";
import { runResync } from "../run-resync.ts";
import type { SyncAction } from "../catalog-writer.ts";
import { compareWithPort, hashField } from "./compare-with-port.ts";
import { type EntityLook, type Removal, wholeEntity } from "./entity-look.ts";
import {
  type Ledger,
  listOpen,
  noteEnd,
  noteLook,
  noteStill,
  type OpenDifference,
} from "./ledger.ts";
import { createExplainer, findKinds, oceanLongestList } from "./reasons.ts";
import type { ShadowMemory } from "./shadow-memory.ts";
import { noteWriter } from "./note-writer.ts";
import { watchSchedules } from "./watch-schedules.ts";

/** Entities that are asked for together, by name. */
const mostAtOnce = 100;

export interface LookAtAllOptions extends Pick<
  ResyncOptions,
  | "pagerDuty"
  | "port"
  | "store"
  | "clock"
  | "mapper"
  | "integrationIdentifier"
  | "owner"
  | "highestThreshold"
  | "agedIncidents"
  | "takeOver"
  | "leaveTo"
  | "enrich"
  | "signal"
  | "onEvent"
> {
  readonly type: "full" | "delta";
  readonly memory: ShadowMemory;
}

/**
 * Reads as a resync of a type does, writes nothing, and notes how Port differs from what would be written.
 * What differs is read from Port again before it is noted.
 *
 * @throws {HttpError} {@link NetworkError} as `resync()`
 */
export async function lookAtAll(options: LookAtAllOptions): Promise<void> {
  const { type, port, clock, mapper, memory, signal } = options;
  const startedAt = clock.now();
  const merge = mapper.mapping.enableMergeEntity;
  const before = await memory.read();
  const integration = await readWriter(options);
  const findings = new CatalogFindings({ merge, sample: undefined, seed: 0 });
  const extra = new Map<string, ExtraEntity>();
  const named = new Set<string>();
  const watched = watchSchedules(options.pagerDuty);
  const { report, sourceStart, isRead } = await runResync({
    ...options,
    pagerDuty: watched.client,
    port: rememberDate(port),
    run: undefined,
    // Whether the other integration is at work has no bearing on what is only looked at.
    withheldBy: "",
    lastStart: before.lastSourceStart ?? integration?.resyncState.lastStart,
    createJournal: refuseJournal,
    onAction: (action) => {
      findings.add(action);
      noteExtra(extra, action);
      if (action.entity !== undefined) for (const one of listTargets(action.entity)) named.add(one);
    },
  });
  const wanted = [...listKnown(findings.compared), ...listKnown(findings.missing)];
  const isListed = type === "full" ? true : undefined;
  const looks = [
    ...(await compareWithPort(wanted, { port, clock, merge, isListed, signal })),
    ...(await lookAtExtra([...extra.values()], named, options)),
  ];
  const isComplete = isRead && report.resources.every(({ state }) => state === "complete");
  // Read again: events were looked at meanwhile.
  const unseen = listOpen(await memory.read()).filter(
    ({ blueprint, identifier }) =>
      findings.produced.get(blueprint)?.has(identifier) !== true &&
      !extra.has(nameEntity(blueprint, identifier)),
  );
  const again = await readByName(unseen, options);
  await readWriter(options);

  const hasIncidents = ({ blueprint }: OpenDifference): boolean =>
    findKinds(mapper.mapping, blueprint).includes("incidents");
  await memory.change((ledger) => {
    if (type === "full") {
      ledger.fullRuns += 1;
      ledger.lastFull = startedAt;
      ledger.newerSchedules = watched.newer();
      ledger.longKinds = report.resources
        .filter(({ objects }) => objects > oceanLongestList)
        .map(({ kind }) => kind);
    } else ledger.deltaRuns += 1;
    ledger.lastRun = startedAt;
    if (isRead && sourceStart !== undefined) ledger.lastSourceStart = sourceStart;
    ledger.unfinished = report.resources.flatMap(({ name, state, reason }) =>
      state === "complete" ? [] : [`${name}: ${reason}`],
    );
    const explain = explainerOf(ledger, options);
    const looked = new Set(
      looks.map(({ blueprint, identifier }) => nameEntity(blueprint, identifier)),
    );
    for (const look of looks) noteLook(ledger, look, explain);
    for (const open of listOpen(ledger)) {
      const name = nameEntity(open.blueprint, open.identifier);
      if (looked.has(name)) continue;
      const isMade = findings.produced.get(open.blueprint)?.has(open.identifier) === true;
      if (isMade) noteEnd(ledger, open, clock.now());
      else {
        const stored = again.get(name);
        const reading = { isFull: type === "full", isComplete, hasIncidents: hasIncidents(open) };
        noteAgain(ledger, open, { stored, reading, at: clock.now() }, explain);
      }
    }
    ledger.dropped += countUnknown(findings);
  });
}

interface ExtraEntity {
  readonly blueprint: string;
  readonly identifier: string;
  readonly removal: Removal;
}

function refuseJournal(): never {
  throw new Error("A shadow deletes nothing");
}

/** Makes what explains differences, by what is known so far. */
export function explainerOf(
  { newerSchedules, longKinds }: Ledger,
  { mapper }: Pick<LookAtAllOptions, "mapper">,
): ReturnType<typeof createExplainer> {
  return createExplainer(mapper.mapping, {
    newerSchedules: new Set(newerSchedules),
    longKinds: new Set(longKinds),
  });
}

/** Reads and notes how the other integration's resyncs go. */
async function readWriter(options: LookAtAllOptions): Promise<Integration | undefined> {
  const integration = await readIntegration(options.port, options);
  if (integration !== undefined) {
    await options.memory.change((ledger) => noteWriter(ledger, integration.resyncState));
  }
  return integration;
}

function noteExtra(
  extra: Map<string, ExtraEntity>,
  { action, blueprint, identifier }: SyncAction,
): void {
  if (typeof identifier !== "string") return;
  if (action !== "delete" && action !== "stub" && action !== "withheld") return;
  extra.set(nameEntity(blueprint, identifier), { blueprint, identifier, removal: action });
}

/** Looks whether what nothing makes is still there. */
async function lookAtExtra(
  extra: readonly ExtraEntity[],
  named: ReadonlySet<string>,
  options: Pick<LookAtAllOptions, "port" | "clock" | "signal">,
): Promise<EntityLook[]> {
  const stored = await readByName(extra, options);
  const at = options.clock.now();
  return extra.map(({ blueprint, identifier, removal }) => {
    const found = stored.get(nameEntity(blueprint, identifier));
    const difference = {
      place: wholeEntity.extra,
      port: "",
      pagerport: "",
      wanted: "nothing",
      removal,
      ...(named.has(identifier) && { isNamed: true }),
    };
    return {
      blueprint,
      identifier,
      at,
      updatedAt: found?.updatedAt,
      differences: found === undefined ? [] : [difference],
    };
  });
}

/** Asks Port for entities by name; what it does not have is not in the answer. */
export async function readByName(
  refs: readonly { readonly blueprint: string; readonly identifier: string }[],
  { port, signal }: { readonly port: PortClient; readonly signal?: AbortSignal | undefined },
): Promise<Map<string, StoredEntity>> {
  const found = new Map<string, StoredEntity>();
  for (const [blueprint, ofBlueprint] of Map.groupBy(refs, (ref) => ref.blueprint)) {
    const names = [...new Set(ofBlueprint.map(({ identifier }) => identifier))];
    for (let start = 0; start < names.length; start += mostAtOnce) {
      const some = names.slice(start, start + mostAtOnce);
      const stored = await findEntities(port, blueprint, some, { signal });
      for (const [identifier, entity] of stored)
        found.set(nameEntity(blueprint, identifier), entity);
    }
  }
  return found;
}

/** What was read of what an entity is made of. */
interface Reading {
  readonly isFull: boolean;
  /** Nothing was left out. */
  readonly isComplete: boolean;
  /** A delta reads all but incidents whole. */
  readonly hasIncidents: boolean;
}

/** Notes a difference whose object this reading did not show. */
function noteAgain(
  ledger: Ledger,
  open: OpenDifference,
  seen: {
    readonly stored: StoredEntity | undefined;
    readonly reading: Reading;
    readonly at: number;
  },
  explain: ReturnType<typeof createExplainer>,
): void {
  const { stored, reading, at } = seen;
  const { isFull, isComplete, hasIncidents } = reading;
  // What is listed whole, and does not show the object, has nothing to be written of it any more.
  const isGone = isComplete && (isFull || !hasIncidents);
  if (!isStill(open, stored, { isFull, isGone, hasIncidents })) {
    noteEnd(ledger, open, at);
    return;
  }
  const isListed = isGone ? false : undefined;
  noteStill(ledger, open, { at, updatedAt: stored?.updatedAt, isListed }, explain);
}

function isStill(
  { difference: { place, wanted } }: OpenDifference,
  stored: StoredEntity | undefined,
  {
    isFull,
    isGone,
    hasIncidents,
  }: Pick<Reading, "isFull" | "hasIncidents"> & { readonly isGone: boolean },
): boolean {
  // Incidents leave the lists by their age, and are kept.
  if (place === wholeEntity.missing) return stored === undefined && (!isGone || hasIncidents);
  if (stored === undefined) return false;
  // Only a full reading tells what is to be deleted.
  if (place === wholeEntity.extra) return !isFull || !isGone;
  return !isGone && hashField(stored, place) !== wanted;
}

function listKnown(differing: Differing): WantedEntity[] {
  return [...differing.values()].filter((wanted) => wanted !== undefined);
}

function countUnknown({ compared, missing }: CatalogFindings): number {
  return [...compared.values(), ...missing.values()].filter((wanted) => wanted === undefined)
    .length;
}
