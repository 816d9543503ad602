import type { Mapping } from "../../../map/mapping.ts";
import { nameEntity } from "../../../sink/port/port-entity.ts";
import type { PagerDutyClient } from "../../../source/pagerduty-client.ts";
import type { Absence } from "../../../store/deletion/absences.ts";
import { type CountedDeletion, readCounted } from "../../../store/deletion/deletions.ts";
import { type HeldCount, readHeld } from "../../../store/deletion/held-counts.ts";
import { readSettledRuns, type SettledRun } from "../../../store/deletion/settled-runs.ts";
import type { EntityRef } from "../../../store/produced.ts";
import type { Sql } from "../../../store/sql.ts";
import type { OwnedEntities } from "../../load-owned.ts";
import type { ProducedNames } from "../../produced-names.ts";
import type { ResourceCount } from "../../resource-count.ts";
import type { Allowed } from "../allowed.ts";
import {
  applyBrakes,
  type BrakeCandidate,
  type Braked,
  type BrakesInput,
  limitShare,
  type Share,
} from "./apply-brakes.ts";
import { compareReader } from "./compare-reader.ts";
import { mayMake } from "../../may-make.ts";
import { findEmptied } from "../evidence/find-emptied.ts";
import { type Candidate, gatherKnowledge, type Seen } from "../evidence/gather-knowledge.ts";
import type { AbsenceKnowledge, Judgement } from "../evidence/judge-evidence.ts";
import { findMostHeld, findRunBefore, shareSpan } from "./measure-share.ts";
import { type Suspicions, findSuspicions } from "../evidence/find-suspicions.ts";

/**
 * The share of on-calls that may go of which the store does not know when they end: at most half are
 * replaced where every shift is handed over, since those that begin are there by then. Ocean's own.
 */
const rotatingShare = 0.9;

export interface BrakeBlueprintsOptions {
  readonly client: PagerDutyClient;
  readonly mapping: Mapping;
  readonly sql: Sql;
  readonly isFull: boolean;
  readonly owned: OwnedEntities;
  readonly produced: ProducedNames;
  readonly counts: readonly ResourceCount[];
  readonly now: number;
  readonly tokenOwner: string | undefined;
  readonly threshold: number;
  readonly allowed: Allowed;
  /** What is left of plans that were decided in part, by the entities' names. */
  readonly undecided: ReadonlyMap<string, { readonly brake: string; readonly reason: string }>;
  readonly candidates: readonly Candidate[];
  readonly absences: ReadonlyMap<string, Absence>;
  readonly stubs: ReadonlySet<string>;
  readonly seen: Seen;
  /** Why on-calls were not read whole, though their list ended; empty where they were. */
  readonly unread: string;
  readonly judge: (
    candidate: Candidate,
    absence: AbsenceKnowledge,
    isOneEnough: boolean,
  ) => Judgement;
  readonly signal?: AbortSignal | undefined;
}

export interface BrakedBlueprint extends Omit<Braked, "withheld"> {
  /** By brakes, and by the guard of what was not read whole. */
  readonly withheld: readonly {
    readonly brake: string;
    readonly reason: string;
    readonly identifiers: readonly string[];
  }[];
  /** Their incidents have only left the time that is read. */
  readonly aged: readonly string[];
}

interface Memory {
  readonly settled: ReadonlyMap<string, SettledRun>;
  readonly held: ReadonlyMap<string, readonly HeldCount[]>;
  /** Deletions of the last seven days that count and are not back, by blueprint. */
  readonly before: ReadonlyMap<string, number>;
}

/** Judges candidates, and holds back what must wait for a person. */
export async function brakeBlueprints(options: BrakeBlueprintsOptions): Promise<{
  readonly blueprints: ReadonlyMap<string, BrakedBlueprint>;
  /** What is known now of what is absent. */
  readonly absences: readonly Absence[];
  /** Whether so many more of a blueprint may go as dependents of others. */
  readonly fitsShare: (blueprint: string, dependents: number) => boolean;
  /** Whether what counts may go still, where so many have gone by now, those of others included. */
  readonly fitsStill: (blueprint: string, gone: number, taken: number) => boolean;
}> {
  const { candidates, mapping } = options;
  const memory = await readMemory(options);
  const byBlueprint = Map.groupBy(candidates, ({ blueprint }) => blueprint);
  const remembered = candidates.filter(({ blueprint }) => memory.settled.has(blueprint));
  const suspicions = await findSuspicions({
    ...options,
    remembered,
    since: Math.min(...[...memory.settled.values()].map(({ at }) => at), options.now),
  });
  const blueprints = new Map<string, BrakedBlueprint>();
  for (const [blueprint, ofBlueprint] of byBlueprint) {
    const isFed = mapping.resources.some(({ entities }) =>
      entities.some((template) => mayMake(template, blueprint)),
    );
    // What nothing feeds is there only where a person said that it is to go.
    const settled = isFed ? memory.settled.get(blueprint) : undefined;
    blueprints.set(blueprint, brake(blueprint, ofBlueprint, settled, memory, suspicions, options));
  }
  const fitsShare = (blueprint: string, dependents: number): boolean => {
    if (options.allowed.hasBlueprint(blueprint)) return true;
    const braked = blueprints.get(blueprint);
    const taken =
      braked?.remove.filter(
        ({ counts, identifier }) => counts && !options.allowed.has({ blueprint, identifier }),
      ).length ?? 0;
    const share = measureShare(blueprint, memory, options);
    const unsettled = braked?.waiting.length ?? 0;
    return share.before + taken + unsettled + dependents <= limitShare(share);
  };
  const fitsStill = (blueprint: string, gone: number, taken: number): boolean => {
    if (options.allowed.hasBlueprint(blueprint) || taken === 0) return true;
    const share = measureShare(blueprint, memory, options);
    // What nobody else has taken meanwhile was decided on already.
    return gone <= share.before || gone + taken <= limitShare(share);
  };
  return { blueprints, absences: suspicions.absences, fitsShare, fitsStill };
}

async function readMemory({
  sql,
  now,
  owned,
  produced,
  stubs,
  candidates,
}: BrakeBlueprintsOptions): Promise<Memory> {
  const own = new Set(candidates.map(nameRef));
  // What went since the run began was there when Port was asked, and is not back for that.
  const isBack = (ref: CountedDeletion): boolean =>
    produced.has(ref) ||
    (ref.at < now &&
      owned.get(ref.blueprint)?.has(ref.identifier) === true &&
      !stubs.has(nameRef(ref)));
  // What a live event takes while the run decides on it counts once.
  const counted = (await readCounted(sql, now - shareSpan)).filter(
    (ref) => !isBack(ref) && !own.has(nameRef(ref)),
  );
  const before = Map.groupBy(counted, ({ blueprint }) => blueprint);
  return {
    settled: await readSettledRuns(sql),
    held: Map.groupBy(await readHeld(sql), ({ blueprint }) => blueprint),
    before: new Map([...before].map(([blueprint, refs]) => [blueprint, refs.length])),
  };
}

function brake(
  blueprint: string,
  candidates: readonly Candidate[],
  settled: SettledRun | undefined,
  memory: Memory,
  suspicions: Suspicions,
  options: BrakeBlueprintsOptions,
): BrakedBlueprint {
  const { allowed, judge, seen, now } = options;
  const isAllowed = (identifier: string): boolean => allowed.has({ blueprint, identifier });
  const held = memory.held.get(blueprint) ?? [];
  const runBefore = Math.max(settled?.firstRun ?? Infinity, findRunBefore(held, now));
  const aged: string[] = [];
  const unread: string[] = [];
  const judged: BrakeCandidate[] = [];
  let isVague = false;
  for (const candidate of candidates) {
    const { identifier, objects, rows } = candidate;
    const absence = suspicions.find(candidate);
    const judgement = judge(candidate, absence, settled === undefined || isAllowed(identifier));
    if (judgement.verdict === "aged") {
      aged.push(identifier);
      continue;
    }
    const goes = judgement.verdict === "goes";
    // Where on-calls were not read whole, only those go that are known to be over by themselves.
    const isOver = goes && judgement.evidence === "E1";
    if (options.unread !== "" && !isOver && isOncall(candidate, options)) {
      unread.push(identifier);
      continue;
    }
    const isGone = objects.some((object) => seen.answers.get(object) === "gone");
    const isNamed = isGone && absence.namedAt !== undefined;
    const isNew = rows.length > 0 && rows.every((row) => (row.firstNumber ?? 0) > runBefore);
    isVague ||= rows.every(({ place }) => place === undefined) && isOncall(candidate, options);
    judged.push({
      identifier,
      evidence: goes ? judgement.evidence : "waits",
      why: judgement.verdict === "goes" ? "" : judgement.why,
      isThere: judgement.verdict === "waits" && judgement.isThere === true,
      counts: goes && judgement.counts && !isNew,
      isGone,
      isAllGone:
        objects.length > 0 && objects.every((object) => seen.answers.get(object) === "gone"),
      isNew,
      isShown: objects.length > 0 && objects.every((object) => seen.sightings.has(object)),
      isAged: seen.aged.has(nameRef(candidate)) && !objects.some((one) => seen.sightings.has(one)),
      emptied: isNamed ? "" : findEmptied(candidate, settled, options),
      team: suspicions.suspectTeam(candidate),
      control: suspicions.suspectControl(candidate),
      undecided: options.undecided.get(nameRef(candidate)),
    });
  }
  const share = measureShare(blueprint, memory, options);
  const isRotating = isVague && share.threshold > 0;
  const threshold = isRotating ? Math.max(share.threshold, rotatingShare) : share.threshold;
  const input: BrakesInput = {
    candidates: judged,
    share: { ...share, threshold },
    unsettled: countOthers(blueprint, candidates, options),
    reader: compareReader(options.mapping, settled, options.tokenOwner),
    hasMemory: settled !== undefined,
    isAllowed,
  };
  const { remove, waiting, withheld } = applyBrakes(input);
  const guarded = { brake: "guard", reason: options.unread, identifiers: unread };
  return {
    remove,
    waiting,
    withheld: [...(unread.length > 0 ? [guarded] : []), ...withheld],
    aged,
  };
}

/** What is absent besides the candidates of a run that did not read everything: it waits too. */
function countOthers(
  blueprint: string,
  candidates: readonly Candidate[],
  { isFull, absences, produced, owned }: BrakeBlueprintsOptions,
): number {
  if (isFull) return 0;
  const own = new Set(candidates.map(nameRef));
  const others = [...absences].filter(
    ([name, ref]) =>
      ref.blueprint === blueprint &&
      !own.has(name) &&
      !produced.has(ref) &&
      owned.get(blueprint)?.has(ref.identifier) === true,
  );
  return others.length;
}

function isOncall(
  candidate: Candidate,
  { mapping, seen }: Pick<BrakeBlueprintsOptions, "mapping" | "seen">,
): boolean {
  return gatherKnowledge(candidate, mapping, seen).some(({ sort }) => sort === "oncall");
}

function measureShare(
  blueprint: string,
  { held, before }: Memory,
  { threshold, owned, stubs, now }: BrakeBlueprintsOptions,
): Share {
  const index = owned.get(blueprint);
  const isStub = ({ identifier }: { identifier: string }): boolean =>
    stubs.has(nameEntity(blueprint, identifier));
  const entities = [...(index?.entries() ?? [])].filter((entity) => !isStub(entity));
  const older = entities.filter(({ createdAt }) => (createdAt ?? Infinity) <= now - shareSpan);
  const history = {
    counts: held.get(blueprint) ?? [],
    now: entities.length,
    older: older.length,
  };
  return { threshold, mostHeld: findMostHeld(history, now), before: before.get(blueprint) ?? 0 };
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
